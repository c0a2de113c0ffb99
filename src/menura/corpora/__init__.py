"""Recordings, corpora and the library that Menura synthesises."""
