"""One person's own voice: the takes that they taught, which sound to ask for next, and what is learned from them."""
