"""Projections in a byte a number, and bounds of the score from them that always hold.

A scan is as fast as memory is read, so it first reads a quarter of it: codes, from which follows an upper bound of each
sound's score. Only where that bound reaches the best scores found so far are the projections themselves read (the
filter-and-refine search of the VA-file: Weber, Schek and Blott, VLDB 1998).

**Codes.** The score is a sum of terms v_j relu(q_j + p_j), each of which runs over |v_j| times the range of p_j as the
sounds vary. One step is common to all of them, so that terms add up as integers: p_j is coded as

    x_j = round(|v_j| (p_j - low_j) / step),       v_j relu(q_j + p_j) ~ sign(v_j) step max(x_j - c_j, 0),

with the cut c_j = -|v_j| (q_j + low_j) / step rounded to an integer. A term that varies more than 255 steps is spread
over several columns of bytes, since max(x - c, 0) = max(x' - c', 0) + max(x'' - c'', 0) for x' = min(x, 255),
x'' = max(x - 255, 0) and c likewise. One that hardly varies may have no column, and counts as its middle.

**Bounds.** relu rises by at most what its argument rises by, and never falls. So whatever the query,

    score(p) - score(p^) <= sum_j max(0, v_j (p_j - p^_j)) =: spread

for a row p and what its codes stand for, p^. The spread of each row, in steps and rounded up, is one more column; 255
there means that the row has no bound (an outlier far outside the range that the codes span) and is always looked at.
A rounded cut makes the sum of integers too small by no more than the cut's own rounding, which is added once a query.
What float64 loses here is covered by `GUARD`, what float32 loses in the score itself by `rounding_error`.

So columns, range and step decide how many rows are looked at in vain, never which sounds are found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.model.score import rounding_error

# Codes lie in blocks of so many rows, column after column: the 4,096 bytes of a column are read in one go, their sums
# stay in the first cache, and a column that a query does not need is not read.
BLOCK_ROWS = 4_096
MAX_CODE = 255
MAX_COLUMNS = 120  # with that of the spreads: sums of so many codes and their negatives fit into 16 bits

GUARD = 1e-12  # thousands of roundings of float64, in proportion to the numbers added

_RANGE = (1e-4, 1 - 1e-4)  # the quantiles between which codes are exact to half a step
_SAMPLE_ROWS = 65_536


@dataclass(frozen=True, eq=False)
class Cuts:
    """What a query asks of the codes.

    Attributes:
        columns: (m,) the columns to add up, then those to subtract; a multiple of four of each.
        levels: (m,) the code of each column at which its term begins.
        n_added: How many of the columns are to be added.
        offset: What the sum of a row's codes and its spread lack to an upper bound of v . relu(q + p), in steps.
    """

    columns: NDArray[np.int64]
    levels: NDArray[np.uint8]
    n_added: int
    offset: float


@dataclass(frozen=True, eq=False)
class Quantiser:
    """How projections are coded.

    Attributes:
        weight: (h,) weights v of FC2.
        step: The change of score that one code stands for.
        low: (h,) the projection that code 0 stands for.
        n_columns: (h,) columns of bytes for each of the h terms; 0 where it counts as constant at `low`.
    """

    weight: NDArray[np.float64]
    step: float
    low: NDArray[np.float64]
    n_columns: NDArray[np.int64]

    @classmethod
    def fit(cls, projections: NDArray[np.float32], weight: NDArray[np.float32]) -> Quantiser:
        """The quantiser for projections (n, h), n > 0, whose ranges are taken from a sample, and FC2's weights (h,)."""
        sample = projections[:: -(-len(projections) // _SAMPLE_ROWS)].astype(np.float64)
        low, high = np.nan_to_num(np.quantile(sample, _RANGE, axis=0))
        wide = weight.astype(np.float64)
        step, n_columns = _allot(np.abs(wide) * (high - low))
        return cls(wide, step, np.where(n_columns > 0, low, (low + high) / 2), n_columns)

    @property
    def width(self) -> int:
        """Bytes of a coded row: its codes, and its spread."""
        return int(self.n_columns.sum()) + 1

    @property
    def scale(self) -> NDArray[np.float64]:
        """(h,) steps of score for a change of 1 in each projection, signed as the weight is."""
        return self.weight / self.step

    def encoded(self, projections: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The codes (width, n) of projections (n, h), those of the spreads last."""
        codes = np.empty((self.width, len(projections)), np.uint8)
        spread, column = np.zeros(len(projections)), 0
        for scale, low, n_columns, values in zip(
            self.scale, self.low, self.n_columns, np.ascontiguousarray(projections.T, np.float64), strict=True
        ):
            with np.errstate(invalid="ignore"):  # what is no number gets no bound
                steps = np.abs(scale) * (values - low)
                code = np.where(steps > 0, np.minimum(np.rint(steps), MAX_CODE * n_columns), 0)
                spread += np.maximum(np.sign(scale) * (steps - code), 0) + GUARD * np.abs(steps)
            for above in MAX_CODE * np.arange(n_columns):
                codes[column] = np.clip(code - above, 0, MAX_CODE)
                column += 1
        codes[column] = np.where(spread < MAX_CODE - 1, np.ceil(spread), MAX_CODE)
        return codes

    def cuts(self, query: NDArray[np.float32], bias: float) -> Cuts:
        """What a query (h,) asks of the codes; FC2's `bias` matters for the rounding error of a logit alone."""
        size, sign = np.abs(self.scale), np.sign(self.scale)
        start = size * (query.astype(np.float64) + self.low)  # -c: the argument of relu at code 0, in steps
        top = MAX_CODE * self.n_columns
        cut = np.clip(np.rint(-start), 0, top)
        lacking = np.where(start >= 0, sign * start, np.where(-start < top, np.maximum(sign * (cut + start), 0), 0))
        relative, absolute = rounding_error(len(query))
        in_float32 = relative * (np.maximum(start + top, 0).sum() + MAX_CODE + abs(bias) / self.step)
        in_float64 = GUARD * (np.abs(start) + top).sum()

        owner = np.repeat(np.arange(len(query)), self.n_columns)
        firsts = np.cumsum(self.n_columns) - self.n_columns
        levels = np.clip(cut[owner] - MAX_CODE * (np.arange(len(owner)) - firsts[owner]), 0, MAX_CODE)
        wanted = [np.flatnonzero((levels < MAX_CODE) & (sign[owner] == way)) for way in (1, -1)]
        added, subtracted = (_fours(columns, self.width - 1) for columns in wanted)
        columns = np.concatenate((added, subtracted))
        return Cuts(
            columns=columns,
            levels=np.append(levels, MAX_CODE)[columns].astype(np.uint8),
            n_added=len(added),
            offset=float(lacking.sum() + in_float32 + absolute / self.step + in_float64),
        )


def _fours(columns: NDArray[np.int64], last: int) -> NDArray[np.int64]:
    """The same columns, filled up to a multiple of four with the last of all, from which no query takes a code."""
    return np.concatenate((columns, np.full(-len(columns) % 4, last)))


def _allot(variation: NDArray[np.float64]) -> tuple[float, NDArray[np.int64]]:
    """The step, and the columns of each term, (h,), that leave bounds least slack.

    A finer step takes more columns for the terms that vary most, and so none for those that vary least. On average a
    row's bound is too high by 3/8 of a step for a term with columns (its code and the cut are both rounded), and by a
    quarter of its variation for one without.
    """
    n_columns = np.zeros(len(variation), np.int64)
    room = MAX_COLUMNS - 1
    if not variation.any():
        return 1.0, n_columns
    best, least_slack = 1.0, np.inf
    ascending = np.argsort(variation, kind="stable")
    for step in np.geomspace(variation.max() / MAX_CODE / room, variation.max() / MAX_CODE, 128):
        wanted = np.ceil(variation / (MAX_CODE * step)).astype(np.int64)
        left_out = ascending[np.cumsum(wanted[ascending][::-1])[::-1] > room]
        wanted[left_out] = 0
        slack = 3 / 8 * step * np.count_nonzero(wanted) + variation[left_out].sum() / 4
        if slack < least_slack:
            best, n_columns, least_slack = float(step), wanted, slack
    return best, n_columns
