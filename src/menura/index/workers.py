"""The workers of an indexing, which examine the files of a plan.

They are threads, which begin at once. Where there is much to do, each of them starts a process, goes on working until
that is ready, and hands its part over to it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from menura.audio.walk import SoundFile
from menura.index.changes import Change
from menura.index.examine import Examiner
from menura.index.helper import Helper, HelperGoneError
from menura.index.plan import Plan
from menura.index.sound import Sound
from menura.model.bundle import Bundle

_HELPED_FROM = 1_500  # files: with fewer, what processes save is less than their start costs
_TAKEN_AT_ONCE = 4  # files, so that neither the plan nor a process is asked for each

Files = list[tuple[SoundFile, Sound | None]]


class Result(NamedTuple):
    """What a worker found: the change, and whether the index has had a sound at this path."""

    change: Change
    was_known: bool


class Crew:
    """As many workers as there are processors. They begin at once.

    Args:
        folder: The library.
        bundle: The model that embeds.
        plan: Where they get the files from.
    """

    def __init__(self, folder: Path, bundle: Bundle, plan: Plan) -> None:
        self._plan = plan
        self._examiner = Examiner(folder, bundle, plan.claim)
        self._results: SimpleQueue[Result | BaseException | None] = SimpleQueue()
        self._helpers: list[Helper] = []
        n_workers = min(os.cpu_count() or 1, plan.n_to_examine)
        # A process cannot claim a sound that is gone, which the plan would have to give out.
        if plan.n_to_examine >= _HELPED_FROM and n_workers > 1 and not plan.n_gone:
            self._start_helpers(n_workers, folder, bundle)
        works = [self._work_with(helper) for helper in self._helpers]
        works += [self._work] * (n_workers - len(works))
        self._workers = [threading.Thread(target=self._ended_by, args=(work,)) for work in works]
        for worker in self._workers:
            worker.start()

    def results(self, timeout_s: float) -> Iterator[Result | None]:
        """What the workers find, as they find it, to the end; None whenever that takes longer than `timeout_s`.

        Raises:
            BaseException: Whatever is not a `MenuraError` in a worker: a bug.
        """
        n_working = len(self._workers)
        while n_working:
            try:
                result = self._results.get(timeout=timeout_s)
            except Empty:
                yield None
                continue
            if isinstance(result, BaseException):
                raise result
            if result is None:
                n_working -= 1
            else:
                yield result

    def stop(self) -> list[Result]:
        """End the work soon; what was found and not yet given is returned."""
        self._examiner.stop()
        for helper in self._helpers:
            helper.end()
        for worker in self._workers:
            worker.join()
        left = [self._results.get() for _ in range(self._results.qsize())]
        return [result for result in left if isinstance(result, Result)]

    def _start_helpers(self, count: int, folder: Path, bundle: Bundle) -> None:
        try:
            for _ in range(count):
                self._helpers.append(Helper(folder, bundle))
        except HelperGoneError:
            return  # threads do it alone

    def _ended_by(self, work: Callable[[], None]) -> None:
        try:
            work()
        except CancelledError:
            pass
        except BaseException as error:  # raised again in the calling thread
            self._results.put(error)
        finally:
            self._results.put(None)

    def _work(self, until: threading.Event | None = None) -> None:
        """Examine files in this thread, until there are none or an event is set."""
        while not (until is not None and until.is_set()) and (files := self._plan.take(_TAKEN_AT_ONCE)):
            self._examine(files)

    def _examine(self, files: Files) -> None:
        for file, known in files:
            self._results.put(Result(self._examiner.examine(file, known), known is not None))

    def _work_with(self, helper: Helper) -> Callable[[], None]:
        def work() -> None:
            ready = threading.Event()
            waiting = threading.Thread(target=self._wait_for, args=(helper, ready))
            waiting.start()
            self._work(until=ready)
            if ready.is_set():
                self._hand_over(helper)
            helper.end()
            waiting.join()

        return work

    @staticmethod
    def _wait_for(helper: Helper, ready: threading.Event) -> None:
        try:
            helper.wait()
        except HelperGoneError:
            return
        ready.set()

    def _hand_over(self, helper: Helper) -> None:
        """Have a helper examine files until there are none; if it is lost, this thread does it instead."""
        while files := self._plan.take(_TAKEN_AT_ONCE):
            try:
                changes = helper.examine(files)
            except HelperGoneError:
                self._examine(files)
                self._work()
            else:
                for change, (_, known) in zip(changes, files, strict=True):
                    self._results.put(Result(change, known is not None))
