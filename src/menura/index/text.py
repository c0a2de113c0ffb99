"""The words of file names, and the words a person asks for, in the form that full-text search compares."""

from __future__ import annotations

import unicodedata

from menura.errors import UsageError


def searchable(name: str) -> str:
    """A file or folder name as text to search in.

    Python holds the bytes of a name that is not UTF-8 as lone surrogates, which no database takes: such a byte is read
    as Latin-1, the most common 8-bit character set. Compatibility composition (NFKC) makes names from macOS, which
    decomposes its accents, equal to the same names from elsewhere.
    """
    text = "".join(chr(ord(char) - 0xDC00) if "\udc80" <= char <= "\udcff" else char for char in name)
    return unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())


def match_expression(text: str) -> str:
    """The FTS5 expression that asks for every word of `text` as a prefix: `snare rim` becomes `"snare"* AND "rim"*`.

    Each word is quoted, so whatever a person types is a word and never syntax.

    Raises:
        UsageError: `text` holds no letter and no digit.
    """
    spaced = searchable(text).replace('"', " ").replace("\0", " ")
    words = [word for word in spaced.split() if any(char.isalnum() for char in word)]
    if not words:
        raise UsageError(f"the text {text!r} holds no word to look for: give a letter or a digit")
    return " AND ".join(f'"{word}"*' for word in words)
