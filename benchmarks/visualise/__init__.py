"""What the network has learned, and what it costs to look."""
