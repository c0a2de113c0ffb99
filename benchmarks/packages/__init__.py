"""What strangers download."""
