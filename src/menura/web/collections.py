"""Collections: sounds of any libraries that a person has put together, under a name, with notes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from menura.errors import UsageError
from menura.web.kept import Kept

_TABLES = (
    """CREATE TABLE IF NOT EXISTS collections (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number that a bookmark holds is never another collection's
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        notes TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS collected (
        collection INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        folder BLOB NOT NULL,  -- the library
        path BLOB NOT NULL,    -- relative to it, as with favourites
        PRIMARY KEY (collection, folder, path)
    ) WITHOUT ROWID""",
)
_LISTED = """SELECT id, name, notes, (SELECT count(*) FROM collected WHERE collection = collections.id)
    FROM collections"""


class Collected(NamedTuple):
    """A sound of a collection: its library's folder, and its path relative to that."""

    folder: Path
    path: str


@dataclass(frozen=True)
class Collection:
    """A collection, without its sounds: its number, name and notes, and how many sounds are in it."""

    id: int
    name: str
    notes: str
    n_sounds: int


class Collections:
    """All collections. Threads may share it; errors as for `Kept`."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        kept.make(*_TABLES)

    def all(self) -> list[Collection]:
        """Every collection, by name."""
        with self._kept.connection() as db:
            return [Collection(*row) for row in db.execute(f"{_LISTED} ORDER BY name")]

    def get(self, collection_id: int) -> Collection | None:
        """The collection with this number, if there is one."""
        with self._kept.connection() as db:
            row = db.execute(f"{_LISTED} WHERE id = ?", (collection_id,)).fetchone()
        return None if row is None else Collection(*row)

    def make(self, name: str, notes: str = "") -> int:
        """Make an empty collection, and tell its number.

        Raises:
            UsageError: It has no name, or there is one of that name.
        """
        name = _checked(name)
        try:
            with self._kept.connection() as db:
                made = db.execute("INSERT INTO collections (name, notes) VALUES (?, ?)", (name, notes)).lastrowid
        except sqlite3.IntegrityError as error:
            raise _taken(name) from error
        assert made is not None
        return made

    def change(self, collection: Collection, name: str, notes: str) -> None:
        """Give a collection another name and other notes; errors as for `make`."""
        name = _checked(name)
        try:
            with self._kept.connection() as db:
                db.execute("UPDATE collections SET name = ?, notes = ? WHERE id = ?", (name, notes, collection.id))
        except sqlite3.IntegrityError as error:
            raise _taken(name) from error

    def delete(self, collection: Collection) -> None:
        """Delete a collection; its sounds are not touched."""
        with self._kept.connection() as db:
            db.execute("DELETE FROM collections WHERE id = ?", (collection.id,))

    def sounds(self, collection: Collection) -> list[Collected]:
        """The sounds of a collection, by library and path."""
        with self._kept.connection() as db:
            rows = db.execute("SELECT folder, path FROM collected WHERE collection = ?", (collection.id,))
            return [Collected(Path(os.fsdecode(folder)), os.fsdecode(path)) for folder, path in rows]

    def paths(self, collection: Collection, folder: Path) -> frozenset[str]:
        """Paths of the sounds of a collection that are in this library."""
        with self._kept.connection() as db:
            asked = (collection.id, os.fsencode(folder))
            rows = db.execute("SELECT path FROM collected WHERE collection = ? AND folder = ?", asked)
            return frozenset(os.fsdecode(path) for (path,) in rows)

    def put(self, collection: Collection, added: Iterable[Collected], removed: Iterable[Collected] = ()) -> None:
        """Put sounds in and take others out, all at once; nothing changes about one that is as it should be.

        Raises:
            UsageError: The collection has been deleted meanwhile.
        """
        out, into = (
            [(collection.id, os.fsencode(folder), os.fsencode(path)) for folder, path in sounds]
            for sounds in (removed, added)
        )
        try:
            with self._kept.transaction() as db:
                db.executemany("DELETE FROM collected WHERE collection = ? AND folder = ? AND path = ?", out)
                # Not OR IGNORE, which would also ignore that there is no such collection.
                db.executemany("INSERT INTO collected VALUES (?, ?, ?) ON CONFLICT DO NOTHING", into)
        except sqlite3.IntegrityError as error:
            raise UsageError(f"{collection.name}: the collection is no longer there") from error


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise UsageError("a collection needs a name")
    return name


def _taken(name: str) -> UsageError:
    return UsageError(f"{name}: there is a collection of that name; take another name")
