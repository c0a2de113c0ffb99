"""The index of one library folder by one model: an SQLite database and, beside it, one file of projections.

It lives in a home of its own in the user's data directory (see `menura.index.homes`), never in the library itself:

    index.sqlite             which sounds there are, and where their rows are
    projections-RANDOM.f32   row-major float32, (rows, 108): a row for each window of each sound
    projections-RANDOM-RANDOM.u8   of a large library: the same in fewer bytes, see `menura.index.codes`

**How a batch is committed.** Rows are only ever appended, and only the database says how many of them count. Inside
`BEGIN IMMEDIATE`, which one writer at a time gets: read the committed number of rows, write the batch's rows from there
on, fsync, insert the sounds that own them, set the new number, `COMMIT`. A crash before the commit leaves a tail that
no sound owns and that the next batch overwrites; after it, everything is there. Two indexers take turns and see each
other's rows. A reader maps as many rows as its own transaction sees, and those never change.

**Sounds that go** leave dead rows, which are not scored. When more than half are dead, the living ones are copied to a
new file, which takes over in the same kind of transaction; the old one is deleted after the commit, and a reader that
has mapped it keeps it until it is done.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.walk import Walked
from menura.errors import LibraryError
from menura.index.changes import Change, Embedded, apply_change, settle
from menura.index.codes import update_codes
from menura.index.compact import compact
from menura.index.database import (
    DATABASE_FILE,
    Meta,
    connect,
    create_tables,
    failures_of,
    is_damage,
    read_meta,
    trust,
    update_meta,
    write_ahead,
)
from menura.index.homes import delete_outdated, index_home, make_home
from menura.index.identity import IndexIdentity, ModelIdentity
from menura.index.info import LibraryInfo, read_info
from menura.index.measured import Measured
from menura.index.notices import absent_folders, noted
from menura.index.plan import Plan
from menura.index.projections import ProjectionsFile, create_projections, delete_strays
from menura.index.schema import FORMAT, drop_tables, has_tables
from menura.index.snapshot import Snapshot, Table, ids_below, read_table
from menura.index.sound import Sound
from menura.index.upgrade import upgrade


class LibraryIndex:
    """The index of a library. Every call opens and closes its own connection, so threads may share it."""

    def __init__(self, identity: IndexIdentity, home: Path) -> None:
        self.folder = identity.folder
        self.home = home
        self._identity = identity
        self._cached: tuple[str, int, Table] | None = None  # projections file, revision, table
        self._reading = threading.Lock()

    @classmethod
    def open(cls, folder: Path, data_dir: Path, model: ModelIdentity, *, rebuild: bool = False) -> LibraryIndex:
        """Open the index of a folder by a model, or make an empty one.

        Args:
            folder: The library, resolved.
            data_dir: The data directory under which all indexes live.
            model: The model in use.
            rebuild: Empty the index first, whatever is in it.

        Raises:
            LibraryError: It is damaged, of another format or of another model.
        """
        identity = IndexIdentity(folder, model)
        home = index_home(identity, data_dir, rebuild=rebuild)
        index = cls(identity, home)
        make_home(home)
        with failures_of(identity):
            if rebuild:
                index._empty()
            with closing(connect(home / DATABASE_FILE)) as db:
                if not has_tables(db):
                    index._create(db)
                index._read_meta(db)
                upgrade(db)
        return index

    @property
    def state(self) -> str:
        """How far it is: "new", until an indexing has come to anything, "indexing" until one has ended, "complete"."""
        with self._connection() as db:
            return self._read_meta(db).state

    @property
    def revision(self) -> tuple[str, int]:
        """Names the committed state of now: another one follows every commit, which always changes something."""
        with self._connection() as db:
            meta = self._read_meta(db)
            return meta.projections, meta.revision

    def info(self) -> LibraryInfo:
        """What the index holds."""
        with self._connection() as db:
            db.execute("BEGIN")
            meta = self._read_meta(db)
            return read_info(db, meta, self._identity, self.home)

    @property
    def measured(self) -> Measured:
        """What was measured of its sounds."""
        return Measured(self.home / DATABASE_FILE, self._identity)

    # Reading: what a search and an indexer see

    @contextmanager
    def snapshot(self, *, tells_music: bool = True) -> Iterator[Snapshot]:
        """The committed state of now. The arrays are kept for the next search and read anew only after a commit."""
        with self._connection() as db:
            db.execute("BEGIN")
            try:
                table = self._table(db)
            except FileNotFoundError:  # compacted between this transaction's begin and the mapping: look again
                db.execute("ROLLBACK")
                db.execute("BEGIN")
                table = self._table(db)
            yield Snapshot(table, db, self._identity, tells_music)

    @contextmanager
    def plan(self, walk: Walked) -> Iterator[Plan]:
        """What there is to do to bring the index up to date with its folder; errors as for `Plan`.

        What is raised meanwhile by the one who asked is not the index's failure, and goes on as it is.
        """
        with closing(self._opened()) as db:
            yield Plan(db, walk, self._identity)

    def release(self) -> None:
        """Let go of the arrays kept from the last search."""
        self._cached = None

    # Writing: what an indexer commits

    def write(self, changes: Sequence[Change]) -> None:
        """Commit a batch of changes: all of them, or none if anything fails.

        If there is anything in it that is not in the index already, an indexing has begun: until `finish`, it can be
        told from a whole one.
        """
        with self._transaction() as (db, meta):
            before = db.total_changes
            changes = [settle(db, change) for change in changes]
            projections = ProjectionsFile.of(meta, self.home, self._identity)
            projections.append(change.projections for change in changes if isinstance(change, Embedded))
            row = meta.rows
            n_new = sum(len(change.projections) for change in changes if isinstance(change, Embedded))
            written = ProjectionsFile.of(meta._replace(rows=row + n_new), self.home, self._identity).mapped()
            for change in changes:
                apply_change(db, change, written, first_row=row)
                row += len(change.projections) if isinstance(change, Embedded) else 0
            if db.total_changes > before:
                update_meta(db, rows=row, state="indexing", written_ns=time.time_ns())

    def finish(self, gone: Iterable[Sound], skipped: Iterable[str], notices: Mapping[str, str] | None = None) -> None:
        """End an indexing: take out the sounds that are gone, and forget skipped files other than these.

        Args:
            gone: The sounds.
            skipped: The paths of the files.
            notices: What else there is to note, as `noted` writes it; nothing by default.
        """
        with self._transaction() as (db, meta):
            # Another indexer may have given the sound a new path meanwhile: then it is not gone.
            db.executemany("DELETE FROM sounds WHERE id = ? AND path = ?", ((s.id, os.fsencode(s.path)) for s in gone))
            still = {os.fsencode(path) for path in skipped}
            found = [path for (path,) in db.execute("SELECT path FROM skipped")]
            db.executemany("DELETE FROM skipped WHERE path = ?", ((path,) for path in found if path not in still))
            update_meta(db, state="complete", **(notices or noted((), ())))
            (living,) = db.execute("SELECT coalesce(sum(n_rows), 0) FROM sounds").fetchone()
            if 2 * living < meta.rows:
                compact(db, meta, self.home, self._identity)
        self._delete_strays()
        delete_outdated(self.home, self._identity)

    def encode(self, output_weight: NDArray[np.float32]) -> None:
        """Bring the codes that make searches faster up to date with the projections.

        Args:
            output_weight: (h,) weights v of the model's FC2.
        """
        with self._transaction() as (db, meta):
            update_meta(db, **update_codes(meta, self.home, self._identity, output_weight))
        self._delete_strays()

    def _delete_strays(self) -> None:
        with self._transaction() as (_, meta):  # whoever makes a file holds this same lock
            delete_strays(self.home, meta)

    # Inside a transaction

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with failures_of(self._identity), closing(self._opened()) as db:
            yield db

    def _opened(self) -> sqlite3.Connection:
        with failures_of(self._identity):
            return connect(self.home / DATABASE_FILE)

    @contextmanager
    def _transaction(self) -> Iterator[tuple[sqlite3.Connection, Meta]]:
        """A write transaction: committed at the end, or undone by closing the connection where anything is raised.

        One in which nothing has changed is not committed, so that nobody reads anew what is as it was.
        """
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            meta = self._read_meta(db)
            trust(db)
            before = db.total_changes
            yield db, meta
            if db.total_changes > before:
                update_meta(db, revision=meta.revision + 1)
                db.execute("COMMIT")

    def _read_meta(self, db: sqlite3.Connection) -> Meta:
        meta, model = read_meta(db, self._identity), self._identity.model
        if (meta.fingerprint, meta.width) != (model.fingerprint, model.width):
            raise LibraryError(
                f"{self.folder}: its index was made with another model ({meta.model}, {meta.fingerprint[:8]}), not "
                f"{model.name} ({model.fingerprint[:8]}); {self._identity.rebuild_advice}"
            )
        return meta

    def _table(self, db: sqlite3.Connection) -> Table:
        meta = self._read_meta(db)
        with self._reading:  # of many searches after a commit one reads, and the others wait for it
            cached = self._cached
            if cached is None or cached[:2] != (meta.projections, meta.revision):
                table = read_table(db, meta, self.home, self._identity)
                table = table.without(ids_below(db, absent_folders(meta, self._identity)))
                self._cached = cached = (meta.projections, meta.revision, table)
        return cached[2]

    # Making and emptying

    def _create(self, db: sqlite3.Connection) -> None:
        write_ahead(db)
        db.execute("BEGIN IMMEDIATE")
        if not has_tables(db):  # or another program was faster
            self._create_tables(db)
        db.execute("COMMIT")

    def _create_tables(self, db: sqlite3.Connection) -> None:
        meta = Meta(
            format=FORMAT,
            fingerprint=self._identity.model.fingerprint,
            model=self._identity.model.name,
            folder=ascii(str(self.folder)),
            width=self._identity.model.width,
            projections=create_projections(self.home),
            rows=0,
            revision=0,
            state="new",
        )
        create_tables(db, meta)

    def _empty(self) -> None:
        """Start again from nothing: in one transaction where the database can be read, otherwise with a new one."""
        try:
            with closing(connect(self.home / DATABASE_FILE)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("BEGIN IMMEDIATE")
                drop_tables(db)
                self._create_tables(db)
                db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            for file in self.home.glob(f"{DATABASE_FILE}*"):
                file.unlink()
