"""The best sounds of a library for a query, among all of them, as fast as memory is read.

**What is found** are the windows that `menura.model.score.logits`, less `chance_of_many`, ranks first, with its very
logits: it scores again what the fast passes leave over. They take its sums in another order, so their scores differ
from its own by a rounding error whose bound is known (`rounding_error`). A window is left out only where its score plus
that bound is below the scores, less that bound, of as many other sounds as are wanted; so no rounding can change what
is found or its order.

**How.** A pass over the codes (`menura.model.quantiser`) where there are any, and over the projections where not; both
in machine code, over pieces that are dealt to as many threads as there are processors. Small libraries are scored by
NumPy alone; so are the first searches of larger ones, until the time lost on that has become that of loading numba.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Table
from menura.model.quantiser import BLOCK_ROWS, Cuts
from menura.model.score import chance_of_many, logits, rounding_error

# NumPy scores so many rows in the time that loading the compiled code takes, about half a second.
_LOADING_ROWS = 5_000_000
_SMALL_ROWS = 16_384  # NumPy scores them in 2 ms
_PIECE_BLOCKS = 16
_MANY = 16  # of more than one sound in so many, most rows would be scored twice
_COUNTED = 512  # to keep the best of more costs the compiled code more than NumPy's plain scores


class Windows(NamedTuple):
    """Rows of a library, in ascending order, and the logit of each, less what the best of so many owes to chance."""

    rows: NDArray[np.int64]
    logits: NDArray[np.float32]


class Scanner:
    """Finds the best windows for queries. Safe to use from several threads.

    Args:
        weight: (h,) weights v of FC2.
        bias: The bias d of FC2.
        correction: What is taken off the logits of sounds of many windows, as `menura.model.score.chance_of_many` says.
    """

    def __init__(self, weight: NDArray[np.float32], bias: float, correction: float = 0.0) -> None:
        self._weight = weight
        self._bias = bias
        self._correction = correction
        self._rows_asked = 0

    def warm(self) -> None:
        """Load the compiled code now, so that no search has to wait for it; it takes about half a second."""
        from menura.model import kernels  # noqa: F401, PLC0415  # loads numba

        self._rows_asked = _LOADING_ROWS

    def best(self, queries: NDArray[np.float32], table: Table, count: int) -> list[Windows]:
        """The best windows for each of several queries, which share one reading of the library.

        Args:
            queries: (b, h) embeddings of imitations.
            table: The sounds to look among.
            count: How many sounds are wanted, at least 1.

        Returns:
            For each query every window whose logit is at least that of the `count`-th best sound, and perhaps others.
        """
        if self._is_for_numpy(queries, table, count):
            chosen = [np.flatnonzero(table.live)] * len(queries)
        else:
            chosen = self._scan(queries, table, count)
        return [self._scored(query, table, rows) for query, rows in zip(queries, chosen, strict=True)]

    def _is_for_numpy(self, queries: NDArray[np.float32], table: Table, count: int) -> bool:
        n_rows = int(table.n_windows.sum())
        if n_rows < _SMALL_ROWS or count > _COUNTED or count * _MANY > len(table.sound_ids):
            return True
        self._rows_asked += len(queries) * n_rows
        return self._rows_asked < _LOADING_ROWS

    def _scan(self, queries: NDArray[np.float32], table: Table, count: int) -> list[NDArray[np.int64]]:
        """For each query the rows, ascending, that may be among those of the `count` best sounds."""
        relative, absolute = rounding_error(len(self._weight))
        library = (np.asarray(table.projections), table.live, table.first_rows, table.n_windows)
        asked = (queries, self._weight, relative, relative * abs(self._bias) + absolute, self._correction)
        pieces: SimpleQueue[Callable[..., NDArray[np.void]]] = SimpleQueue()
        for piece in _pieces(queries, table, self._bias):
            pieces.put(piece)
        floors = np.full(len(queries), -np.inf)  # a score that the `count` best sounds are known to reach

        def work() -> list[NDArray[np.void]]:
            best, owners = np.full((len(queries), count), -np.inf), np.zeros((len(queries), count), np.int64)
            kept = []
            with suppress(Empty):
                while True:
                    kept.append(pieces.get_nowait()(library, asked, (best, owners, floors)))
                    # Two threads may do this at once. Then one's floors are lost, which costs time and nothing else.
                    np.maximum(floors, best.min(axis=1), out=floors)
            return kept

        n_workers = min(os.cpu_count() or 1, pieces.qsize())
        with ThreadPoolExecutor(n_workers) as pool:
            futures = [pool.submit(work) for _ in range(n_workers)]
        kept = np.concatenate([part for future in futures for part in future.result()])
        kept = kept[~(kept["high"] < floors[kept["query"]])]
        return [np.sort(kept["row"][kept["query"] == at]) for at in range(len(queries))]

    def _scored(self, query: NDArray[np.float32], table: Table, rows: NDArray[np.int64]) -> Windows:
        every = len(rows) == len(table.projections)  # then they need not be gathered
        found = logits(query, table.projections, self._weight, self._bias, None if every else rows)
        if self._correction:
            sounds = np.searchsorted(table.first_rows, rows, side="right") - 1
            found -= chance_of_many(table.n_windows[sounds], self._correction)
        return Windows(rows, found)


def _pieces(queries: NDArray[np.float32], table: Table, bias: float) -> Iterator[Callable[..., NDArray[np.void]]]:
    """What is left to call with the library, what is asked and what is found, to read one piece of the library."""
    from menura.model import kernels  # noqa: PLC0415  # loads numba

    n_coded = 0
    if table.codes is not None:
        blocks, quantiser = np.asarray(table.codes.blocks), table.codes.quantiser
        cuts = _stacked([quantiser.cuts(query, bias) for query in queries])
        n_coded = len(blocks) * BLOCK_ROWS
        for start in range(0, len(blocks), _PIECE_BLOCKS):
            stop = min(start + _PIECE_BLOCKS, len(blocks))
            yield partial(kernels.scan_codes, start, stop, blocks, cuts, quantiser.step)
    for start in range(n_coded, len(table.projections), _PIECE_BLOCKS * BLOCK_ROWS):
        yield partial(kernels.scan_rows, start, min(start + _PIECE_BLOCKS * BLOCK_ROWS, len(table.projections)))


def _stacked(cuts: list[Cuts]) -> tuple[NDArray[Any], ...]:
    """The cuts of several queries as arrays, filled up to the longest."""
    columns = np.zeros((len(cuts), max(len(one.columns) for one in cuts)), np.int64)
    levels = np.zeros(columns.shape, np.uint8)
    for row, one in enumerate(cuts):
        columns[row, : len(one.columns)] = one.columns
        levels[row, : len(one.columns)] = one.levels
    counts = np.array([(one.n_added, len(one.columns)) for one in cuts], np.int64)
    return columns, levels, counts, np.array([one.offset for one in cuts])
