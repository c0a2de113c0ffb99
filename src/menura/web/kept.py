"""What a person has said to keep, in one file in the user's data directory: favourites, collections, folders.

The file has the name that it had when there were only favourites, so that those of an older Menura are still there, and
an older Menura still finds them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from menura.errors import LibraryError
from menura.index.database import WRITE_ADVICE

_FILE = "favourites.sqlite"
_BUSY_TIMEOUT_S = 10.0


class Kept:
    """The file. Every use opens and closes its own connection, so threads may share it.

    Raises:
        LibraryError: It cannot be made, read or written.
    """

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / _FILE
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{data_dir}: the folder that Menura keeps its own data in cannot be made ({error.strerror}); "
                f"{WRITE_ADVICE}"
            ) from error

    def make(self, *tables: str) -> None:
        """Make these tables where they are not there, by `CREATE TABLE IF NOT EXISTS`."""
        with self.connection() as db:
            for table in tables:
                db.execute(table)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection in autocommit mode."""
        try:
            with closing(sqlite3.connect(self._file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as db:
                db.execute("PRAGMA foreign_keys = ON")
                yield db
        except sqlite3.IntegrityError:
            raise  # who writes knows what it means
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                raise LibraryError(f"{self._file}: cannot be written ({error}); {WRITE_ADVICE}") from error
            raise LibraryError(
                f"{self._file}: the favourites and collections cannot be read or written ({error}); check the disk, or "
                "move the file"
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction: all of it is kept, or nothing where anything is raised."""
        with self.connection() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
