"""The index of a library: what is stored of each sound, and how that follows the folder."""
