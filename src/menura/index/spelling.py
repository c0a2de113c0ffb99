"""Paths that a share gives back spelt otherwise: with accents decomposed or composed, or in other cases."""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from collections.abc import Iterable

from menura.index.text import same_words_expression


def respelt(db: sqlite3.Connection, paths: Iterable[str]) -> dict[str, str]:
    """How the index spells those of these paths that it does not have as they are, where it is one path and no other.

    To compare them with all that there is would take long: full-text search knows those of the same words.
    """
    found = {}
    for path in paths:
        if db.execute("SELECT 1 FROM sounds WHERE path = ?", (os.fsencode(path),)).fetchone():
            continue
        query = "SELECT path FROM sounds WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        rows = db.execute(query, (same_words_expression(path),))
        alike = [one for one in (os.fsdecode(row[0]) for row in rows) if _folded(one) == _folded(path)]
        if len(alike) == 1:
            found[path] = alike[0]
    return found


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
