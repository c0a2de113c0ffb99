"""The SQLite file of an index: its tables, its connections, and its failures in words a person can act on."""

from __future__ import annotations

import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_type_hints

from menura.errors import LibraryError
from menura.index.identity import IndexIdentity

FORMAT = 2
DATABASE_FILE = "index.sqlite"

# How long a connection waits for another indexer: a batch is committed in milliseconds, a compaction in seconds.
_BUSY_TIMEOUT_S = 60.0

_TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE sounds (
        id INTEGER PRIMARY KEY,
        path BLOB NOT NULL UNIQUE,   -- relative to the library folder; bytes, because a name need not be text
        name TEXT NOT NULL,          -- the words of file and folder name, for full-text search
        folder TEXT NOT NULL,
        size INTEGER NOT NULL,       -- bytes
        mtime_ns INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        duration_s REAL NOT NULL,
        starts_s BLOB NOT NULL,      -- where its windows begin: little-endian float64, one a row
        cell INTEGER NOT NULL,       -- where to look for its twins
        alike INTEGER NOT NULL,      -- the number of its group of twins
        first_row INTEGER NOT NULL,  -- the sound's rows in the projections file
        n_rows INTEGER NOT NULL
    )""",
    # Covers what a search reads of every sound (the id comes with any index), without the wide rows themselves.
    "CREATE INDEX sounds_by_row ON sounds (first_row, n_rows)",
    "CREATE INDEX sounds_by_cell ON sounds (cell, alike)",
    "CREATE INDEX sounds_by_group ON sounds (alike)",
    # Derived: an index that was made before there was such a one answers the same, a little later.
    "CREATE INDEX sounds_by_length ON sounds (duration_s)",
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
        name, folder, content = 'sounds', content_rowid = 'id', tokenize = 'ascii'
    )""",
    """CREATE TRIGGER words_of_moved AFTER UPDATE OF name, folder ON sounds BEGIN
        INSERT INTO words (words, rowid, name, folder) VALUES ('delete', old.id, old.name, old.folder);
        INSERT INTO words (rowid, name, folder) VALUES (new.id, new.name, new.folder);
    END""",
)


class Meta(NamedTuple):
    """What an index says of itself: the rows of the table `meta`, in this order."""

    format: int
    fingerprint: str  # of the model whose projections it holds
    model: str  # that model's name
    folder: str  # for a person who looks into the data directory
    width: int  # floats in a row of the projections file
    projections: str  # name of the projections file
    rows: int  # rows of it that are committed
    revision: int  # grows with every commit
    state: str  # "new", "indexing" (something was written, and the end was not reached) or "complete"
    # Derived, and absent from an index that was made before there was such a file:
    codes: str = ""  # name of the file of codes; it begins with the projections file's
    coded_rows: int = 0  # rows that it has codes of
    # Of the folder, and absent from an index that was made before this was noted; see `menura.index.notices`:
    not_read: str = ""  # kinds of files that are not read
    absent: str = ""  # folders whose sounds are kept although they are not there
    written_ns: int = 0  # when sounds were last written, in ns since 1970


WRITE_ADVICE = "let yourself write in your user's data directory, or name another in XDG_DATA_HOME"
"""What to do where the data directory cannot be written."""

_KINDS = get_type_hints(Meta)
_OPTIONAL = Meta._field_defaults
_LARGEST = 2**48  # more rows, or commits, than there will ever be; bytes can be counted in 64 bits
_PROJECTIONS_NAME = re.compile(r"projections-[0-9a-f]+\.f32")
_WORDS_TABLE = re.compile("words_(data|idx|docsize|config)")
_PROGRAM = re.compile(r"\b(CHECK|DEFAULT|GENERATED|AS|REFERENCES|VIRTUAL|VIEW|TRIGGER)\b", re.IGNORECASE)
_FINGERPRINT = re.compile("[0-9a-f]{64}")  # it names the folder that the index is in
_CODES_NAME = re.compile(r"(projections-[0-9a-f]+-[0-9a-f]+\.u8)?")


def connect(file: Path) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are opened by hand. Threads may share it if they take turns."""
    db = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    # A projections file is deleted only after the commit that stops naming it. With NORMAL a power cut could take that
    # commit back after the file is gone; FULL costs one fsync a batch, which takes a second to compute.
    db.execute("PRAGMA synchronous = FULL")
    distrust(db)
    return db


def distrust(db: sqlite3.Connection) -> None:
    """Take the file for a stranger's: what its schema says may call no function that could do harm, nor hide damage."""
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    if sys.version_info >= (3, 12):
        db.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)


def trust(db: sqlite3.Connection) -> None:
    """Let the triggers that keep the words run, once `read_meta` has seen that there are no others."""
    db.execute("PRAGMA trusted_schema = ON")


