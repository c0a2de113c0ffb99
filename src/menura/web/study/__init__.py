"""The server of a study: its page and what the page asks, and nothing of what `menura serve` answers."""
