"""The SQLite file of an index: its connections, what it says of itself, and its failures in words to act on."""

from __future__ import annotations

import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, get_type_hints

from menura.errors import LibraryError
from menura.index.identity import IndexIdentity
from menura.index.schema import FORMAT, UPGRADED_FORMAT, create_schema, foreign_part, format_of

DATABASE_FILE = "index.sqlite"

# How long a connection waits for another indexer: a batch is committed in milliseconds, a compaction in seconds.
_BUSY_TIMEOUT_S = 60.0


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


class OlderFormatError(LibraryError):
    """An index is of a format that is not read any more."""


WRITE_ADVICE = "let yourself write in your user's data directory, or name another in XDG_DATA_HOME"
"""What to do where the data directory cannot be written."""

_KINDS = get_type_hints(Meta)
_OPTIONAL = Meta._field_defaults
_LARGEST = 2**48  # more rows, or commits, than there will ever be; bytes can be counted in 64 bits
_PROJECTIONS_NAME = re.compile(r"projections-[0-9a-f]+\.f32")
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
    create_schema(db)
    db.executemany("INSERT INTO meta VALUES (?, ?)", [(key, str(value)) for key, value in meta._asdict().items()])


def read_meta(db: sqlite3.Connection, identity: IndexIdentity) -> Meta:
    """What the index says of itself.

    Raises:
        OlderFormatError: It is of a format that is not read any more.
        LibraryError: It is damaged, of a newer format, or holds what Menura never put there.
    """
    _refuse_other_format(format_of(db), identity)
    if (foreign := foreign_part(db)) is not None:
        raise damaged(identity, f"it holds what Menura never put there, {foreign!r}")
    values = dict(db.execute("SELECT key, value FROM meta"))
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


def _refuse_other_format(found: str | None, identity: IndexIdentity) -> None:
    if found is None or found in (str(FORMAT), str(UPGRADED_FORMAT)):
        return
    if re.fullmatch("[0-9]{1,9}", found) is None:
        raise damaged(identity, "meta: its format is no number")
    if int(found) > FORMAT:
        raise LibraryError(
            f"{identity.folder}: its index was made by a newer Menura (format {found}, and this one reads {FORMAT}); "
            f"update this Menura, or {identity.rebuild_advice}"
        )
    raise OlderFormatError(
        f"{identity.folder}: its index is of format {found}, and this Menura reads {FORMAT}; {identity.rebuild_advice}"
    )


def is_projections_name(name: str) -> bool:
    """Whether a file of projections may be called so."""
    return _PROJECTIONS_NAME.fullmatch(name) is not None


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
