"""The workers of an indexing: threads that examine the files of a plan."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from queue import Empty, SimpleQueue
from typing import NamedTuple

from menura.search.changes import Change
from menura.search.examine import Examiner
from menura.search.plan import Plan

_TAKEN_AT_ONCE = 4  # files, so that the plan is not asked for each


class Result(NamedTuple):
    """What a worker found: the change, and whether the index has had a sound at this path."""

    change: Change
    was_known: bool


class Crew:
    """As many threads as there are processors. They begin to work at once.

    Args:
        examiner: What they do with a file.
        plan: Where they get the files from.
    """

    def __init__(self, examiner: Examiner, plan: Plan) -> None:
        self._examiner = examiner
        self._plan = plan
        self._results: SimpleQueue[Result | BaseException | None] = SimpleQueue()
        n_workers = min(os.cpu_count() or 1, plan.n_to_examine)
        self._workers = [threading.Thread(target=self._work, name=f"menura-index-{i}") for i in range(n_workers)]
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
        for worker in self._workers:
            worker.join()
        left = [self._results.get() for _ in range(self._results.qsize())]
        return [result for result in left if isinstance(result, Result)]

    def _work(self) -> None:
        try:
            while files := self._plan.take(_TAKEN_AT_ONCE):
                for file, known in files:
                    self._results.put(Result(self._examiner.examine(file, known), known is not None))
        except CancelledError:
            pass
        except BaseException as error:  # raised again in the calling thread
            self._results.put(error)
        finally:
            self._results.put(None)
