"""Paths that a share gives back spelt otherwise: with accents decomposed or composed, or in other cases."""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from menura.index.text import same_words_expression


def respelt(db: sqlite3.Connection, folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """How the index spells those of these paths that it does not have as they are, where it is one path and no other.

    Another case is another spelling only on a disk that does not tell them apart: elsewhere it is another sound.

    To compare them with all that there is would take long: full-text search knows those of the same words.
    """
    found = {}
    for path in paths:
        if db.execute("SELECT 1 FROM sounds WHERE path = ?", (os.fsencode(path),)).fetchone():
            continue
        query = "SELECT path FROM sounds WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        rows = db.execute(query, (same_words_expression(path),))
        alike = [one for one in (os.fsdecode(row[0]) for row in rows) if _is_same(folder, path, one)]
        if len(alike) == 1:
            found[path] = alike[0]
    return found


def _is_same(folder: Path, path: str, other: str) -> bool:
    composed, others = (unicodedata.normalize("NFC", one) for one in (path, other))
    if composed == others:
        return True
    try:
        return composed.lower() == others.lower() and (folder / path).samefile(folder / other)
    except OSError:
        return False
