"""Shards that are called in this process: all of a cluster but Ray."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from menura import Bundle, IndexReport
from menura.cluster.card import Card
from menura.cluster.fleet import fill_library
from menura.cluster.library import ClusterLibrary
from menura.cluster.reach import Reach
from menura.cluster.shard import Shard
from menura.cluster.source import Source
from menura.cluster.store import Store
from menura.cluster.task import Work, examined
from menura.search.voice import Voice


class Shards:
    """The shards of a library, as `menura.cluster.actors` has them, on a disk that may be lost.

    Attributes:
        store: The library's store.
        source: Address of its sounds.
        disk: What a machine keeps.
        lost: Numbers of shards that do not answer.
    """

    def __init__(self, store: str | Path, source: str | Path, disk: Path, bundle: Bundle, model: Path | None = None):
        self.store, self.source, self.disk = Store(str(store)), str(source), disk
        self.bundle, self.model = bundle, model
        self.lost: set[int] = set()
        self._pool = ThreadPoolExecutor(32)
        self._shards: dict[tuple[str, int], Shard] = {}

    def fill(self, shards: int | None = None, submit=None) -> IndexReport:
        def reach_of(card, model):
            return self.reach(card, model, submit)

        return fill_library(
            self.store,
            Source(self.source),
            self.model,
            self.bundle,
            reach_of,
            shards=shards,
            listed=lambda _: None,
            progress=lambda _: None,
        )

    @property
    def card(self) -> Card:
        return Card.known(self.store)

    def reach(self, card: Card, model: str, submit=None) -> Reach:
        def ask(number: int, method: str, *arguments: object) -> Future:
            if number in self.lost:
                answer = Future()
                answer.set_exception(ConnectionError("lost"))
                return answer
            return self._pool.submit(getattr(self._shards[model, number], method), *arguments)

        for number in range(card.shards):
            if (model, number) not in self._shards:
                shard = Shard(self.store.address, number, model, self.disk, submit or self.examine)
                self._shards[model, number] = shard
        return Reach(card.shards, ask, lambda _: None)

    def examine(self, files) -> Future:
        work = Work(self.store.address, self.card.source, self.bundle.fingerprint)
        return self._pool.submit(examined, work, files, self.disk)

    def shard(self, number: int) -> Shard:
        self.reach(self.card, self.card.model)
        return self._shards[self.card.model, number]

    def library(self) -> ClusterLibrary:
        card = self.card
        return ClusterLibrary(card, self.bundle, self.reach(card, card.model), Voice.of(self.bundle, self.disk))

    def restart(self, disk: Path | None = None) -> None:
        """End all shards; whoever asks next starts them, on another disk where one is given."""
        self._shards = {}
        self.disk = disk or self.disk


def told(page):
    """All that is said of a page, to the last bit."""
    of_a_hit = ("logit", "start_s", "end_s", "alike", "word")
    found = [(one.path, one.kinds, *(getattr(one, name, None) for name in of_a_hit)) for one in page.found]
    return page.total, page.nearest, found
