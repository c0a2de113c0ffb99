"""What there is to say about a library: numbers from its index, without looking at its files."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from menura.index.changes import Skipped
from menura.index.codes import CodesFile
from menura.index.database import DATABASE_FILE, Meta, damaged
from menura.index.snapshot import LONGEST_S


@dataclass(frozen=True)
class LibraryInfo:
    """What is known of a library without looking at its files.

    Attributes:
        folder: The library.
        home: Where its index is.
        model: Name of the model that the index is made with.
        sounds: Number of sounds that can be found.
        segments: Number of their windows.
        seconds: Their total duration.
        index_bytes: What the index takes on disk.
        complete: Whether the last indexing ran to its end.
        skipped: What could not be read, and why.
    """

    folder: Path
    home: Path
    model: str
    sounds: int
    segments: int
    seconds: float
    index_bytes: int
    complete: bool
    skipped: tuple[Skipped, ...]


def read_info(db: sqlite3.Connection, meta: Meta, folder: Path, home: Path) -> LibraryInfo:
    """What the index says in the connection's transaction.

    Raises:
        LibraryError: It is damaged: a sound's duration cannot be.
    """
    sounds, segments, seconds, in_range = db.execute(
        """SELECT count(*), coalesce(sum(n_rows), 0), total(duration_s),
            total(typeof(duration_s) = 'real' AND duration_s > 0 AND duration_s <= ?) FROM sounds""",
        (LONGEST_S,),
    ).fetchone()
    if in_range != sounds:
        raise damaged(folder, "a sound's duration is out of range")
    skipped = db.execute("SELECT path, reason FROM skipped ORDER BY path")
    codes = CodesFile.of(meta, home)
    return LibraryInfo(
        folder=folder,
        home=home,
        model=meta.model,
        sounds=sounds,
        segments=segments,
        seconds=seconds,
        index_bytes=(home / DATABASE_FILE).stat().st_size
        + meta.rows * meta.width * 4
        + (0 if codes is None else codes.n_bytes(meta.coded_rows)),
        complete=meta.state == "complete",
        skipped=tuple(Skipped(os.fsdecode(path), reason) for path, reason in skipped),
    )
