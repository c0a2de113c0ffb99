"""From files to the log-mel spectrograms that the towers see."""
