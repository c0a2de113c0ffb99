"""Copying the rows that sounds own to a new projections file, where most rows are dead."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from menura.index.database import Meta, update_meta
from menura.index.identity import IndexIdentity
from menura.index.projections import ProjectionsFile
from menura.index.snapshot import read_table


def compact(db: sqlite3.Connection, meta: Meta, home: Path, identity: IndexIdentity) -> None:
    """Have the index name a new file that holds the rows of its sounds alone, inside the caller's transaction.

    Args:
        db: The index; some of its rows are dead.
        meta: What it says of itself.
        home: Its folder.
        identity: What it belongs to.
    """
    table = read_table(db, meta, home, identity)
    rows = table.rows
    assert rows is not None  # there are dead rows, or this would not be called
    name = ProjectionsFile.of(meta, home, identity).copy(rows)
    firsts = np.cumsum(table.n_windows) - table.n_windows
    moves = zip(firsts.tolist(), table.sound_ids.tolist(), strict=True)
    db.executemany("UPDATE sounds SET first_row = ? WHERE id = ?", moves)
    update_meta(db, projections=name, rows=len(rows))
