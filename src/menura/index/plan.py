"""What an indexing has to do: the folder compared with the index.

The comparison is made by SQLite in temporary tables, which it keeps on disk once they are more than a few megabytes, so
that memory does not grow with the library.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

from menura.audio.walk import SoundFile, Stamp, Unreadable, Walked
from menura.errors import LibraryError
from menura.index.changes import Skipped
from menura.index.database import failures_of, read_meta
from menura.index.identity import IndexIdentity
from menura.index.notices import absent_in, paths_below
from menura.index.sound import COLUMNS, Sound
from menura.index.ticks import wait_for_tick

_OF_KNOWN = ", ".join(f"sounds.{column}" for column in COLUMNS.split(", "))
_TABLES = (
    # A file that is reached in several ways has one identity, and counts by the first path that the walk came to.
    "CREATE TEMP TABLE found (path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, identity TEXT UNIQUE)",
    f"CREATE TEMP TABLE to_examine (number INTEGER PRIMARY KEY, found_path, found_size, found_mtime_ns, {COLUMNS})",
    f"CREATE TEMP TABLE gone ({COLUMNS}, PRIMARY KEY (id))",
    "CREATE INDEX temp.gone_by_content ON gone (sha256)",
)
_TO_EXAMINE = f"""
    INSERT INTO to_examine (found_path, found_size, found_mtime_ns, {COLUMNS})
    SELECT found.path, found.size, found.mtime_ns, {_OF_KNOWN}
    FROM found LEFT JOIN sounds USING (path) LEFT JOIN skipped USING (path, size, mtime_ns)
    WHERE skipped.path IS NULL
        AND (sounds.id IS NULL OR (sounds.size, sounds.mtime_ns) IS NOT (found.size, found.mtime_ns))
    ORDER BY found.path
