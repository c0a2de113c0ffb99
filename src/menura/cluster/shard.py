"""One shard of a cluster library: an ordinary library of the sounds whose paths fall to it, and its only writer.

It knows nothing of where it runs. Whoever runs it calls it from several threads, one of which may be filling it.
"""

from __future__ import annotations

import logging
import shutil
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from menura.cluster.answers import Answers
from menura.cluster.card import Card, fetched_model
from menura.cluster.filling import StoppedError, Submit, fill
from menura.cluster.listing import ListedPart
from menura.cluster.manifest import Revision
from menura.cluster.revisions import Revisions
from menura.cluster.source import Source
from menura.cluster.store import Store, StoreError
from menura.errors import LibraryError
from menura.index.check import check_index
from menura.index.homes import index_home
from menura.index.identity import IndexIdentity, ModelIdentity
from menura.index.info import LibraryInfo
from menura.index.store import LibraryIndex
from menura.index.update import IndexProgress, IndexReport
from menura.search.library import Library

_PUBLISH_S = 10.0  # at the earliest
_PUBLISH_PART = 0.1  # of its time, at most
_SHOWN = 5
_log = logging.getLogger("menura.cluster")


@dataclass(frozen=True)
class ShardState:
    """What there is to say about a shard.

    Attributes:
        host: The machine that it runs on.
        home: Where its index is there.
        info: What the index holds.
        published: The last revision.
        progress: How far its filling is; None where it is not filled now.
        passes: How many passes over its index there were, since it was started.
        queries: How many queries they served.
    """

    host: str
    home: Path
    info: LibraryInfo
    published: Revision | None
    progress: IndexProgress | None
    passes: int
    queries: int


class Shard(Answers):
    """A shard, on this machine's disk. Safe to use from several threads; one of them at a time may fill it.

    Args:
        store: Address of the library's store.
        number: Its number.
        model: Fingerprint of the model of the generation that it is of.
        disk: The folder that this machine keeps things in.
        submit: Has files examined on any machine.

    Raises:
        LibraryError: The store cannot be read, or has lost what was published of the shard.
    """

    def __init__(self, store: str, number: int, model: str, disk: Path, submit: Submit) -> None:
        self._store = Store(store)
        self._card = Card.known(self._store)
        self._number = number
        self._submit = submit
        self._bundle = fetched_model(self._store, model, disk)
        self._folder = Source(self._card.source).folder
        self._data_dir = disk / self._card.id / model[:16] / f"{number:04}"
        self._identity = IndexIdentity(self._folder, ModelIdentity.of(self._bundle))
        self._home = index_home(self._identity, self._data_dir)
        self._revisions = Revisions(self._store, shard_place(model, number), self._data_dir / "basis.json")
        self._base = self._revisions.restored(self._identity, self._home)
        super().__init__(Library(self._folder, self._bundle, self._data_dir, music=False), self._opened())
        self.index.encode(self._bundle.output_weight)
        self._filling = threading.Lock()
        self._stopped: set[str] = set()  # lists whose filling is to end
        self._progress: IndexProgress | None = None
        self._publish_at = 0.0

    # Filling

    def fill(self, listing: str, at_once: int) -> IndexReport:
        """Bring it up to date with its part of a list, and publish it.

        Args:
            listing: Where the list is in the store.
            at_once: How many tasks to wait for at once.

        Raises:
            StoppedError: It was told to end; what is finished is published.
            LibraryError: The source is empty and the index is not; or one of disk and store cannot be written.
        """
        with self._filling:
            self._publish_at = time.monotonic() + _PUBLISH_S
            try:
                report = fill(
                    self.index,
                    self._bundle,
                    ListedPart(self._store, listing, self._number, self._folder),
                    self._submit,
                    at_once=at_once,
                    tell=self._note,
                    committed=self._publish_if_due,
                    stopped=lambda: listing in self._stopped,
                )
                self._publish()
            except StoppedError:
                self._publish()
                raise
            finally:
                self._progress = None
        return report

    def stop(self, listing: str) -> None:
        """Have the filling by a list end soon, or not begin, and no other's; what is finished is kept."""
        self._stopped.add(listing)

    def retire(self) -> None:
        """Publish, and do not fill any more: it is going to end here and to start on another machine.

        Raises:
            LibraryError: It is being filled, or what it published is not whole; it then stays as it was.
        """
        if not self._filling.acquire(blocking=False):
            raise LibraryError(f"shard {self._number} is being filled: move it once that has ended")
        try:
            self._publish()
            if self._base is None or not self._revisions.is_there(self._base):
                raise LibraryError(
                    f"{self._store.address}: what was published of shard {self._number} is not whole, so it stays "
                    "where it is; put a copy of it back"
                )
        except LibraryError:
            self._filling.release()
            raise

    def progress(self) -> IndexProgress | None:
        """How far its filling is; None where it is not filled now."""
        return self._progress

    def _publish(self) -> None:
        started = time.monotonic()
        self._base = self._revisions.publish(self._identity, self._home, self._base)
        took_s = time.monotonic() - started
        self._publish_at = started + max(_PUBLISH_S, took_s / _PUBLISH_PART)

    def _publish_if_due(self) -> None:
        if time.monotonic() < self._publish_at:
            return
        try:
            self._publish()
        except StoreError as error:  # a filling of hours does not end with a moment's failure
            _log.warning("shard %d is not published yet: %s", self._number, error)
            self._publish_at = time.monotonic() + _PUBLISH_S

    def _note(self, progress: IndexProgress) -> None:
        self._progress = progress

    # Telling

    def state(self) -> ShardState:
        """What there is to say about it."""
        return ShardState(
            socket.gethostname(),
            self._home,
            self.library.info(),
            self._base,
            self._progress,
            self.scanner.passes,
            self.scanner.queries,
        )

    def check(self) -> list[str]:
        """What is wrong with its index on this disk and with its last revision; nothing is written."""
        found = [f"shard {self._number}: {fault}" for fault in self._revisions.faults()]
        report = check_index(self._identity, self._home, self._bundle)
        found += [f"shard {self._number} on {socket.gethostname()}: {fault}" for fault in report.faults]
        with self.library.snapshot() as snapshot:
            paths = snapshot.paths(snapshot.table.sound_ids.tolist())
        strangers = [path for path in paths if self._card.shard_of(path) != self._number]
        return found + [f"shard {self._number}: {path} is another shard's" for path in strangers[:_SHOWN]]

    def _opened(self) -> LibraryIndex:
        """The index; where it is damaged, that of the last revision instead."""
        try:
            return LibraryIndex.open(self._folder, self._data_dir, self._identity.model)
        except LibraryError:
            if self._base is None:
                raise
            shutil.rmtree(self._home)
            self._base = self._revisions.restored(self._identity, self._home)
            return LibraryIndex.open(self._folder, self._data_dir, self._identity.model)


def shard_place(model: str, number: int) -> str:
    """The key of all that the store holds of a shard."""
    return f"shards/{model}/{number:04}"
