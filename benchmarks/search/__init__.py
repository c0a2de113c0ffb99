"""What a query costs, and what it finds."""
