"""An index looked through page by page: by a query, by examples, by name, folder and favourites, and by nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Snapshot, SoundRow, Table
from menura.index.store import LibraryIndex
from menura.model.bundle import Bundle
from menura.search.feedback import Feedback, refine
from menura.search.ranking import ranked_sounds
from menura.search.scan import Scanner


@dataclass(frozen=True)
class Only:
    """Which sounds to look among: those for which all of this holds.

    Attributes:
        text: Every word of it is in the name or folder, as a prefix.
        folder: They are in this folder or one of its subfolders.
        paths: They are among these.
    """

    text: str | None = None
    folder: str | None = None
    paths: Collection[str] | None = None


class ListedSound(NamedTuple):
    """A sound on a page; without a query it has no score and no best window."""

    sound_id: int
    path: str
    duration_s: float
    score: float | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Page:
    """A part of a ranking or listing: `total` is the number of sounds in all of it, `scan_s` what it took."""

    total: int
    sounds: Sequence[ListedSound]
    scan_s: float


@dataclass(frozen=True, eq=False)
class Question:
    """What is looked for; without anything, the sounds are listed by path.

    Attributes:
        embedding: (h,) embedding of an imitation.
        liked: Ids of sounds that are like what is meant.
        unliked: Ids of sounds that are not.
        only: Which sounds to look among.
    """

    embedding: NDArray[np.float32] | None = None
    liked: Sequence[int] = ()
    unliked: Sequence[int] = ()
    only: Only = Only()


class Browser:
    """Looks through one index. Safe to use from several threads, also while the index grows.

    Args:
        index: The index.
        bundle: The model that it is made with.
    """

    def __init__(self, index: LibraryIndex, bundle: Bundle) -> None:
        self._index = index
        self._bundle = bundle
        self._scanner = Scanner(bundle.output_weight, bundle.output_bias)
        self._by_path: tuple[Table, NDArray[np.int64]] | None = None

    def warm(self) -> None:
        """Do now what a first search would wait for."""
        self._scanner.warm()
        with self._index.snapshot():
            pass

    def page(self, question: Question, *, offset: int, limit: int) -> Page:
        """A part of what answers a question, the best first.

        Raises:
            UsageError: The text holds no word.
            LibraryError: The index is damaged or of another model.
        """
        started = time.perf_counter()
        with self._index.snapshot() as snapshot:
            chosen = _chosen(snapshot, question.only)
            query = self._query(snapshot, question)
            if query is None:
                return self._listing(snapshot, chosen, offset, limit, started)
            table = snapshot.table if chosen is None else snapshot.table.only(chosen)
            total = len(table.sound_ids)
            if offset >= total:
                return Page(total, [], time.perf_counter() - started)
            (windows,) = self._scanner.best(query[None], table, min(offset + limit, total))
            front_end = self._bundle.spec.recording.front_end
            ranked = ranked_sounds(snapshot, table, windows, front_end, offset=offset, limit=limit)
        return Page(total, [ListedSound(*sound) for sound in ranked], time.perf_counter() - started)

    def _listing(
        self, snapshot: Snapshot, chosen: NDArray[np.int64] | None, offset: int, limit: int, started: float
    ) -> Page:
        known = self._by_path
        if known is None or known[0] is not snapshot.table:  # there is a new table after every commit
            known = (snapshot.table, snapshot.by_path())
            self._by_path = known
        ids = known[1]
        if chosen is not None:
            ids = ids[np.isin(ids, chosen)]
        on_page = ids[offset : offset + limit].tolist()
        found = snapshot.sounds(on_page)
        sounds = [ListedSound(sound_id, *sound) for sound_id, sound in zip(on_page, found, strict=True)]
        return Page(len(ids), sounds, time.perf_counter() - started)

    def sound(self, sound_id: int) -> SoundRow | None:
        """What the index has of a sound, or None if it has no such sound."""
        with self._index.snapshot() as snapshot:
            return snapshot.row(sound_id)

    def folder_counts(self) -> dict[str, int]:
        """Every folder that holds sounds, sorted, with their number."""
        with self._index.snapshot() as snapshot:
            return snapshot.folder_counts()

    def _query(self, snapshot: Snapshot, question: Question) -> NDArray[np.float32] | None:
        """The embedding to search with; None where nothing is asked."""
        liked, unliked = (_windows_of(snapshot, ids) for ids in (question.liked, question.unliked))
        if not liked and not unliked:
            return question.embedding
        feedback = Feedback(liked, unliked, snapshot.table.sample)
        return refine(question.embedding, feedback, self._bundle.output_weight)


def _chosen(snapshot: Snapshot, only: Only) -> NDArray[np.int64] | None:
    """Ids of the sounds to look among; None for all."""
    sets = []
    if only.text is not None:
        sets.append(snapshot.matching(only.text))
    if only.folder:
        sets.append(snapshot.inside(only.folder))
    if only.paths is not None:
        sets.append(snapshot.named(only.paths))
    if not sets:
        return None
    chosen = sets[0]
    for others in sets[1:]:
        chosen = chosen[np.isin(chosen, others)]
    return chosen


def _windows_of(snapshot: Snapshot, sound_ids: Sequence[int]) -> list[NDArray[np.float32]]:
    """(n, h) projections of each of these sounds that are still there."""
    rows = [row for sound_id in sound_ids if (row := snapshot.row(sound_id)) is not None]
    projections = snapshot.table.projections
    return [np.array(projections[row.first_row : row.first_row + row.n_rows]) for row in rows]