def write_ahead(db: sqlite3.Connection) -> None:
    """Let readers and the writer not wait for each other.

    A connection's timeout does not cover this: while another program makes the same index, SQLite refuses at once.
    """
    give_up = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def create_tables(db: sqlite3.Connection, meta: Meta) -> None:
    """Make the tables of an empty index, inside the caller's transaction."""
    for statement in (*_TABLES, *MEASURED):
        db.execute(statement)
    create_words(db)
    db.executemany("INSERT INTO meta VALUES (?, ?)", [(key, str(value)) for key, value in meta._asdict().items()])


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


def read_meta(db: sqlite3.Connection, identity: IndexIdentity) -> Meta:
    """What the index says of itself.

    Raises:
        LibraryError: It is damaged, of another format, or holds what Menura never put there.
    """
    _refuse_foreign_schema(db, identity)
    values = dict(db.execute("SELECT key, value FROM meta"))
    found = values.get("format")
    if found != str(FORMAT):
        raise LibraryError(
            f"{identity.folder}: its index is of format {found}, and this Menura reads {FORMAT}; "
            f"{identity.rebuild_advice}"
        )
    try:
        meta = Meta(**{key: kind(values[key]) for key, kind in _KINDS.items() if key in values or key not in _OPTIONAL})
    except (KeyError, ValueError, TypeError) as error:
        raise damaged(identity, f"meta: {error!r}") from error
    # A name from elsewhere may lead out of the index's folder, and what it names would be written to.
    if not (is_projections_name(meta.projections) and _CODES_NAME.fullmatch(meta.codes)):
        raise damaged(identity, "meta: no such file could be its own")
    numbers = (meta.rows, meta.coded_rows, meta.revision, meta.width)
    if min(numbers) < 0 or max(numbers) > _LARGEST:
        raise damaged(identity, "meta: a number is out of range")
    if not _FINGERPRINT.fullmatch(meta.fingerprint):
        raise damaged(identity, "meta: no model has such a fingerprint")
    return meta


def is_projections_name(name: str) -> bool:
    """Whether a file of projections may be called so."""
    return _PROJECTIONS_NAME.fullmatch(name) is not None


def _refuse_foreign_schema(db: sqlite3.Connection, identity: IndexIdentity) -> None:
    """A schema is a program: its triggers, views and constraints run. None but Menura's own may be in an index."""
    for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
        # Full-text search makes tables of its own, whose text is SQLite's affair.
        ours = not _PROGRAM.search(sql) if _WORDS_TABLE.fullmatch(name) else _plain(sql) in _own_schema()
        if not ours:
            raise damaged(identity, f"it holds what Menura never put there, {name!r}")


@cache
def _own_schema() -> frozenset[str]:
    ours = [_plain(statement) for statement in (*_TABLES, *MEASURED, *_WORDS)]
    # An index of the former format is told to be one, and not to be a stranger's.
    columns = " starts_s BLOB NOT NULL, cell INTEGER NOT NULL, alike INTEGER NOT NULL,"
    for column, before in ((columns, ""), ("'ascii'", "'unicode61 remove_diacritics 2'")):
        ours += [statement.replace(column, before) for statement in ours]
    return frozenset(ours)


def _plain(sql: str) -> str:
    """A statement without its comments and line breaks, which may change without a change of format."""
    return " ".join(re.sub("--.*", "", sql).split())


def update_meta(db: sqlite3.Connection, **values: object) -> None:
    """Set some of `Meta`'s fields, inside the caller's transaction; what they are already changes nothing."""
    rows = [(key, str(value)) for key, value in values.items()]
    db.executemany(
        """INSERT INTO meta VALUES (?, ?)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value""",
        rows,
    )


def damaged(identity: IndexIdentity, reason: str) -> LibraryError:
    """The error for an index that contradicts itself."""
    return LibraryError(f"{identity.folder}: its index is damaged ({reason}); {identity.rebuild_advice}")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error of SQLite means that the file is not, or no longer, an index."""
    # Errors that Python itself raises (text that is not UTF-8) have no code, and come from a damaged file.
    code = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT")
    return code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR"))


@contextmanager
def failures_of(identity: IndexIdentity) -> Iterator[None]:
    """Turns what SQLite and the operating system raise inside into a `LibraryError` with what to do."""
    folder = identity.folder
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a bug, and it should look like one
    except sqlite3.Error as error:
        if is_damage(error):
            raise damaged(identity, str(error)) from error
        if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise LibraryError(f"{folder}: another program is using its index; try again when it has ended") from error
        if error.sqlite_errorname.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
            raise LibraryError(
                f"{folder}: its index is in a folder where Menura cannot write ({error}); {WRITE_ADVICE}"
            ) from error
        raise LibraryError(f"{folder}: its index cannot be read or written ({error}); check the disk") from error
    except FileNotFoundError as error:
        raise damaged(identity, f"{error.filename} is missing") from error
    except OSError as error:
        raise LibraryError(
            f"{folder}: its index cannot be read or written ({error.strerror}: {error.filename}); check the disk"
        ) from error
