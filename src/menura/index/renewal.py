"""An index of the former format gets the words of today. They follow from the paths, so no sound is read again."""

from __future__ import annotations

import os
import sqlite3

from menura.index.changes import name_and_folder
from menura.index.database import FORMAT, create_words, read_meta, update_meta
from menura.index.identity import IndexIdentity

_BATCH = 10_000


def renew(db: sqlite3.Connection, identity: IndexIdentity) -> None:
    """Bring an index to today's format, all at once or not at all."""
    db.execute("BEGIN IMMEDIATE")
    meta = read_meta(db, identity)
    if meta.format != FORMAT:  # or another program was faster
        renew_words(db)
        update_meta(db, revision=meta.revision + 1)
    db.execute("COMMIT")


def renew_words(db: sqlite3.Connection) -> None:
    """Derive the words of every sound anew, inside the caller's transaction, and mark the index as of today's format.

    Args:
        db: A connection to an index of the former format, as `read_meta` has found it.
    """
    db.execute("DROP TRIGGER words_of_moved")  # it would take out the old words of each sound, one sound at a time
    db.execute("DROP TABLE words")
    last = -1
    while paths := db.execute(
        "SELECT id, path FROM sounds WHERE id > ? ORDER BY id LIMIT ?", (last, _BATCH)
    ).fetchall():
        words = ((*name_and_folder(os.fsdecode(path)), sound_id) for sound_id, path in paths)
        db.executemany("UPDATE sounds SET name = ?, folder = ? WHERE id = ?", words)
        last = paths[-1][0]
    create_words(db)
    update_meta(db, format=FORMAT)
