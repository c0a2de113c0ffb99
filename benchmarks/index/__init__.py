"""What it takes to index folders."""
