"""A committed state of an index, copied: whoever looks at it for long is in nobody's way, and nobody is in theirs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from menura.index.database import DATABASE_FILE, Meta, connect, damaged, distrust, read_meta
from menura.index.identity import IndexIdentity
from menura.index.schema import has_tables
from menura.index.snapshot import Table, read_table
from menura.index.upgrade import upgrade


@dataclass(frozen=True)
class CopiedIndex:
    """What was copied, and where the rest of it is.

    Attributes:
        identity: What the index belongs to.
        home: Its folder.
        db: A temporary database with all that the index's holds.
        meta: What the index says of itself.
        table: Its sounds, with its files mapped.
    """

    identity: IndexIdentity
    home: Path
    db: sqlite3.Connection
    meta: Meta
    table: Table


@contextmanager
def copied_index(identity: IndexIdentity, home: Path) -> Iterator[CopiedIndex]:
    """An index as it is now.

    Another program may replace its files after the database was copied and before they are mapped. Then there is a
    newer state, which is looked at instead.

    Raises:
        UsageError: The folder was never indexed with this model.
        LibraryError: The index is damaged, so that there is nothing to look at.
        FileNotFoundError: A file that it names is lost.
    """
    while True:
        with closing(_copied(home)) as db:
            meta = _proved(db, identity)
            table = _mapped(db, meta, identity, home)
            if table is not None:
                yield CopiedIndex(identity, home, db, meta, table)
                return


def _copied(home: Path) -> sqlite3.Connection:
    """The database as it is now, in a temporary file that is gone when it is closed."""
    copy = sqlite3.connect("", isolation_level=None)
    with closing(connect(home / DATABASE_FILE)) as db:
        db.backup(copy)
    distrust(copy)
    return copy


def _proved(db: sqlite3.Connection, identity: IndexIdentity) -> Meta:
    if not has_tables(db):  # its making was interrupted
        raise identity.not_indexed()
    for (line,) in db.execute("PRAGMA integrity_check(10)"):
        if line != "ok":
            raise damaged(identity, line)
    read_meta(db, identity)
    upgrade(db)
    return read_meta(db, identity)


def _mapped(db: sqlite3.Connection, meta: Meta, identity: IndexIdentity, home: Path) -> Table | None:
    """The table of a copied state, or None: its files have been replaced since."""
    try:
        table = read_table(db, meta, home, identity)
    except FileNotFoundError:
        if not _replaced(meta, identity, home):
            raise
        return None
    return None if meta.codes and table.codes is None and _replaced(meta, identity, home) else table


def _replaced(meta: Meta, identity: IndexIdentity, home: Path) -> bool:
    with closing(connect(home / DATABASE_FILE)) as db:
        now = read_meta(db, identity)
    return (now.projections, now.codes) != (meta.projections, meta.codes)
