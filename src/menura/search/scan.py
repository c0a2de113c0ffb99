"""The best sounds of a library for a query, among all of them, as fast as memory is read.

**What is found** are the windows that `menura.model.score.logits`, less `chance_of_many`, ranks first, with its very
logits: it scores again what the fast passes leave over. They take its sums in another order, so their scores differ
from its own by a rounding error whose bound is known (`rounding_error`). A window is left out only where its score plus
that bound is below the scores, less that bound, of as many other sounds as are wanted; so no rounding can change what
is found or its order.

**How.** A pass over the codes (`menura.model.quantiser`) where there are any, and over the projections where not; both
in machine code (`kernels.c`), over pieces that are dealt to as many threads as there are processors. Small libraries
are scored by NumPy alone; so are all, where Menura was installed without that code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Table
from menura.model.quantiser import BLOCK_ROWS, GUARD, MAX_CODE, Quantiser
from menura.model.score import chance_of_many, logits, rounding_error

_SMALL_ROWS = 16_384  # NumPy scores them in 2 ms
_PIECE_BLOCKS = 16
_MANY = 16  # of more than one sound in so many, most rows would be scored twice
_COUNTED = 512  # to keep the best of more costs the compiled code more than NumPy's plain scores

# A window that may be among the best: its query, its row, and what its logit less the bias is at most.
_KEPT = np.dtype([("query", np.int64), ("row", np.int64), ("high", np.float64)])

# What the compiled code says of itself; that of another version may have been left behind.
_SAID = {"INTERFACE": 1, "BLOCK_ROWS": BLOCK_ROWS, "MAX_CODE": MAX_CODE, "KEPT_BYTES": _KEPT.itemsize, "GUARD": GUARD}

try:
    from menura.search import _kernels
except ImportError:  # there was no compiler where this was installed
    COMPILED = False
else:
    COMPILED = all(getattr(_kernels, name, None) == value for name, value in _SAID.items())


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

    def best(self, queries: NDArray[np.float32], table: Table, count: int) -> list[Windows]:
        """The best windows for each of several queries, which share one reading of the library.

        Args:
            queries: (b, h) embeddings of imitations.
            table: The sounds to look among.
            count: How many sounds are wanted, at least 1.

        Returns:
            For each query every window whose logit is at least that of the `count`-th best sound, and perhaps others.
        """
        if _is_for_numpy(table, count):
            chosen = [np.flatnonzero(table.live)] * len(queries)
        else:
            chosen = self._scan(queries, table, count)
        return [self._scored(query, table, rows) for query, rows in zip(queries, chosen, strict=True)]

    def _scan(self, queries: NDArray[np.float32], table: Table, count: int) -> list[NDArray[np.int64]]:
        """For each query the rows, ascending, that may be among those of the `count` best sounds."""
        relative, absolute = rounding_error(len(self._weight))
        library = (np.asarray(table.projections, np.float32), table.live, table.first_rows, table.log_windows)
        asked = (queries, self._weight, relative, relative * abs(self._bias) + absolute, self._correction)
        pieces: SimpleQueue[Callable[..., bytes]] = SimpleQueue()
        for piece in _pieces(queries, table, self._bias):
            pieces.put(piece)
        floors = np.full(len(queries), -np.inf)  # a score that the `count` best sounds are known to reach

        def work() -> bytes:
            best, owners = np.full((len(queries), count), -np.inf), np.zeros((len(queries), count), np.int64)
            kept = []
            with suppress(Empty):
                while True:
                    own_floors = np.maximum(floors, best.min(axis=1))
                    kept.append(pieces.get_nowait()(library, asked, (best, owners, own_floors)))
                    # Two threads may do this at once. Then one's floors are lost, which costs time and nothing else.
                    np.maximum(floors, own_floors, out=floors)
            return b"".join(kept)

        n_workers = min(os.cpu_count() or 1, pieces.qsize())
        with ThreadPoolExecutor(n_workers) as pool:
            futures = [pool.submit(work) for _ in range(n_workers)]
        kept = np.frombuffer(b"".join(future.result() for future in futures), _KEPT)
        kept = kept[~(kept["high"] < floors[kept["query"]])]
        return [np.sort(kept["row"][kept["query"] == at]) for at in range(len(queries))]

    def _scored(self, query: NDArray[np.float32], table: Table, rows: NDArray[np.int64]) -> Windows:
        every = len(rows) == len(table.projections)  # then they need not be gathered
        found = logits(query, table.projections, self._weight, self._bias, None if every else rows)
        if self._correction:
            sounds = np.searchsorted(table.first_rows, rows, side="right") - 1
            found -= chance_of_many(table.n_windows[sounds], self._correction)
        found[np.isnan(found)] = -np.inf  # damage: behind all others, whatever found it
        return Windows(rows, found)


def _is_for_numpy(table: Table, count: int) -> bool:
    few = int(table.n_windows.sum()) < _SMALL_ROWS
    return not COMPILED or few or count > _COUNTED or count * _MANY > len(table.sound_ids)


def _pieces(queries: NDArray[np.float32], table: Table, bias: float) -> Iterator[Callable[..., bytes]]:
    """What is left to call with the library, what is asked and what is found, to read one piece of the library."""
    n_coded, piece = 0, _PIECE_BLOCKS * BLOCK_ROWS
    if table.codes is not None:
        blocks, quantiser = np.asarray(table.codes.blocks), table.codes.quantiser
        codes = (blocks, quantiser.width, quantiser.step, *_cuts(queries, quantiser, bias))
        n_coded = len(blocks) * BLOCK_ROWS
        for start in range(0, n_coded, piece):
            yield partial(_kernels.scan, start, min(start + piece, n_coded), codes)
    for start in range(n_coded, len(table.projections), piece):
        yield partial(_kernels.scan, start, min(start + piece, len(table.projections)), ())


def _cuts(
    queries: NDArray[np.float32], quantiser: Quantiser, bias: float
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64], NDArray[np.float64]]:
    """The cuts of several queries as arrays, filled up to the longest."""
    cuts = [quantiser.cuts(query, bias) for query in queries]
    columns = np.zeros((len(cuts), max(len(one.columns) for one in cuts)), np.int64)
    levels = np.zeros(columns.shape, np.uint8)
    for row, one in enumerate(cuts):
        columns[row, : len(one.columns)] = one.columns
        levels[row, : len(one.columns)] = one.levels
    counts = np.array([(one.n_added, len(one.columns)) for one in cuts], np.int64)
    return columns, levels, counts, np.array([one.offset for one in cuts])
