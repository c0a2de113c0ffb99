"""What one shard answers of its sounds. The front, which asks all shards, makes one answer of theirs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from menura.cluster.passes import SharedScanner
from menura.index.info import LibraryInfo
from menura.index.sound import Sound
from menura.index.store import LibraryIndex
from menura.search.library import Library
from menura.search.listing import Listing
from menura.search.ranking import Hit, Only, Page, Question, best_logits, hit_near, rows_of

_TRIES = 3

T = TypeVar("T")
State = tuple[str, int]
"""Names a committed state of a shard's index, as `LibraryIndex.revision` does."""


class Cells(NamedTuple):
    """Where twins of a shard's sounds are looked for: (s,) their ids and (s,) their cells, in this state."""

    state: State
    ids: NDArray[np.int64]
    cells: NDArray[np.int64]


class Member(NamedTuple):
    """A sound that may have twins in other shards: its path, and its projections (n, h)."""

    path: str
    rows: NDArray[np.float32]


class Best(NamedTuple):
    """How many sounds a question looks among, and (n,) the logits of the best of them, in descending order."""

    state: State
    total: int
    logits: NDArray[np.float32]


class Answer(NamedTuple):
    """A part of a shard's own answer; of a list by path, which of the sounds a text finds by name."""

    state: State
    page: Page
    by_name: list[bool]


class Keys(NamedTuple):
    """Some places in a shard's list of its sounds, ascending, and what they are in the order of; and its length."""

    total: int
    places: list[int]
    keys: list[tuple[bool, bytes]]


class Answers:
    """The answers of a library that is a shard. Safe to use from several threads, also while its index grows.

    Args:
        library: The library.
        index: Its index.
    """

    def __init__(self, library: Library, index: LibraryIndex) -> None:
        bundle = library.bundle
        self.scanner = SharedScanner(bundle.output_weight, bundle.output_bias, bundle.window_correction)
        self.index = index
        self.library = library
        library.scanner = self.scanner
        self._listing = Listing()

    def best(self, question: Question, count: int) -> Best:
        """The logits of the best sounds, at most `count`; a sound and its twins here count once."""
        assert question.embedding is not None
        query = question.embedding[None]

        def found() -> tuple[int, NDArray[np.float32]]:
            with self.library.snapshot() as snapshot:
                table = question.among.distinct(snapshot, self.library.kinds)
                total = len(table.sound_ids)
                if not total:
                    return 0, np.zeros(0, np.float32)
                (windows,) = self.scanner.best(query, table, min(count, total))
                return total, -np.sort(-best_logits(table, windows))[:count]

        state, (total, logits) = self._steady(found)
        return Best(state, total, logits)

    def page(self, question: Question, offset: int, limit: int) -> Answer:
        """A part of its own answer to a question, as `Library.page` gives it."""
        state, page = self._steady(lambda: self.library.page(question, offset=offset, limit=limit))
        text, ids = question.only.text, [one.id for one in page.found if isinstance(one, Sound)]
        by_name = [True] * len(ids)
        if text is not None and ids:
            with self.library.snapshot() as snapshot:
                by_name = np.isin(ids, snapshot.matching(text)).tolist()
        return Answer(state, page, by_name)

    def keys(self, question: Question, start: int, stop: int, count: int) -> Keys:
        """Keys of its list by path, evenly spread over a part of it, at most `count` (2 or more), both ends included.

        A key is whether the text does not find the sound by name, and its path.
        """
        only = question.among
        with self.library.snapshot() as snapshot:
            ids = self._listing.ids(snapshot, only, self.library.kinds)
            size = max(0, min(stop, len(ids)) - start)
            n_keys = min(count, size)
            places = start + np.arange(n_keys) * (size - 1) // max(n_keys - 1, 1)
            chosen = ids[places]
            named = np.ones(n_keys, bool) if only.text is None else np.isin(chosen, snapshot.matching(only.text))
            paths = [os.fsencode(path) for path in snapshot.paths(chosen.tolist())]
        return Keys(len(ids), places.tolist(), list(zip((~named).tolist(), paths, strict=True)))

    def chosen(self, only: Only, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of these sounds that are looked among."""
        with self.library.snapshot() as snapshot:
            among = only.choose(snapshot, self.library.kinds)
        return ids if among is None else ids[np.isin(ids, among)]

    def liked(self, ids: Sequence[int]) -> tuple[list[NDArray[np.float32] | None], NDArray[np.float32]]:
        """The projections (n, h) of these sounds, None of one that is gone, and a sample of all."""
        with self.library.snapshot() as snapshot:
            sounds = [snapshot.sound(sound_id) for sound_id in ids]
            rows = [None if sound is None else rows_of(snapshot.table, sound) for sound in sounds]
            return rows, snapshot.table.sample

    def cells(self, known: State | None) -> Cells | None:
        """Where twins of its sounds are looked for; None where its state is the known one."""
        if self.index.revision == known:
            return None

        def found() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            with self.library.snapshot() as snapshot:
                return snapshot.cells()

        state, (ids, cells) = self._steady(found)
        return Cells(state, ids, cells)

    def members(self, ids: Sequence[int]) -> list[Member | None]:
        """What tells whether sounds are twins of others; None of one that is gone."""
        with self.library.snapshot() as snapshot:
            sounds = [snapshot.sound(sound_id) for sound_id in ids]
            return [None if one is None else Member(one.path, rows_of(snapshot.table, one)) for one in sounds]

    def near(self, embedding: NDArray[np.float32], sound_id: int, start_s: float) -> Hit | None:
        """As `menura.search.ranking.hit_near`."""
        with self.library.snapshot() as snapshot:
            return hit_near(snapshot, self.library.bundle, embedding, sound_id, start_s)

    def sound(self, sound_id: int) -> Sound | None:
        """As `Library.sound`."""
        return self.library.sound(sound_id)

    def kind_counts(self, question: Question) -> dict[str, int]:
        """As `Library.kind_counts`."""
        return self.library.kind_counts(question)

    def folder_counts(self) -> dict[str, int]:
        """As `Library.folder_counts`."""
        return self.library.folder_counts()

    def info(self) -> LibraryInfo:
        """As `Library.info`."""
        return self.library.info()

    def warm(self) -> None:
        """As `Library.warm`."""
        self.library.warm()

    def _steady(self, work: Callable[[], T]) -> tuple[State, T]:
        """What some work finds in one state, and that; where commits do not cease, the last before it."""
        for _ in range(_TRIES):
            before = self.index.revision
            found = work()
            if self.index.revision == before:
                break
        return before, found
