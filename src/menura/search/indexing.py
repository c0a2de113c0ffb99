"""Bring the index of a library up to date with its folder, doing only what has changed.

A file whose size and time of modification are the index's is left alone. Any other is hashed: known content is never
embedded again, whether the file was touched or moved. Worker threads read, decode and embed (libsndfile, soxr, NumPy
and ONNX Runtime all release the interpreter lock while they work); the calling thread commits what they find in small
batches, so that even a crash loses no more than a second or two of work.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

from threadpoolctl import threadpool_limits

from menura.errors import LibraryError
from menura.search.changes import Change, Embedded, KnownSound, Moved, Skipped, SoundFile, Stamp, Touched, Unreadable
from menura.search.database import rebuild_advice
from menura.search.examine import Examiner
from menura.search.library import LibraryIndex
from menura.search.runtime import Bundle
from menura.search.walk import Walk, walk_sounds

_BATCH_CHANGES = 64
_BATCH_S = 2.0
_IN_FLIGHT_PER_WORKER = 4


@dataclass(frozen=True)
class IndexProgress:
    """How far an indexing is: `done` of `total` files, of which `skipped` could not be read."""

    done: int
    total: int
    skipped: int


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
        seconds: How long it took.
    """

    added: int
    updated: int
    moved: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    seconds: float


def update_index(
    index: LibraryIndex, bundle: Bundle, progress: Callable[[IndexProgress], None] | None = None
) -> IndexReport:
    """Bring an index up to date with its folder.

    An interruption (`KeyboardInterrupt`) goes on its way after what is finished is committed; the next call carries on
    from there.

    Args:
        index: The index.
        bundle: The model that it is made with.
        progress: Called after the walk, after each file examined and every two seconds, in the calling thread. To stop,
            it raises `KeyboardInterrupt`.

    Raises:
        UsageError: The folder is missing or cannot be listed; the index stays as it is.
        LibraryError: The folder is empty and the index is not; or the index cannot be written.
    """
    started = time.monotonic()
    walk = walk_sounds(index.folder)
    known = index.known_sounds()
    if known and walk.is_empty:
        raise LibraryError(
            f"{index.folder}: the folder is empty and its index holds {len(known)} sounds; if its disk is absent, "
            f"mount it; if the sounds are gone for good, {rebuild_advice(index.folder)}"
        )
    plan = _compare(walk, known, index.known_skips())
    tally = _Tally(plan, progress)
    index.begin()
    index.write(walk.skipped)
    with threadpool_limits(1, user_api="blas"):  # each worker computes; threads within them would only fight
        _examine_all(index, Examiner(index.folder, bundle, plan.gone), plan, tally)
    gone = [sound for sound in plan.gone if sound.id not in tally.moved_ids]
    index.finish(gone, (path for path, _ in tally.skipped))
    index.encode(bundle.output_weight)
    return tally.report(removed=len(gone), seconds=time.monotonic() - started)


@dataclass(frozen=True)
class _Plan:
    """What there is to do, from comparing the folder with the index."""

    n_files: int
    n_unchanged: int
    skipped: list[Skipped]  # already known to be unreadable
    to_examine: list[tuple[SoundFile, KnownSound | None]]
    gone: list[KnownSound]


def _compare(walk: Walk, known: dict[str, KnownSound], skips: dict[str, tuple[Stamp, str]]) -> _Plan:
    skipped = [Skipped(found.path, found.reason) for found in walk.skipped]
    to_examine = []
    for file in walk.files:
        sound = known.get(file.path)
        bad_stamp, reason = skips.get(file.path, (None, ""))
        if bad_stamp == file.stamp:
            skipped.append(Skipped(file.path, reason))
        elif sound is None or sound.stamp != file.stamp:
            to_examine.append((file, sound))
    found = {file.path for file in walk.files}
    return _Plan(
        n_files=len(walk.files),
        n_unchanged=len(walk.files) - len(to_examine) - (len(skipped) - len(walk.skipped)),
        skipped=skipped,
        to_examine=to_examine,
        gone=[sound for path, sound in known.items() if path not in found and not walk.may_hold(path)],
    )


class _Tally:
    """Counts what becomes of the files, and tells the progress."""

    def __init__(self, plan: _Plan, progress: Callable[[IndexProgress], None] | None) -> None:
        self.skipped = list(plan.skipped)
        self.moved_ids: set[int] = set()
        self._plan = plan
        self._progress = progress
        self._known_paths = {sound.path for _, sound in plan.to_examine if sound is not None}
        self._counts: Counter[str] = Counter()
        self.tell()

    def count(self, change: Change) -> None:
        match change:
            case Embedded(file=file):
                self._counts["updated" if file.path in self._known_paths else "added"] += 1
            case Moved(origin=origin):
                self._counts["moved"] += 1
                self.moved_ids.add(origin.id)
            case Touched():
                self._counts["touched"] += 1
            case Unreadable(path=path, reason=reason):
                self._counts["unreadable"] += 1
                self.skipped.append(Skipped(path, reason))
        self.tell()

    def report(self, *, removed: int, seconds: float) -> IndexReport:
        return IndexReport(
            added=self._counts["added"],
            updated=self._counts["updated"],
            moved=self._counts["moved"],
            removed=removed,
            unchanged=self._plan.n_unchanged + self._counts["touched"],
            skipped=tuple(sorted(self.skipped, key=lambda skipped: os.fsencode(skipped.path))),
            seconds=seconds,
        )

    def tell(self) -> None:
        if self._progress is not None:
            done = self._plan.n_files - len(self._plan.to_examine) + self._counts.total()
            self._progress(IndexProgress(done=done, total=self._plan.n_files, skipped=len(self.skipped)))


class _Batches:
    """Gathers changes and commits them a batch at a time."""

    def __init__(self, index: LibraryIndex) -> None:
        self._index = index
        self._waiting: list[Change] = []
        self._committed_at = time.monotonic()

    def add(self, changes: Iterable[Change]) -> None:
        self._waiting += changes
        if len(self._waiting) >= _BATCH_CHANGES or time.monotonic() - self._committed_at >= _BATCH_S:
            self.commit()

    def commit(self) -> None:
        if self._waiting:
            # Interrupted between these two lines, the batch would be written twice, which changes nothing.
            self._index.write(self._waiting)
            self._waiting = []
        self._committed_at = time.monotonic()


def _examine_all(index: LibraryIndex, examiner: Examiner, plan: _Plan, tally: _Tally) -> None:
    workers = os.cpu_count() or 1
    files = iter(plan.to_examine)
    batches = _Batches(index)
    running: set[Future[Change]] = set()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="menura-index")
    try:
        while True:
            room = workers * _IN_FLIGHT_PER_WORKER - len(running)
            running |= {pool.submit(examiner.examine, *file) for file in islice(files, room)}
            if not running:
                break
            done, running = wait(running, timeout=_BATCH_S, return_when=FIRST_COMPLETED)
            changes = [future.result() for future in done]
            batches.add(changes)
            for change in changes:
                tally.count(change)
            if not changes:  # somebody may want to stop here
                tally.tell()
        batches.commit()
    except KeyboardInterrupt:
        examiner.stop()
        pool.shutdown(cancel_futures=True)
        batches.add(_finished(running))
        batches.commit()
        raise
    finally:
        examiner.stop()
        pool.shutdown(cancel_futures=True)


def _finished(futures: Iterable[Future[Change]]) -> Iterator[Change]:
    """Results of those that came to their end before they were stopped."""
    return (future.result() for future in futures if not future.cancelled() and future.exception() is None)
