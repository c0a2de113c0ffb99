"""Revisions of a shard: committed states of its index in the store, from which it goes on wherever its disk is lost.

A revision is a manifest, `manifest-NUMBER.json`, that says of what pieces the files of the index consist. A piece is an
object named by the SHA-256 of what it holds, so what has not changed is not sent again: of the projections, which only
grow, the end; of the database, copied as SQLite backs up, the parts that differ.

**Whole or not there.** The pieces are written first and the manifest last, and a manifest says its own hash; whoever
reads one that is torn, or misses a piece, or finds another content in it, takes the one before.

**One writer.** The number of a manifest is the last one's and one more, and it is created only where there is none of
that number. So of two processes that take themselves for the shard, as after a network fell apart, one publishes and
the other is told that it is not the shard any more.

**Which disk is right.** Beside the index stands on which revision it goes on. Where that is the last one in the store,
the index on the disk holds that and perhaps more; where it is not, the shard has since lived on another disk.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from menura.cluster.manifest import Revision, sha256_of
from menura.cluster.store import Store, StoreError
from menura.errors import LibraryError
from menura.index.database import DATABASE_FILE, connect, failures_of, read_meta
from menura.index.identity import IndexIdentity
from menura.index.info import read_info
from menura.whole import replace_folder, written_whole

PIECE_BYTES = 1 << 24

_MANIFEST = re.compile("manifest-([0-9]{12}).json")
_AT_ONCE = 4  # pieces that are fetched
_KEPT = 2  # revisions: whoever reads the one before the last may finish
_STRAY_S = 86_400.0  # a piece that no manifest names is of a publication that was torn, or is under way
_log = logging.getLogger("menura.cluster")


class Revisions:
    """The revisions of one shard.

    Args:
        store: Where they are.
        place: The key of all that is the shard's.
        basis: The file that says on which of them the index on this disk goes on.
    """

    def __init__(self, store: Store, place: str, basis: Path) -> None:
        self._store = store
        self._place = place
        self._basis = basis
        self._passed_over: set[tuple[int, str]] = set()  # revisions of which pieces are lost
        self._tried: set[tuple[int, str]] = set()  # revisions of this process that may be in the store or not

    def all(self) -> Iterator[Revision]:
        """Those that can be read, the last first."""
        numbers = self._numbers()
        # A list may be older than what it lists.
        while self._read(after := max(numbers, default=0) + 1) is not None:
            numbers.append(after)
        for number in sorted({*numbers, *(number for number, _ in self._noted())}, reverse=True):
            revision = self._read(number)
            if revision is not None:
                yield revision

    def last(self) -> Revision | None:
        """The last one; None where nothing was published yet."""
        return next(self.all(), None)

    def publish(self, identity: IndexIdentity, home: Path, base: Revision | None) -> Revision:
        """Publish the committed state of an index; where that is published already, nothing is written.

        Args:
            identity: What the index belongs to.
            home: Its folder.
            base: The revision that it goes on from.

        Raises:
            LibraryError: It goes on from another than the last one: somebody else has become the shard.
        """
        with tempfile.TemporaryDirectory(prefix=".publishing-", dir=home.parent) as folder:
            copy = Path(folder) / DATABASE_FILE
            with failures_of(identity):
                with closing(connect(home / DATABASE_FILE)) as db, closing(sqlite3.connect(copy)) as backup:
                    db.backup(backup)
                with closing(connect(copy)) as db:
                    meta = read_meta(db, identity)
                    info = read_info(db, meta, identity, home)
            n_bytes = {meta.projections: meta.rows * meta.width * 4, DATABASE_FILE: copy.stat().st_size}
            at = {meta.projections: home / meta.projections, DATABASE_FILE: copy}
            files = {name: list(self._sent(at[name], size, base)) for name, size in n_bytes.items()}
        if base is not None and files == base.files:
            return base
        last = next((one for one in self.all() if one.mark not in self._passed_over), None)
        if last is not None and last.mark in self._tried:
            base = last  # it got through, and the reply did not
            if files == base.files:
                return self._published(base)
        if last != base:
            raise self._superseded()
        number = max([*self._numbers(), 0 if last is None else last.number]) + 1
        revision = Revision(number, info.sounds, info.windows, info.complete, time.time(), files)
        if base is not None:  # else a revision that never got through would be taken for a lost one
            self._note(base, revision)
        self._tried.add(revision.mark)
        if not self._store.create(self._key(number), revision.content) and self._read(number) != revision:
            raise self._superseded()
        return self._published(revision)

    def _published(self, revision: Revision) -> Revision:
        """What there is to do once a revision is in the store."""
        self._note(revision)
        self._tried.clear()
        try:
            self._clean_up(revision)
        except StoreError as error:  # the next publication does it
            _log.warning("%s: old revisions are not deleted yet: %s", self._place, error)
        return revision

    def restored(self, identity: IndexIdentity, home: Path) -> Revision | None:
        """Make a disk hold what the shard's index is, and say from which revision that goes on.

        Nothing is fetched where the disk's own index goes on from the last revision.

        Raises:
            LibraryError: The store has lost what was published.
        """
        known, there = self._noted(), (home / DATABASE_FILE).exists()
        found = list(self.all())
        for revision in found:
            goes_on = there and revision is found[0] and revision.mark in known
            if goes_on or self._fetched(revision, home):
                self._note(revision)
                return revision
            self._passed_over.add(revision.mark)
        if found or known:
            raise LibraryError(
                f"{self._store.address}: what was published of {self._place} cannot be read any more; put a copy of it "
                f"back, or delete {self._place} there and {self._basis.parent} on this machine, and fill again"
            )
        return None

    def is_there(self, revision: Revision) -> bool:
        """Whether a revision is the last one in the store, with every piece; what the pieces hold is not read."""
        return self.last() == revision and revision.pieces <= set(self._store.names(f"{self._place}/data"))

    def faults(self) -> Iterator[str]:
        """What is wrong with the last revision: pieces that are missing or hold something else."""
        revision = self.last()
        if revision is None:
            return
        for piece in sorted(revision.pieces):
            content = self._store.get(self._piece(piece))
            if content is None or sha256_of(content) != piece:
                fault = "is missing" if content is None else "holds something else"
                yield f"{self._place}: piece {piece[:8]} of revision {revision.number} {fault}"

    def _sent(self, file: Path, n_bytes: int, base: Revision | None) -> Iterator[tuple[str, int]]:
        """The pieces of a file, once they are in the store."""
        there = set() if base is None else base.pieces
        known = [] if base is None else base.files.get(file.name, [])
        with file.open("rb") as stream:
            for number, start in enumerate(range(0, n_bytes, PIECE_BYTES)):
                size = min(PIECE_BYTES, n_bytes - start)
                # Rows never change, so neither does a piece that is full of them.
                if file.name != DATABASE_FILE and known[number : number + 1] and known[number][1] == PIECE_BYTES:
                    yield known[number]
                    continue
                stream.seek(start)
                content = stream.read(size)
                piece = sha256_of(content)
                if piece not in there:
                    self._store.put(self._piece(piece), content)
                yield piece, size

    def _fetched(self, revision: Revision, home: Path) -> bool:
        """Put a revision where the index of this disk is to be; False where some of it is lost."""
        home.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".restoring-", dir=home.parent))
        try:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                for name, pieces in revision.files.items():
                    (new / name).touch(exist_ok=False)
                    starts = [number * PIECE_BYTES for number in range(len(pieces))]
                    wanted = [piece for piece, _ in pieces]
                    if not all(pool.map(self._fetch, [new / name] * len(pieces), starts, wanted)):
                        _log.warning("%s: revision %d cannot be read", self._place, revision.number)
                        return False
            replace_folder(new, home)
            return True
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _fetch(self, file: Path, start: int, piece: str) -> bool:
        content = self._store.get(self._piece(piece))
        if content is None or sha256_of(content) != piece:
            return False
        with file.open("r+b") as stream:
            stream.seek(start)
            stream.write(content)
        return True

    def _clean_up(self, last: Revision) -> None:
        """Delete the revisions that nobody reads any more, and their pieces."""
        numbers = self._numbers()
        kept = [revision for number in numbers[-_KEPT:] if (revision := self._read(number)) is not None]
        gone = numbers[:-_KEPT]
        dropped = {piece for number in gone if (old := self._read(number)) is not None for piece in old.pieces}
        for number in gone:
            self._store.delete(self._key(number))
        needed = last.pieces.union(*(revision.pieces for revision in kept))
        for piece in self._store.names(f"{self._place}/data"):
            if piece not in needed and (piece in dropped or self._store.age_s(self._piece(piece)) > _STRAY_S):
                self._store.delete(self._piece(piece))

    def _superseded(self) -> LibraryError:
        return LibraryError(
            f"{self._store.address}: {self._place} was published by another process meanwhile; fill again, and it "
            "goes on from there"
        )

    def _note(self, *revisions: Revision | None) -> None:
        """Write down that the disk's index goes on from the last of these that is in the store."""
        self._basis.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(self._basis) as file:
            file.write_text(json.dumps([revision.mark for revision in revisions if revision is not None]))

    def _noted(self) -> list[tuple[int, str]]:
        """The marks of the revisions that the disk's index goes on from, one of them."""
        try:
            return [(int(number), str(sha256)) for number, sha256 in json.loads(self._basis.read_text())]
        except (OSError, ValueError, TypeError):
            return []

    def _numbers(self) -> list[int]:
        """The numbers of the manifests, ascending."""
        return [int(match[1]) for name in self._store.names(self._place) if (match := _MANIFEST.fullmatch(name))]

    def _read(self, number: int) -> Revision | None:
        return Revision.of(self._store.get(self._key(number)) or b"")

    def _key(self, number: int) -> str:
        return f"{self._place}/manifest-{number:012}.json"

    def _piece(self, piece: str) -> str:
        return f"{self._place}/data/{piece}"
