"""Filling a shard: what there is to do, handed out to tasks, and what they find, committed.

Tasks get files for a few seconds' work, as measured by those before them, and few are waited for at once, so that
memory stays as it is whatever the size of the library. A task may be lost with its machine, and its files are then
examined again: what is committed twice is committed once. A file that nobody comes back from is left out and named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from menura.audio.walk import Unreadable, Walked
from menura.cluster.store import reason_of
from menura.cluster.task import Examined, Files
from menura.errors import LibraryError, MenuraError
from menura.index.changes import Change
from menura.index.notices import noted
from menura.index.plan import Plan
from menura.index.store import LibraryIndex
from menura.index.update import Batches, IndexProgress, IndexReport, Tally
from menura.model.bundle import Bundle

TASK_S = 3.0
"""How long a task should take."""

_FIRST_FILES = 16
_MOST_FILES = 512
_FILE_BYTES = 65_536  # opening a file costs what so many bytes of it cost
_TRIES = 3
_WAIT_S = 0.25

Submit = Callable[[Files], Future[Examined]]
"""Has files examined somewhere."""


class StoppedError(LibraryError):
    """A filling was told to end before all was done."""


def fill(
    index: LibraryIndex,
    bundle: Bundle,
    walk: Walked,
    submit: Submit,
    *,
    at_once: int,
    tell: Callable[[IndexProgress], None],
    committed: Callable[[], None],
    stopped: Callable[[], bool],
) -> IndexReport:
    """Bring the index of a shard up to date.

    Args:
        index: The index.
        bundle: The model that it is made with.
        walk: The shard's part of the source.
        submit: Has files examined.
        at_once: How many tasks to wait for at once.
        tell: Called with the progress, some times a second.
        committed: Called between commits.
        stopped: Whether to end now; what is finished is kept.

    Raises:
        StoppedError: It ended before all was done.
        LibraryError: The source is empty and the index is not; or the index cannot be written.
    """
    started = time.monotonic()
    with index.plan(walk) as plan:
        tally, batches = Tally(plan, tell), Batches(index)
        index.write(plan.unreadable)
        plan.wait_for_tick()
        tasks = _Tasks(plan, submit, at_once)
        while not stopped() and tasks.begin():
            for files, found in tasks.ended():
                for change, (_, known) in zip(found, files, strict=True):
                    batches.add(change)
                    tally.count(change, was_known=known is not None)
            tally.tell()
            batches.commit_if_due()
            committed()
        batches.commit()
        if stopped():
            raise StoppedError("stopped; what is finished is kept: fill again, and it goes on")
        index.finish(plan.gone(), (path for path, _ in tally.skipped), noted(plan.not_read, plan.absent))
        index.encode(bundle.output_weight)
        return tally.report(0, seconds=time.monotonic() - started)


class _Tasks:
    """The tasks of a filling: handed out, waited for, and handed out again where one is lost."""

    def __init__(self, plan: Plan, submit: Submit, at_once: int) -> None:
        self._plan = plan
        self._submit = submit
        self._at_once = at_once
        self._waiting: dict[Future[Examined], Files] = {}
        self._again: list[Files] = []
        self._lost: dict[str, int] = {}  # how often a task with this file was lost
        self._bytes_per_s: float | None = None

    def begin(self) -> bool:
        """Hand out as much as may be waited for; whether there is anything to wait for."""
        while len(self._waiting) < self._at_once and (files := self._again.pop() if self._again else self._next()):
            self._waiting[self._submit(files)] = files
        return bool(self._waiting)

    def ended(self) -> list[tuple[Files, Sequence[Change]]]:
        """Files that tasks have ended with since the last call, and what was found of them; it waits a little."""
        ended, _ = wait(self._waiting, timeout=_WAIT_S, return_when=FIRST_COMPLETED)
        found: list[tuple[Files, Sequence[Change]]] = []
        for future in ended:
            files = self._waiting.pop(future)
            try:
                examined = future.result()
            except MenuraError:  # of the model or the store, and not of a file
                raise
            except Exception as error:  # the process or the machine is lost, or a file is too much for it
                found += self._lost_with(files, error)
            else:
                self._note_speed(files, examined.seconds)
                found.append((files, examined.changes))
        return found

    def _next(self) -> Files:
        """Files of the plan for one task, in its order; none where all are handed out."""
        wanted = None if self._bytes_per_s is None else self._bytes_per_s * TASK_S
        files, n_bytes = list(self._plan.take(1)), 0
        while files and len(files) < (_FIRST_FILES if wanted is None else _MOST_FILES):
            n_bytes += files[-1][0].stamp.size + _FILE_BYTES
            more = self._plan.take(1) if wanted is None or n_bytes < wanted else []
            if not more:
                break
            files += more
        return files

    def _note_speed(self, files: Files, seconds: float) -> None:
        speed = sum(file.stamp.size + _FILE_BYTES for file, _ in files) / max(seconds, 1e-3)
        self._bytes_per_s = speed if self._bytes_per_s is None else (3 * self._bytes_per_s + speed) / 4

    def _lost_with(self, files: Files, error: Exception) -> list[tuple[Files, Sequence[Change]]]:
        """Have the files of a lost task examined again, each by itself; those that were lost too often are left out."""
        given_up: list[tuple[Files, Sequence[Change]]] = []
        for one in files:
            path = one[0].path
            self._lost[path] = self._lost.get(path, 0) + 1
            if self._lost[path] < _TRIES:
                self._again.append([one])
            else:
                reason = f"whatever examined it came to its end, {_TRIES} times ({reason_of(error)})"
                given_up.append(([one], [Unreadable(path, reason, None)]))
        return given_up