"""
_PLACES = ", ".join("?" for _ in COLUMNS.split(", "))
_KNOWN_SKIPPED = "SELECT path, reason FROM found JOIN skipped USING (path, size, mtime_ns) ORDER BY path"
_GONE = f"SELECT {COLUMNS} FROM sounds WHERE path NOT IN (SELECT path FROM found)"


class Plan:
    """What there is to do. Safe to use from several threads.

    Attributes:
        n_files: How many sound files the folder has.
        n_to_examine: How many of them are new, or of another stamp than the index has.
        n_unchanged: How many are as the index has them.
        n_gone: How many sounds of the index are not there any more, and not absent.
        absent: The folders that are not there now and may return.
        not_read: The kinds of files that are not read.
        unreadable: What the walk could not look at.
        skipped: The same, and the files that are as they were when they could not be read.
    """

    def __init__(self, db: sqlite3.Connection, walk: Walked, identity: IndexIdentity) -> None:
        """Walk through the folder and compare.

        Args:
            db: A connection to the index, of which the plan has the sole use.
            walk: The folder.
            identity: What the index belongs to, for messages.

        Raises:
            LibraryError: The folder is empty and the index is not; or the index cannot be read.
        """
        self._db = db
        self._identity = identity
        self._lock = threading.Lock()
        self._taken = 0
        self.unreadable: list[Unreadable] = []
        with failures_of(identity):
            for statement in _TABLES:
                db.execute(statement)
            db.execute("BEGIN")
            db.executemany("INSERT OR IGNORE INTO found VALUES (?, ?, ?, ?)", self._rows(walk))
            self._walked_at = time.monotonic()
            self._refuse_sudden_emptiness(walk)
            db.execute(_TO_EXAMINE)
            known = [Skipped(os.fsdecode(path), reason) for path, reason in db.execute(_KNOWN_SKIPPED)]
            self.absent = absent_in(db, self._away(walk, read_meta(db, identity).written_ns))
            gone = (row for row in db.execute(_GONE) if not self._may_be_there(os.fsdecode(row[1])))
            db.executemany(f"INSERT INTO gone VALUES ({_PLACES})", gone)
            db.execute("COMMIT")
            self.skipped = [Skipped(found.path, found.reason) for found in self.unreadable] + known
            self.n_files = self._count("found")
            self.n_to_examine = self._count("to_examine")
            self.n_unchanged = self.n_files - self.n_to_examine - len(known)
            self.n_gone = self._count("gone")
            self.not_read = walk.not_read
            db.execute("DROP TABLE found")

    def wait_for_tick(self) -> None:
        """Wait until no file that is to be examined can change without another stamp; see `menura.index.ticks`."""
        with self._lock, failures_of(self._identity):
            wait_for_tick(self._db, self._walked_at)

    def take(self, count: int) -> list[tuple[SoundFile, Sound | None]]:
        """The next files to examine, at most `count`, and what the index has at their paths; each is given out once."""
        with self._lock, failures_of(self._identity):
            query = "SELECT * FROM to_examine WHERE number > ? ORDER BY number LIMIT ?"
            rows = self._db.execute(query, (self._taken, count)).fetchall()
            self._taken += len(rows)
        return [_file_of(row) for row in rows]

    def claim(self, sha256: bytes) -> Sound | None:
        """A sound with this content that is gone: a new file with it is that sound, moved. Each is given out once."""
        if not self.n_gone:
            return None
        with self._lock, failures_of(self._identity):
            row = self._db.execute("SELECT * FROM gone WHERE sha256 = ? ORDER BY id DESC", (sha256,)).fetchone()
            if row is None:
                return None
            self._db.execute("DELETE FROM gone WHERE id = ?", row[:1])
            self.n_gone -= 1
        return Sound.of_row(row)

    def gone(self) -> Iterator[Sound]:
        """The sounds that are gone and that nobody has claimed."""
        return (Sound.of_row(row) for row in self._db.execute("SELECT * FROM gone"))

    def _rows(self, walk: Walked) -> Iterator[tuple[bytes, int, int, str]]:
        for found in walk:
            if isinstance(found, Unreadable):
                self.unreadable.append(found)
            else:
                yield os.fsencode(found.file.path), *found.file.stamp, found.identity

    def _refuse_sudden_emptiness(self, walk: Walked) -> None:
        if walk.is_empty and (n_known := self._count("sounds")):
            raise LibraryError(
                f"{walk.folder}: the folder is empty and its index holds {n_known} sounds; if its disk is absent, "
                f"mount it; if the sounds are gone for good, {self._identity.rebuild_advice}"
            )

    def _away(self, walk: Walked, written_ns: int) -> Iterator[str]:
        """The folders that may not be there now: not to be looked at, or empty without anybody having emptied them.

        The second are where a disk is connected at other times: to take something out of a folder changes it. It is
        held against this machine's clock and the sounds' own times, because either may have been behind.
        """
        yield from (found.path for found in self.unreadable)
        for path, changed_ns in walk.empty.items():
            if changed_ns < written_ns or changed_ns < (self._last_change_below(path) or 0):
                yield path

    def _last_change_below(self, folder: str) -> int | None:
        query = "SELECT max(mtime_ns) FROM sounds WHERE path > ? AND path < ?"
        (found,) = self._db.execute(query, paths_below(folder)).fetchone()
        return found if isinstance(found, int) else None

    def _may_be_there(self, path: str) -> bool:
        """Whether a path that was not found may be there all the same."""
        not_seen = any(path == found.path for found in self.unreadable)
        return not_seen or any(path.startswith(f"{away.folder}/") for away in self.absent)

    def _count(self, table: str) -> int:
        (count,) = self._db.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)


def _file_of(row: tuple[Any, ...]) -> tuple[SoundFile, Sound | None]:
    _, path, size, changed_ns, *known = row
    return SoundFile(os.fsdecode(path), Stamp(size, changed_ns)), None if known[0] is None else Sound.of_row(known)
