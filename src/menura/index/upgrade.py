"""An index of Menura 0.2, brought to the format of now: the same in fewer bytes, without reading a sound again.

Of format 2 are longer numbers of cells, of which the low half is the cell of now, a group for each sound that has no
twin, the places of windows where there is nothing to say, sizes of names that no search asks for, and an index of
lengths by themselves.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from menura.index.database import update_meta
from menura.index.schema import FORMAT, INDEXES, UPGRADED_FORMAT, create_words, format_of

_OLD_INDEXES = ("sounds_by_row", "sounds_by_cell", "sounds_by_group", "sounds_by_length")
_UPGRADES = (
    "UPDATE sounds SET cell = ((cell & 0xffffffff) + 0x80000000) % 0x100000000 - 0x80000000",
    "UPDATE sounds SET starts_s = x'' WHERE starts_s = zeroblob(8)",
    "UPDATE sounds SET alike = 0 WHERE alike IN (SELECT alike FROM sounds GROUP BY alike HAVING count(*) = 1)",
)


def upgrade(db: sqlite3.Connection) -> None:
    """Bring an index to the format of now, in one transaction; one that is of it stays as it is.

    Args:
        db: The index, which `menura.index.database.read_meta` has seen to be Menura's.
    """
    if format_of(db) != str(UPGRADED_FORMAT):
        return
    db.execute("BEGIN IMMEDIATE")
    if format_of(db) == str(UPGRADED_FORMAT):  # or another program was faster
        _upgrade_tables(db)
    db.execute("COMMIT")
    with suppress(sqlite3.OperationalError):  # for want of space or of a pause of the others the file stays as large
        db.execute("VACUUM")


def _upgrade_tables(db: sqlite3.Connection) -> None:
    for statement in _UPGRADES:
        db.execute(statement)
    for name in _OLD_INDEXES:
        db.execute(f"DROP INDEX IF EXISTS {name}")
    for statement in INDEXES:
        db.execute(statement)
    db.execute("DROP TABLE words")
    db.execute("DROP TRIGGER IF EXISTS words_of_moved")
    create_words(db)
    (revision,) = db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
    update_meta(db, format=FORMAT, revision=int(revision) + 1)
