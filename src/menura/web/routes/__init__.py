"""The API, by subject."""
