"""Favourites: which sounds of which library a person has marked, by path, in the user's data directory."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from menura.errors import LibraryError

_FILE = "favourites.sqlite"
_BUSY_TIMEOUT_S = 10.0
_TABLE = """CREATE TABLE IF NOT EXISTS favourites (
    folder BLOB NOT NULL,  -- the library
    path BLOB NOT NULL,    -- relative to it; by path, so that an index made anew changes nothing
    PRIMARY KEY (folder, path)
) WITHOUT ROWID"""


class Favourites:
    """The favourites of all libraries. Every call opens and closes its own connection, so threads may share it."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / _FILE
        data_dir.mkdir(parents=True, exist_ok=True)
        with self._connection() as db:
            db.execute(_TABLE)

    def of(self, folder: Path) -> frozenset[str]:
        """Paths of a library's favourites, relative to it."""
        with self._connection() as db:
            rows = db.execute("SELECT path FROM favourites WHERE folder = ?", (os.fsencode(folder),))
            return frozenset(os.fsdecode(path) for (path,) in rows)

    def add(self, folder: Path, path: str) -> None:
        """Mark a sound; nothing changes if it is marked."""
        with self._connection() as db:
            db.execute("INSERT OR IGNORE INTO favourites VALUES (?, ?)", (os.fsencode(folder), os.fsencode(path)))

    def remove(self, folder: Path, path: str) -> None:
        """Unmark a sound; nothing changes if it is not marked."""
        with self._connection() as db:
            db.execute("DELETE FROM favourites WHERE folder = ? AND path = ?", (os.fsencode(folder), os.fsencode(path)))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as db:
                yield db
        except sqlite3.Error as error:
            raise LibraryError(
                f"{self._file}: the favourites cannot be read or written ({error}); check the disk, or move the file"
            ) from error
