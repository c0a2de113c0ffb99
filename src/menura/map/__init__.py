"""The map of a library: every sound a point, and sounds that are alike to the model near each other."""
