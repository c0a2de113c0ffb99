"""Subjective studies of a search by vocal imitation: who hears what, what they said, and what it comes to."""
