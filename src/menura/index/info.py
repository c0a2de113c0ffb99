"""What there is to say about a library: numbers from its index, without looking at its files."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from menura.audio.kinds import NotRead
from menura.index.changes import Skipped
from menura.index.codes import CodesFile
from menura.index.database import DATABASE_FILE, Meta, connect, damaged, failures_of, read_meta
from menura.index.identity import IndexIdentity
from menura.index.notices import Absent, absent_folders, absent_in, not_read_in, paths_below
from menura.index.schema import has_tables
from menura.index.snapshot import LONGEST_S

_TOTALS = "SELECT count(*), coalesce(sum(n_rows), 0), total(duration_s) FROM sounds"


class _Totals(NamedTuple):
    sounds: int
    windows: int
    seconds: float


@dataclass(frozen=True)
class LibraryInfo:
    """What is known of a library without looking at its files.

    Attributes:
        folder: The library.
        home: Where its index is.
        model: Name of the model that the index is made with.
        fingerprint: What tells that model from others of the same name.
        sounds: Number of sounds that can be found.
        windows: Number of their windows.
        seconds: Their total duration.
        index_bytes: What the index takes on disk.
        complete: Whether the last indexing ran to its end.
        skipped: What could not be read, and why.
        not_read: The kinds of files in the folder that are not read.
        absent: The folders in it whose sounds are not there now; they are kept, and not found.
    """

    folder: Path
    home: Path
    model: str
    fingerprint: str
    sounds: int
    windows: int
    seconds: float
    index_bytes: int
    complete: bool
    skipped: tuple[Skipped, ...]
    not_read: tuple[NotRead, ...]
    absent: tuple[Absent, ...]


def info_of_home(home: Path, identity: IndexIdentity) -> LibraryInfo | None:
    """What the index in a home holds, whichever model it is of; None where no indexing has come to anything.

    Args:
        home: Its folder.
        identity: The library; errors are about it.

    Raises:
        LibraryError: It is damaged.
    """
    with failures_of(identity), closing(connect(home / DATABASE_FILE)) as db:
        if not has_tables(db):
            return None
        db.execute("BEGIN")
        meta = read_meta(db, identity)
        return None if meta.state == "new" else read_info(db, meta, identity, home)


def read_info(db: sqlite3.Connection, meta: Meta, identity: IndexIdentity, home: Path) -> LibraryInfo:
    """What the index says in the connection's transaction.

    Raises:
        LibraryError: It is damaged: a sound's duration cannot be.
    """
    (out_of_range,) = db.execute(
        "SELECT count(*) FROM sounds WHERE typeof(duration_s) != 'real' OR duration_s <= 0 OR duration_s > ?",
        (LONGEST_S,),
    ).fetchone()
    if out_of_range:
        raise damaged(identity, "a sound's duration is out of range")
    absent = absent_in(db, absent_folders(meta, identity))
    totals = _Totals(*db.execute(_TOTALS).fetchone())
    below = (db.execute(f"{_TOTALS} WHERE path > ? AND path < ?", paths_below(away.folder)) for away in absent)
    not_there = [_Totals(*found.fetchone()) for found in below]
    skipped = db.execute("SELECT path, reason FROM skipped ORDER BY path")
    codes = CodesFile.of(meta, home)
    return LibraryInfo(
        folder=identity.folder,
        home=home,
        model=meta.model,
        fingerprint=meta.fingerprint,
        sounds=totals.sounds - sum(away.sounds for away in not_there),
        windows=totals.windows - sum(away.windows for away in not_there),
        seconds=totals.seconds - sum(away.seconds for away in not_there),
        index_bytes=(home / DATABASE_FILE).stat().st_size
        + meta.rows * meta.width * 4
        + (0 if codes is None else codes.n_bytes(meta.coded_rows)),
        complete=meta.state == "complete",
        skipped=tuple(Skipped(os.fsdecode(path), reason) for path, reason in skipped),
        not_read=not_read_in(meta, identity),
        absent=absent,
    )
