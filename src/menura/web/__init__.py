"""The page with the microphone, and the server behind it: records, searches, plays, all on this machine."""
