"""Favourites: which sounds of which library a person has marked, by path, in the user's data directory."""

from __future__ import annotations

import os
from pathlib import Path

from menura.web.kept import Kept

_TABLE = """CREATE TABLE IF NOT EXISTS favourites (
    folder BLOB NOT NULL,  -- the library
    path BLOB NOT NULL,    -- relative to it; by path, so that an index made anew changes nothing
    PRIMARY KEY (folder, path)
) WITHOUT ROWID"""


class Favourites:
    """The favourites of all libraries. Threads may share it; errors as for `Kept`."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        kept.make(_TABLE)

    def of(self, folder: Path) -> frozenset[str]:
        """Paths of a library's favourites, relative to it."""
        with self._kept.connection() as db:
            rows = db.execute("SELECT path FROM favourites WHERE folder = ?", (os.fsencode(folder),))
            return frozenset(os.fsdecode(path) for (path,) in rows)

    def add(self, folder: Path, path: str) -> None:
        """Mark a sound; nothing changes if it is marked."""
        with self._kept.connection() as db:
            db.execute("INSERT OR IGNORE INTO favourites VALUES (?, ?)", (os.fsencode(folder), os.fsencode(path)))

    def remove(self, folder: Path, path: str) -> None:
        """Unmark a sound; nothing changes if it is not marked."""
        with self._kept.connection() as db:
            db.execute("DELETE FROM favourites WHERE folder = ? AND path = ?", (os.fsencode(folder), os.fsencode(path)))
