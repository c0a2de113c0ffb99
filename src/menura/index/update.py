"""Bring the index of a library up to date with its folder, doing only what has changed.

A file whose size and time of change are the index's is left alone. Any other is hashed: known content is never
embedded again, whether the file was touched or moved. Worker threads read, decode and embed (libsndfile, soxr, NumPy
and ONNX Runtime all release the interpreter lock while they work); the calling thread commits what they find in small
batches, so that even a crash loses no more than a second or two of work.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from menura.audio.kinds import NotRead
from menura.audio.walk import Unreadable, Walk
from menura.index.changes import Change, Embedded, Moved, Skipped, Touched
from menura.index.measuring import measure_missing
from menura.index.notices import Absent, noted
from menura.index.plan import Plan
from menura.index.store import LibraryIndex
from menura.index.workers import Crew
from menura.model.bundle import Bundle

_BATCH_CHANGES = 1_024
_BATCH_S = 1.0


@dataclass(frozen=True)
class IndexProgress:
    """How far an indexing is: `done` of `total` files, of which `skipped` could not be read.

    Once the files are done, `measuring` is true and `done` and `total` count the sounds that are measured.
    """

    done: int
    total: int
    skipped: int
    measuring: bool = False


@dataclass(frozen=True)
class IndexReport:
    """What an indexing did.

    Attributes:
        added: New sounds.
        updated: Sounds whose content has changed.
        moved: Sounds found under another path.
        removed: Sounds whose file is gone.
        unchanged: Sounds that are as they were.
        skipped: Everything in the folder that cannot be read, and why, sorted by path; also if found so earlier.
        not_read: The kinds of files in the folder that are not read.
        absent: The folders in it whose sounds are not there now and are kept.
        measured: Sounds of which pitch and tempo were measured.
        seconds: How long it took.
    """

    added: int
    updated: int
    moved: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    not_read: tuple[NotRead, ...]
    absent: tuple[Absent, ...]
    measured: int
    seconds: float

    @property
    def has_changes(self) -> bool:
        """Whether there is any sound that was not as the index had it."""
        return any((self.added, self.updated, self.moved, self.removed))


def update_index(
    index: LibraryIndex,
    bundle: Bundle,
    progress: Callable[[IndexProgress], None] | None = None,
    *,
    music: bool = True,
) -> IndexReport:
    """Bring an index up to date with its folder.

    An interruption (`KeyboardInterrupt`) goes on its way after what is finished is committed; the next call carries on
    from there. Where there is nothing new, nothing is committed.

    Args:
        index: The index.
        bundle: The model that it is made with.
        progress: Called after the walk, after each file examined and every two seconds, in the calling thread. To stop,
            it raises `KeyboardInterrupt`.
        music: Whether pitch and tempo are measured as well.

    Raises:
        UsageError: The folder is missing or cannot be listed; the index stays as it is.
        LibraryError: The folder is empty and the index is not; or the index cannot be written.
    """
    started = time.monotonic()
    with index.plan(Walk(index.folder)) as plan:
        tally = Tally(plan, progress)
        index.write(plan.unreadable)
        plan.wait_for_tick()
        with threadpool_limits(1, user_api="blas"):  # each worker computes; threads within them would only fight
            _examine_all(index, bundle, plan, tally)
        index.finish(plan.gone(), (path for path, _ in tally.skipped), noted(plan.not_read, plan.absent))
        index.encode(bundle.output_weight)
        measured = measure_missing(index.folder, index.measured, tally.tell_measured) if music else 0
        return tally.report(measured, seconds=time.monotonic() - started)


class Tally:
    """Counts what becomes of the files, and tells the progress."""

    def __init__(self, plan: Plan, progress: Callable[[IndexProgress], None] | None) -> None:
        self.skipped = list(plan.skipped)
        self._plan = plan
        self._progress = progress
        self._counts: Counter[str] = Counter()
        self.tell()

    def count(self, change: Change, *, was_known: bool) -> None:
        """Count a finding, and tell."""
        match change:
            case Embedded():
                self._counts["updated" if was_known else "added"] += 1
            case Moved():
                self._counts["moved"] += 1
            case Touched():
                self._counts["touched"] += 1
            case Unreadable(path=path, reason=reason):
                self._counts["unreadable"] += 1
                self.skipped.append(Skipped(path, reason))
        self.tell()

    def report(self, measured: int, *, seconds: float) -> IndexReport:
        """What the indexing did, once it is finished; arguments as attributes of the report."""
        return IndexReport(
            added=self._counts["added"],
            updated=self._counts["updated"],
            moved=self._counts["moved"],
            removed=self._plan.n_gone,
            unchanged=self._plan.n_unchanged + self._counts["touched"],
            skipped=tuple(sorted(self.skipped, key=lambda skipped: os.fsencode(skipped.path))),
            not_read=self._plan.not_read,
            absent=self._plan.absent,
            measured=measured,
            seconds=seconds,
        )

    def tell(self) -> None:
        """Tell how far it is."""
        if self._progress is not None:
            done = self._plan.n_files - self._plan.n_to_examine + self._counts.total()
            self._progress(IndexProgress(done=done, total=self._plan.n_files, skipped=len(self.skipped)))

    def tell_measured(self, done: int, total: int) -> None:
        """Tell how far the measuring is."""
        if self._progress is not None:
            self._progress(IndexProgress(done, total, len(self.skipped), measuring=True))


class Batches:
    """Gathers changes and commits them a batch at a time."""

    def __init__(self, index: LibraryIndex) -> None:
        self._index = index
        self._waiting: list[Change] = []
        self._committed_at = time.monotonic()

    def add(self, change: Change) -> None:
        """Take one, and commit where there are many."""
        self._waiting.append(change)
        if len(self._waiting) >= _BATCH_CHANGES:
            self.commit()

    def commit_if_due(self) -> None:
        """Commit what there is, where the last commit is a second ago."""
        if time.monotonic() - self._committed_at >= _BATCH_S:
            self.commit()

    def commit(self) -> None:
        """Commit what there is."""
        if self._waiting:
            # Interrupted between these two lines, the batch would be written twice, which changes nothing.
            self._index.write(self._waiting)
            self._waiting = []
        self._committed_at = time.monotonic()


def _examine_all(index: LibraryIndex, bundle: Bundle, plan: Plan, tally: Tally) -> None:
    batches = Batches(index)
    crew = Crew(index.folder, bundle, plan)
    try:
        for found in crew.results(_BATCH_S / 4):
            if found is not None:
                batches.add(found.change)
                tally.count(found.change, was_known=found.was_known)
            else:  # somebody may want to stop here
                tally.tell()
            batches.commit_if_due()
    except KeyboardInterrupt:
        for found in crew.stop():
            batches.add(found.change)
        batches.commit()
        raise
    finally:
        crew.stop()
    batches.commit()
