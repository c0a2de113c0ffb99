"""Stores of made-up sounds, for tests that need no network and no files."""

import os
import sqlite3
import unicodedata
from pathlib import Path, PurePosixPath

import numpy as np

from menura.audio.walk import SoundFile, Stamp
from menura.index.changes import Embedded
from menura.index.database import connect
from menura.index.identity import ModelIdentity
from menura.index.sound import COLUMNS, Sound
from menura.index.store import LibraryIndex

MODEL = ModelIdentity("f" * 64, "toy", 3)


def embedded(path: str, *values: float, content: str | None = None) -> Embedded:
    """A sound whose windows' projections are three times each of the values."""
    rows = np.repeat(np.array(values, np.float32)[:, None], 3, axis=1)
    return Embedded(SoundFile(path, Stamp(len(path), 1)), os.fsencode(content or path), 1.5 * (len(values) + 1), rows)


def stored(index: LibraryIndex) -> dict[str, list[float]]:
    """Every sound's first column, read the way a search reads it."""
    with index.snapshot() as snapshot:
        table = snapshot.table
        rows = np.arange(len(table.projections)) if table.rows is None else table.rows
        parts = np.split(table.projections[rows, 0], np.cumsum(table.n_windows))
        return {sound.path: part.tolist() for sound, part in zip(snapshot.sounds(table.sound_ids), parts, strict=False)}


def known(index: LibraryIndex, path: str) -> Sound:
    """A sound as an indexer learns of it."""
    query = f"SELECT {COLUMNS} FROM sounds WHERE path = ?"
    return Sound.of_row(connect(index.home / "index.sqlite").execute(query, (os.fsencode(path),)).fetchone())


def make_former(home: Path) -> None:
    """Give the index in a folder the words and the tokenizer of format 1."""
    db = sqlite3.connect(home / "index.sqlite")
    (moved,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'words_of_moved'").fetchone()
    db.execute("DROP TRIGGER words_of_moved")
    db.execute("DROP TABLE words")
    db.execute(
        """CREATE VIRTUAL TABLE words USING fts5 (
            name, folder, content = 'sounds', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
        )"""
    )
    for sound_id, raw in db.execute("SELECT id, path FROM sounds").fetchall():
        path = PurePosixPath(unicodedata.normalize("NFKC", raw.decode("utf-8", "replace")))
        words = (path.name, str(path.parent) if path.parent.parts else "", sound_id)
        db.execute("UPDATE sounds SET name = ?, folder = ? WHERE id = ?", words)
    db.execute("INSERT INTO words (words) VALUES ('rebuild')")
    db.execute(moved)
    db.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
    db.commit()
    db.close()
