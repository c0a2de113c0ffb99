"""The page and its server, timed."""
