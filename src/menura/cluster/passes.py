"""Queries that come at once share a reading of the index: memory is read once for all of them.

Whoever comes while a pass is under way waits for the next, which takes up to 16 of those that look among the same
sounds. What is found for each is what a pass of its own would find (see `menura.search.scan`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Table
from menura.search.scan import Scanner, Windows

MOST_QUERIES = 16
_MOST_TABLES = 8


@dataclass(eq=False)
class _Asked:
    query: NDArray[np.float32]
    table: Table
    count: int
    found: Windows | None = None
    error: BaseException | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class SharedScanner(Scanner):
    """A scanner whose callers share passes; arguments as of `Scanner`.

    Attributes:
        passes: How many passes there were.
        queries: How many queries they served.
    """

    def __init__(self, weight: NDArray[np.float32], bias: float, correction: float = 0.0) -> None:
        super().__init__(weight, bias, correction)
        self.passes = self.queries = 0
        self._waiting: list[_Asked] = []
        self._tables: list[Table] = []
        self._lock = threading.Lock()
        self._pass = threading.Lock()

    def best(self, queries: NDArray[np.float32], table: Table, count: int) -> list[Windows]:
        """As `Scanner.best`."""
        with self._lock:
            table = self._known(table)
            asked = [_Asked(query, table, count) for query in queries]
            self._waiting += asked
        for one in asked:
            while not one.ended.is_set():
                with self._pass:  # whoever gets it works for those who wait
                    if not one.ended.is_set():
                        self._run(one)
        return [_found(one) for one in asked]

    def _known(self, table: Table) -> Table:
        """A table that queries before have looked among, where it is of the same sounds: each has made its own."""
        self._tables = [known for known in self._tables if known.projections is table.projections][1 - _MOST_TABLES :]
        for known in self._tables:
            if known.codes is table.codes and np.array_equal(known.sound_ids, table.sound_ids):
                return known
        self._tables.append(table)
        return table

    def _run(self, first: _Asked) -> None:
        with self._lock:
            alike = [one for one in self._waiting if one.table is first.table and one is not first]
            chosen = [first, *alike[: MOST_QUERIES - 1]]
            self._waiting = [one for one in self._waiting if one not in chosen]
        try:
            count = max(one.count for one in chosen)
            found = super().best(np.stack([one.query for one in chosen]), first.table, count)
            for one, windows in zip(chosen, found, strict=True):
                one.found = windows
        except BaseException as error:
            for one in chosen:
                one.error = error
        finally:
            self.passes += 1
            self.queries += len(chosen)
            for one in chosen:
                one.ended.set()


def _found(asked: _Asked) -> Windows:
    if asked.error is not None:
        raise asked.error
    assert asked.found is not None  # its pass has ended
    return asked.found
