"""Search: the model as it runs, the score, the index of a library, and the front door to them."""
