"""How well trained models find sounds."""
