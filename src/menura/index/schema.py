"""The tables of an index, and that it has no others: a schema is a program, and a stranger's would run."""

from __future__ import annotations

import re
import sqlite3
from functools import cache

FORMAT = 3
"""Of all that an index holds. Whatever another Menura would not know, a further table too, is another format."""

UPGRADED_FORMAT = 2
"""What Menura 0.2 made: it is read as it is where only its own words are asked for, see `menura.index.upgrade`."""

_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
INDEXES = (
    # Covers what a search reads of every sound (the id comes with any index), without the wide rows themselves.
    "CREATE INDEX sounds_by_row ON sounds (first_row, n_rows, duration_s)",
    "CREATE INDEX sounds_by_cell ON sounds (cell, alike)",
    "CREATE INDEX sounds_by_group ON sounds (alike) WHERE alike > 0",
)
_TABLES = (
    _META,
    """CREATE TABLE sounds (
        id INTEGER PRIMARY KEY,
        path BLOB NOT NULL UNIQUE,   -- relative to the library folder; bytes, because a name need not be text
        name TEXT NOT NULL,          -- the words of file and folder name, for full-text search
        folder TEXT NOT NULL,
        size INTEGER NOT NULL,       -- bytes
        mtime_ns INTEGER NOT NULL,   -- when it changed: `menura.audio.walk.Stamp`
        sha256 BLOB NOT NULL,
        duration_s REAL NOT NULL,
        starts_s BLOB NOT NULL,      -- where its windows begin: `menura.index.sound.packed_starts`
        cell INTEGER NOT NULL,       -- where to look for its twins
        alike INTEGER NOT NULL,      -- the number of its group of twins; 0, which takes no byte, where it is alone
        first_row INTEGER NOT NULL,  -- the sound's rows in the projections file
        n_rows INTEGER NOT NULL
    )""",
    *INDEXES,
    """CREATE TABLE skipped (
        path BLOB PRIMARY KEY,
        size INTEGER,                -- NULL where the trouble is not in the file's content: try again each time
        mtime_ns INTEGER,
        reason TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TRIGGER words_of_new AFTER INSERT ON sounds BEGIN
        INSERT INTO words (rowid, name, folder) VALUES (new.id, new.name, new.folder);
    END""",
    """CREATE TRIGGER words_of_old AFTER DELETE ON sounds BEGIN
        INSERT INTO words (words, rowid, name, folder) VALUES ('delete', old.id, old.name, old.folder);
    END""",
)
MEASURED = (
    # What was measured of sounds, see `menura.index.measured`. An index that was made before there was such a table
    # gets it when something is first measured.
    """CREATE TABLE measured (
        id INTEGER NOT NULL,         -- of the sound
        measure TEXT NOT NULL,       -- what was measured, and which way
        value REAL,                  -- NULL where it is not sure
        PRIMARY KEY (id, measure)
    ) WITHOUT ROWID""",
    "CREATE INDEX measured_by_value ON measured (measure, value) WHERE value IS NOT NULL",
    """CREATE TRIGGER measured_of_old AFTER DELETE ON sounds BEGIN
        DELETE FROM measured WHERE id = old.id;
    END""",
    """CREATE TRIGGER measured_of_changed AFTER UPDATE OF name, sha256 ON sounds
        WHEN (new.name, new.sha256) IS NOT (old.name, old.sha256)
    BEGIN
        DELETE FROM measured WHERE id = new.id;
    END""",
)
_WORDS = (
    # What a word is, `menura.index.text` decides: here they only have spaces between them.
    """CREATE VIRTUAL TABLE words USING fts5 (
        name, folder, content = 'sounds', content_rowid = 'id', tokenize = 'ascii', columnsize = 0
    )""",
    """CREATE TRIGGER words_of_moved AFTER UPDATE OF name, folder ON sounds BEGIN
        INSERT INTO words (words, rowid, name, folder) VALUES ('delete', old.id, old.name, old.folder);
        INSERT INTO words (rowid, name, folder) VALUES (new.id, new.name, new.folder);
    END""",
)

_FORMAT_2 = (
    "CREATE INDEX sounds_by_row ON sounds (first_row, n_rows)",
    "CREATE INDEX sounds_by_group ON sounds (alike)",
    "CREATE INDEX sounds_by_length ON sounds (duration_s)",
    """CREATE VIRTUAL TABLE words USING fts5 (
        name, folder, content = 'sounds', content_rowid = 'id', tokenize = 'ascii'
    )""",
)

_WORDS_TABLE = re.compile("words_(data|idx|docsize|config)")
_PROGRAM = re.compile(r"\b(CHECK|DEFAULT|GENERATED|AS|REFERENCES|VIRTUAL|VIEW|TRIGGER)\b", re.IGNORECASE)


def create_schema(db: sqlite3.Connection) -> None:
    """Make all tables, empty, inside the caller's transaction."""
    for statement in (*_TABLES, *MEASURED):
        db.execute(statement)
    create_words(db)


def create_words(db: sqlite3.Connection) -> None:
    """Make the full-text index of the words that `sounds` holds, inside the caller's transaction."""
    for statement in _WORDS:
        db.execute(statement)
    db.execute("INSERT INTO words (words) VALUES ('rebuild')")


def drop_tables(db: sqlite3.Connection) -> None:
    """Remove every table and view of whatever format, inside the caller's transaction."""
    listing = "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    # A virtual table takes its shadow tables along, so it goes first and the others are listed afterwards.
    for condition in (" AND sql LIKE 'CREATE VIRTUAL %'", ""):
        for kind, name in db.execute(listing + condition).fetchall():
            db.execute(f'DROP {kind} "{name.replace(chr(34), chr(34) * 2)}"')


def has_tables(db: sqlite3.Connection) -> bool:
    """Whether the file is an index at all; a file just made by SQLite is empty."""
    return db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def format_of(db: sqlite3.Connection) -> str | None:
    """The format that an index says it is of, whatever else it holds; None where it says none, or not in Menura's way.

    It is asked before anything else, since no older Menura can know what a newer one keeps.
    """
    row = db.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'meta'").fetchone()
    if row is None or _plain(row[0]) != _plain(_META):
        return None
    found = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    return None if found is None else str(found[0])


def foreign_part(db: sqlite3.Connection) -> str | None:
    """The name of a table, trigger, view or constraint that Menura never made; None where all are its own."""
    for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
        # Full-text search makes tables of its own, whose text is SQLite's affair.
        ours = not _PROGRAM.search(sql) if _WORDS_TABLE.fullmatch(name) else _plain(sql) in _own_schema()
        if not ours:
            return str(name)
    return None


@cache
def _own_schema() -> frozenset[str]:
    return frozenset(_plain(statement) for statement in (*_TABLES, *MEASURED, *_WORDS, *_FORMAT_2))


def _plain(sql: str) -> str:
    """A statement without its comments and line breaks, which may change without a change of format."""
    return " ".join(re.sub("--.*", "", sql).split())
