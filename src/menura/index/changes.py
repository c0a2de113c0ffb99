"""What an indexer can find out about a file, and how each finding changes the index."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.audio.walk import SoundFile, Unreadable
from menura.index.sound import Sound, packed_starts
from menura.index.text import searchable
from menura.index.twins import place


class Skipped(NamedTuple):
    """A path, relative to the library folder, that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, eq=False)
class Embedded:
    """A new or changed sound, with the (n,) beginnings of its windows in seconds and their projections (n, h)."""

    file: SoundFile
    sha256: bytes
    duration_s: float
    starts_s: NDArray[np.float64]
    projections: NDArray[np.float32]


@dataclass(frozen=True)
class Moved:
    """A new path with the content of a sound whose own path is gone."""

    file: SoundFile
    origin: Sound


@dataclass(frozen=True)
class Touched:
    """A known sound whose stamp has changed and whose content has not."""

    file: SoundFile


Change = Embedded | Moved | Touched | Unreadable


def settle(db: sqlite3.Connection, change: Change) -> Change:
    """The change that is left to make where another indexer may have stored this very content at this path already."""
    if isinstance(change, Embedded):
        query = "SELECT 1 FROM sounds WHERE path = ? AND sha256 = ?"
        if db.execute(query, (os.fsencode(change.file.path), change.sha256)).fetchone():
            return Touched(change.file)
    return change


def apply_change(db: sqlite3.Connection, change: Change, projections: NDArray[np.float32], first_row: int) -> None:
    """Write one change to the database, inside the caller's transaction. What is there already is not written again.

    Args:
        db: The connection.
        change: The change.
        projections: The rows of the projections file, those of this change among them.
        first_row: Where the rows of an `Embedded` are in the projections file.
    """
    if not isinstance(change, Unreadable):
        db.execute("DELETE FROM skipped WHERE path = ?", (os.fsencode(change.file.path),))
    match change:
        case Embedded():
            _store(db, change, projections, first_row)
        case Moved():
            _move(db, change)
        case Touched():
            _touch(db, change.file)
        case Unreadable():
            _skip(db, change)


def _store(db: sqlite3.Connection, change: Embedded, projections: NDArray[np.float32], first_row: int) -> None:
    db.execute(
        """INSERT INTO sounds (path, name, folder, size, mtime_ns, sha256, duration_s, starts_s, cell, alike,
            first_row, n_rows)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256,
            duration_s = excluded.duration_s, starts_s = excluded.starts_s, cell = excluded.cell,
            alike = excluded.alike, first_row = excluded.first_row, n_rows = excluded.n_rows""",
        (
            os.fsencode(change.file.path),
            *name_and_folder(change.file.path),
            *change.file.stamp,
            change.sha256,
            change.duration_s,
            packed_starts(change.starts_s),
            *place(db, projections, change.projections),
            first_row,
            len(change.projections),
        ),
    )


def _move(db: sqlite3.Connection, change: Moved) -> None:
    origin = (change.origin.id, os.fsencode(change.origin.path))
    path = os.fsencode(change.file.path)
    if db.execute("SELECT 1 FROM sounds WHERE path = ?", (path,)).fetchone():  # another indexer has stored it anew
        db.execute("DELETE FROM sounds WHERE id = ? AND path = ?", origin)
    else:
        db.execute(
            "UPDATE sounds SET path = ?, name = ?, folder = ?, size = ?, mtime_ns = ? WHERE id = ? AND path = ?",
            (path, *name_and_folder(change.file.path), *change.file.stamp, *origin),
        )


def _touch(db: sqlite3.Connection, file: SoundFile) -> None:
    query = "UPDATE sounds SET size = ?, mtime_ns = ? WHERE path = ? AND (size, mtime_ns) IS NOT (?, ?)"
    db.execute(query, (*file.stamp, os.fsencode(file.path), *file.stamp))


def _skip(db: sqlite3.Connection, change: Unreadable) -> None:
    path = os.fsencode(change.path)
    if change.stamp is not None:
        db.execute("DELETE FROM sounds WHERE path = ?", (path,))
    stamp = change.stamp or (None, None)
    db.execute(
        """INSERT INTO skipped VALUES (?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, reason = excluded.reason
        WHERE (size, mtime_ns, reason) IS NOT (excluded.size, excluded.mtime_ns, excluded.reason)""",
        (path, *stamp, _storable(change.reason)),
    )


def _storable(reason: str) -> str:
    return reason.encode("utf-8", "backslashreplace").decode()  # it may hold the name of a file that is not UTF-8


def name_and_folder(path: str) -> tuple[str, str]:
    """The name and the folder of a path relative to the library, as words to search in."""
    pure = PurePosixPath(path)
    return searchable(pure.name), searchable(str(pure.parent)) if pure.parent.parts else ""
