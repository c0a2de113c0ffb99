"""What a source holds, listed once for a filling and dealt to its shards.

The list is kept in the store as long as the filling lasts: a shard that is restarted on another machine reads its part
again. A file that is reached in several ways counts once, by the first path that the walk came to, whichever shards its
paths fall to.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from menura.audio.kinds import NotRead
from menura.audio.walk import Found, SoundFile, Stamp, Unreadable, Walked
from menura.cluster.card import Card
from menura.cluster.store import Store
from menura.errors import LibraryError

_TABLE = """CREATE TABLE found (
    number INTEGER PRIMARY KEY, shard INTEGER, path BLOB UNIQUE, size INTEGER, mtime_ns INTEGER, identity TEXT UNIQUE
)"""
_TOLD_FILES = 1_000


@dataclass(frozen=True)
class Listing:
    """A list in a store.

    Attributes:
        key: Where it is.
        n_files: How many files it holds.
    """

    key: str
    n_files: int

    @classmethod
    def made(cls, walk: Walked, card: Card, store: Store, tell: Callable[[int], None]) -> Listing:
        """The list of what a walk finds, written to a store.

        Args:
            walk: The walk.
            card: The library.
            store: Where it goes.
            tell: Called with how many files were found so far.
        """
        key = f"listings/{secrets.token_hex(8)}"
        with closing(sqlite3.connect("", isolation_level=None)) as db:  # on the disk, once it is large
            db.execute(_TABLE)
            db.execute("BEGIN")
            unreadable = []
            for n_found, found in enumerate(walk, start=1):
                if isinstance(found, Unreadable):
                    unreadable.append((found.path, found.reason, found.stamp))
                else:
                    path, stamp = found.file
                    row = (card.shard_of(path), os.fsencode(path), *stamp, found.identity)
                    db.execute("INSERT OR IGNORE INTO found VALUES (NULL, ?, ?, ?, ?, ?)", row)
                if n_found % _TOLD_FILES == 0:
                    tell(n_found)
            db.execute("CREATE INDEX by_shard ON found (shard)")
            about = {
                "is_empty": walk.is_empty,
                "empty": walk.empty,
                "not_read": walk.not_read,
                "unreadable": unreadable,
            }
            try:
                for shard in range(card.shards):
                    _upload(db, shard, store, f"{key}/{shard}.jsonl")
                store.put(f"{key}/about.json", json.dumps(about).encode())
            except BaseException:
                store.delete(key)
                raise
            (n_files,) = db.execute("SELECT count(*) FROM found").fetchone()
        return cls(key, n_files)


class ListedPart:
    """A shard's part of a list, as a walk gives it; attributes as of `menura.audio.walk.Walk`.

    What could not be looked at and the folders that are empty are every shard's: sounds in them are not gone.
    """

    def __init__(self, store: Store, key: str, shard: int, folder: Path) -> None:
        """Read what the list says of the whole source.

        Raises:
            LibraryError: The list is not there any more.
        """
        content = store.get(f"{key}/about.json")
        if content is None:
            raise LibraryError(f"{store.address}: the filling that listed {key} has ended; fill again")
        about = json.loads(content)
        self.folder = folder
        self.is_empty: bool = about["is_empty"]
        self.empty: dict[str, int] = about["empty"]
        self.not_read = tuple(NotRead(*kind) for kind in about["not_read"])
        self._unreadable = [
            Unreadable(path, reason, stamp and Stamp(*stamp)) for path, reason, stamp in about["unreadable"]
        ]
        self._store, self._key = store, f"{key}/{shard}.jsonl"

    def __iter__(self) -> Iterator[Found | Unreadable]:
        yield from self._unreadable
        with tempfile.TemporaryDirectory(prefix="menura-") as folder:
            file = Path(folder) / "listed"
            if not self._store.download(self._key, file):
                raise LibraryError(f"{self._store.address}: {self._key} is missing; fill again")
            with file.open(encoding="ascii") as lines:
                for line in lines:
                    path, size, mtime_ns, identity = json.loads(line)
                    yield Found(SoundFile(path, Stamp(size, mtime_ns)), identity)


def _upload(db: sqlite3.Connection, shard: int, store: Store, key: str) -> None:
    query = "SELECT path, size, mtime_ns, identity FROM found WHERE shard = ? ORDER BY number"
    with tempfile.NamedTemporaryFile("w", encoding="ascii", prefix="menura-", suffix=".jsonl") as file:
        for path, *rest in db.execute(query, (shard,)):
            file.write(json.dumps([os.fsdecode(path), *rest]) + "\n")  # ASCII, whatever the bytes of the name are
        file.flush()
        store.upload(Path(file.name), key)
