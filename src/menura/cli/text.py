"""Words and numbers as the command line writes them."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    r"""The text with everything that would move the cursor or disturb the terminal written as an escape.

    File names may hold line feeds, escape codes, and bytes that are no text at all: `printable("a\nb") == r"a\nb"`.
    """
    return "".join(
        char if char.isprintable() or unicodedata.category(char) == "Zs" else char.encode("unicode_escape").decode()
        for char in text
    )


def clock(seconds: float) -> str:
    """A place in a recording, as minutes:seconds: `clock(83.25) == "1:23.2"`."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def count(number: int, noun: str) -> str:
    """A number with its noun: `count(1, "sound") == "1 sound"`, `count(1200, "sound") == "1,200 sounds"`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(n_bytes: int) -> str:
    """A size in the unit that suits it: `size(4_092_790) == "4.1 MB"`."""
    number, units = float(n_bytes), ["B", "kB", "MB", "GB", "TB"]
    while number >= 999.5 and len(units) > 1:
        number /= 1_000
        del units[0]
    decimals = 1 if number < 9.95 and units[0] != "B" else 0
    return f"{number:,.{decimals}f} {units[0]}"


def duration(seconds: float) -> str:
    """How long something takes: `duration(4.21) == "4.2 s"`, `duration(83) == "1 min 23 s"`."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"
