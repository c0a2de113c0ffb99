"""What Menura survives."""
