"""The model as it runs: its bundle, and the score it gives; no torch."""
