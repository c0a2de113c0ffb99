"""Small things that every page needs which is made of something else."""

from __future__ import annotations


def cell(text: str) -> str:
    """A text in a cell of a table: on one line, and with nothing in it that means something to Markdown."""
    line = " ".join(text.split())
    for sign in ("\\", "|", "<", "[", "*", "_"):
        line = line.replace(sign, f"\\{sign}" if sign != "<" else "&lt;")
    return line
