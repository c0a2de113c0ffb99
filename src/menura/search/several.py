"""Several libraries searched as one: a single ranking, which is that of a library with all their sounds in it.

A scan is exact and its logits are the network's own, so the logits of two libraries by one model can be compared as
they are. Of every library so many of the best sounds are found as the page may hold, their logits say between which
places of each ranking the page lies, and only there are hits made, which costs names. Copies of a sound in two
libraries are one hit, as within one: that of the library that is named first.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from menura.index.across import TwinsAcross, twins_across
from menura.index.snapshot import Snapshot, Table
from menura.index.sound import Sound
from menura.model.steps import Steps, Word
from menura.search.feedback import Feedback, refine
from menura.search.library import Library
from menura.search.ranking import Hit, Question, best_logits, nearest_of, rank, windows_of, with_kinds
from menura.search.scan import Windows


@dataclass(frozen=True, eq=False)
class Part:
    """One of the libraries, and what is asked of it.

    Attributes:
        library: The library.
        question: Which sounds to look among, and which of its sounds were judged; what it says of the imitation
            counts in the first of the parts.
    """

    library: Library
    question: Question


@dataclass(frozen=True)
class Of:
    """What was found, and where.

    Attributes:
        place: The number of its library among the parts.
        found: The hit, or the sound where nothing was asked that a score could answer.
        elsewhere: Its twins in later parts, each by the number of its library and its path.
    """

    place: int
    found: Hit | Sound
    elsewhere: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class PageOfSeveral:
    """A part of an answer; attributes as of `menura.search.ranking.Page`."""

    total: int
    found: Sequence[Of]
    nearest: Word | None = None
    scan_s: float = 0.0


class Several:
    """Searches libraries by one model as one, and keeps which of their sounds are twins. Threads may share it."""

    def __init__(self) -> None:
        self._known: tuple[list[Table], TwinsAcross] | None = None
        self._lock = threading.Lock()

    def page(self, parts: Sequence[Part], *, offset: int, limit: int) -> PageOfSeveral:
        """A part of what answers a question, the best first; of equal ones the first by path, then by library.

        Where nothing is asked, of the sounds by library and path.

        Args:
            parts: The libraries in the order in which they are listed; without any, nothing is found.
            offset: How many sounds to leave out at the top.
            limit: How many at most.

        Raises:
            LibraryError: An index is damaged.
        """
        if not parts:
            return PageOfSeveral(0, [])
        started = time.perf_counter()
        with ExitStack() as opened:
            snapshots = [opened.enter_context(part.library.snapshot()) for part in parts]
            parts = self._without_copies(parts, snapshots)
            query = _query(parts, snapshots)
            if query is None:
                return replace(_listed(parts, offset=offset, limit=limit), scan_s=time.perf_counter() - started)
            steps = parts[0].library.bundle.steps if query is parts[0].question.embedding else None
            rankings, twins = self._rankings(parts, snapshots, query, offset + limit)
            page = _ranked(rankings, twins, steps, offset=offset, limit=limit)
        return replace(page, scan_s=time.perf_counter() - started)

    def _rankings(
        self, parts: Sequence[Part], snapshots: Sequence[Snapshot], query: NDArray[np.float32], count: int
    ) -> tuple[list[_Ranking], TwinsAcross]:
        asked = zip(parts, snapshots, strict=True)
        tables = [part.question.among.distinct(snapshot, part.library.kinds) for part, snapshot in asked]
        twins = self._twins(snapshots).among([table.sound_ids for table in tables])
        later = twins.is_later
        rankings = []
        for place, (part, snapshot, table) in enumerate(zip(parts, snapshots, tables, strict=True)):
            # It goes on knowing the twins that are not shown.
            shown = replace(table.without(twins.ids[later & (twins.places == place)]), twins=table.twins)
            wanted = min(count, len(shown.sound_ids))
            windows = part.library.scanner.best(query[None], shown, wanted)[0] if wanted else None
            rankings.append(_Ranking(part.library, snapshot, shown, windows))
        return rankings, twins

    def _without_copies(self, parts: Sequence[Part], snapshots: Sequence[Snapshot]) -> Sequence[Part]:
        """The same parts; of a sound that is not what is meant the twins in other libraries are not, either."""
        if not any(part.question.unliked for part in parts):
            return parts
        hidden = self._twins(snapshots).with_twins([part.question.unliked for part in parts])
        asked = zip(parts, hidden, strict=True)
        return [replace(part, question=replace(part.question, unliked=unliked)) for part, unliked in asked]

    def _twins(self, snapshots: Sequence[Snapshot]) -> TwinsAcross:
        """The twins across these snapshots, found anew where one of them has changed."""
        tables = [snapshot.table for snapshot in snapshots]
        with self._lock:  # of many searches after a commit one looks, and the others wait for it
            known = self._known
            same = known is not None and len(known[0]) == len(tables)
            if known is None or not same or any(a is not b for a, b in zip(known[0], tables, strict=True)):
                self._known = known = (tables, twins_across(snapshots))
        return known[1]


@dataclass(frozen=True, eq=False)
class _Ranking:
    """What was found in one library: the windows of its best sounds."""

    library: Library
    snapshot: Snapshot
    table: Table
    windows: Windows | None

    @property
    def logits(self) -> NDArray[np.float32]:
        """(n,) logits of its best sounds, in no order."""
        return np.zeros(0, np.float32) if self.windows is None else best_logits(self.table, self.windows)

    def hits(self, steps: Steps | None, start: int, stop: int) -> list[Hit]:
        """The hits from one place of the ranking to before another."""
        if self.windows is None or stop <= start:
            return []
        window_s = self.library.bundle.spec.recording.front_end.duration_s
        span = {"offset": start, "limit": stop - start}
        hits = rank(self.snapshot, self.table, self.windows, window_s, steps=steps, **span)
        return with_kinds(hits, self.table, self.library.kinds)


def _query(parts: Sequence[Part], snapshots: Sequence[Snapshot]) -> NDArray[np.float32] | None:
    """(h,) what to search with: the embedding, moved by the sounds of all libraries that are liked; None for neither.

    Of the libraries at large each gives its own sample, so that a large one counts for more than one of a few sounds
    and never for all.
    """
    asked = zip(parts, snapshots, strict=True)
    liked = [rows for part, snapshot in asked for rows in windows_of(snapshot, part.question.liked)]
    first = parts[0]
    if not liked:
        return first.question.embedding
    sample = np.concatenate([snapshot.table.sample for snapshot in snapshots])
    return refine(first.question.embedding, Feedback(liked, [], sample), first.library.bundle.output_weight)


def _ranked(
    rankings: Sequence[_Ranking], twins: TwinsAcross, steps: Steps | None, *, offset: int, limit: int
) -> PageOfSeveral:
    total = sum(len(one.table.sound_ids) for one in rankings)
    logits = [one.logits for one in rankings]
    every = np.concatenate(logits)
    if offset >= total:
        return PageOfSeveral(total, [])
    last = min(offset + limit, total)
    high, low = -np.partition(-every, [offset, last - 1])[[offset, last - 1]]
    # What is better than the first of the page comes before it, what is worse than its last comes after it.
    before = [int(np.count_nonzero(one > high)) for one in logits]
    until = [int(np.count_nonzero(one >= low)) for one in logits]
    here = steps and steps.among(total)
    found = [
        (hit, place)
        for place, (one, start, stop) in enumerate(zip(rankings, before, until, strict=True))
        for hit in one.hits(here, start, stop)
    ]
    found.sort(key=lambda one: (-one[0].logit, os.fsencode(one[0].path), one[1]))
    page = found[offset - sum(before) :][:limit]
    best = max(float(one.windows.logits.max()) for one in rankings if one.windows is not None)
    return PageOfSeveral(total, _with_twins(page, rankings, twins), nearest_of(best, steps))


def _with_twins(page: Sequence[tuple[Hit, int]], rankings: Sequence[_Ranking], twins: TwinsAcross) -> list[Of]:
    """The hits of a page, each with its twins in later libraries, and theirs."""
    later: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for place in {place for _, place in page}:
        ours = twins.later_of(place, [hit.sound.id for hit, at in page if at == place])
        later |= {(place, sound_id): found for sound_id, found in ours.items()}
    return [Of(place, hit, tuple(_paths(later.get((place, hit.sound.id), []), rankings))) for hit, place in page]


def _paths(sounds: Sequence[tuple[int, int]], rankings: Sequence[_Ranking]) -> Iterator[tuple[int, str]]:
    for place, sound_id in sounds:
        one = rankings[place]
        alike = {} if one.table.twins is None else one.table.twins.alike(np.array([sound_id], np.int64))
        yield from ((place, path) for path in one.snapshot.paths((sound_id, *alike.get(sound_id, ()))))


def _listed(parts: Sequence[Part], *, offset: int, limit: int) -> PageOfSeveral:
    total, found = 0, list[Of]()
    for place, part in enumerate(parts):
        start = max(0, offset - total)
        question = Question(unliked=part.question.unliked, only=part.question.only)
        page = part.library.page(question, offset=start, limit=limit - len(found))
        found += [Of(place, one) for one in page.found]
        total += page.total
    return PageOfSeveral(total, found)
