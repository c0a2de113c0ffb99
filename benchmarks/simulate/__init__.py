"""The simulator: how fast it is, and what it makes."""
