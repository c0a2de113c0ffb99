"""The loops of a scan, compiled to machine code by numba.

Importing this module loads numba and the compiled code from its cache, and compiles it the first time on a machine;
`menura.search.scan` imports it only where that pays. Every function releases the interpreter lock and touches nothing
but its arguments, so several threads may scan at once.

What is read, what is kept and why nothing is lost is told in `menura.search.scan` and `menura.model.quantiser`.
"""

from __future__ import annotations

import numpy as np
from numba import from_dtype, njit, types

from menura.model.quantiser import BLOCK_ROWS, GUARD, MAX_CODE

# A window that may be among the best: its query, its row, and what its logit less the bias is at most.
KEPT = np.dtype([("query", np.int64), ("row", np.int64), ("high", np.float64)])

_TILE_ROWS = 128  # rows that stay near the first cache while every query of a batch reads them: 55 kB of 108 floats
_LONG_TILE_ROWS = 1_024  # for a query alone: memory is read ahead in runs of half as many
_PART_ROWS = 128  # rows of a block whose bounds are looked at one by one only if the largest is of interest
_SPARSE_ROWS = BLOCK_ROWS // 8  # of a block with fewer rows to find, these are read instead of all its codes

_NEVER = np.int16(-(2**15))  # bound of a row that is not to be found
_ALWAYS = np.int16(2**15 - 1)  # bound of a row that has none

# Sums may be taken in any order and with fused multiply-adds, which the error bound allows for; no other liberties.
_ANY_ORDER = {"reassoc", "contract", "nsz"}


def _array(kind: types.Type, n_dimensions: int) -> types.Array:
    return types.Array(kind, n_dimensions, "C", readonly=True)


_KEPT_ARRAY = types.Array(from_dtype(KEPT), 1, "C")
_WINDOWS = types.Tuple((_array(types.float32, 2), _array(types.boolean, 1), *[_array(types.int64, 1)] * 2))
_QUERIES = types.Tuple((_array(types.float32, 2), _array(types.float32, 1), *[types.float64] * 3))
_FOUND = types.Tuple((types.float64[:, ::1], types.int64[:, ::1], _array(types.float64, 1)))
_CUTS = types.Tuple((_array(types.int64, 2), _array(types.uint8, 2), _array(types.int64, 2), _array(types.float64, 1)))


def _compiled(signature):
    """Compile a function, and keep the machine code for the next process if there is any folder to keep it in."""

    def decorate(function):
        try:
            return njit(signature, nogil=True, cache=True)(function)
        except RuntimeError:  # neither this folder nor the user's cache can be written
            return njit(signature, nogil=True)(function)

    return decorate


@njit(fastmath=_ANY_ORDER, nogil=True)
def _scores(projections, rows, queries, at, weight):
    """For each row the score v . relu(q + p), and |v| . relu(q + p), to which its rounding error is in proportion.

    Two rows at a time, one of the first half and one of the second: memory is read ahead for both, on some processors
    almost twice as fast as for one. On others that is only so where the halves are long.
    """
    scores, sizes = np.empty(rows.size, np.float32), np.empty(rows.size, np.float32)
    half = (rows.size + 1) // 2
    for i in range(half):
        k = min(i + half, rows.size - 1)
        one, other = rows[i], rows[k]
        score_1, score_2, size_1, size_2 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for j in range(weight.size):
            hidden_1 = max(queries[at, j] + projections[one, j], np.float32(0))
            hidden_2 = max(queries[at, j] + projections[other, j], np.float32(0))
            score_1 += weight[j] * hidden_1
            score_2 += weight[j] * hidden_2
            size_1 += abs(weight[j]) * hidden_1
            size_2 += abs(weight[j]) * hidden_2
        scores[k], sizes[k] = score_2, size_2
        scores[i], sizes[i] = score_1, size_1
    return scores, sizes


@njit(nogil=True)
def _reach(scores, sizes, relative, absolute, floor):
    """How many rows are not ruled out. Most often it is none, and this is much faster than to look at each."""
    count = 0
    for i in range(scores.size):
        count += not scores[i] + (relative * sizes[i] + absolute) < floor
    return count


@njit(nogil=True)
def _offer(best, owners, sound, low):
    """Take a lower bound of a sound's score among the best of different sounds; the least of these is returned."""
    weakest = 0
    for i in range(best.size):
        if owners[i] == sound:
            best[i] = max(best[i], low)
            return best.min()
        if best[i] < best[weakest]:
            weakest = i
    if low > best[weakest]:
        best[weakest] = low
        owners[weakest] = sound
    return best.min()


@njit(nogil=True)
def _with_room(kept, n_kept, n_more):
    return kept if n_kept + n_more <= kept.size else np.concatenate((kept, np.empty(kept.size + n_more, KEPT)))


@njit(nogil=True)
def _refine(rows, at, windows, queries, found, floors, kept, n_kept):
    """Score rows for the query `at` and keep those that may be among the best."""
    projections, _, first_rows, n_windows = windows
    vectors, weight, relative, absolute, correction = queries
    best, owners, _ = found
    scores, sizes = _scores(projections, rows, vectors, at, weight)
    if not _reach(scores, sizes, relative, absolute, floors[at]):
        return kept, n_kept
    kept = _with_room(kept, n_kept, rows.size)
    for i in range(rows.size):
        margin = relative * sizes[i] + absolute
        high, low = scores[i] + margin, scores[i] - margin
        if high < floors[at]:
            continue
        sound = np.searchsorted(first_rows, rows[i], side="right")
        if correction > 0:
            by_chance = correction * np.log(n_windows[sound - 1])
            high, low = high - (1 - relative) * by_chance, low - (1 + relative) * by_chance
            if high < floors[at]:
                continue
        kept[n_kept].query = at
        kept[n_kept].row = rows[i]
        kept[n_kept].high = high
        n_kept += 1
        if low > floors[at]:
            floors[at] = max(floors[at], _offer(best[at], owners[at], sound, low))
    return kept, n_kept


@njit(nogil=True)
def _floors(found):
    best, _, shared = found
    floors = shared.copy()
    for at in range(floors.size):
        floors[at] = max(floors[at], best[at].min())
    return floors


@njit(nogil=True)
def _living(start, stop, live, rows):
    n_rows = 0
    if live[start:stop].all():
        rows[: stop - start] = np.arange(start, stop)
        return stop - start
    for row in range(start, stop):
        if live[row]:
            rows[n_rows] = row
            n_rows += 1
    return n_rows


@_compiled(_KEPT_ARRAY(types.int64, types.int64, _WINDOWS, _QUERIES, _FOUND))
def scan_rows(start, stop, windows, queries, found):
    """Read the projections from row `start` to `stop`."""
    floors = _floors(found)
    kept = np.empty(256, KEPT)
    n_kept = 0
    tile_rows = _LONG_TILE_ROWS if floors.size == 1 else _TILE_ROWS
    rows = np.empty(tile_rows, np.int64)
    for tile in range(start, stop, tile_rows):
        n_rows = _living(tile, min(tile + tile_rows, stop), windows[1], rows)
        for at in range(floors.size):
            kept, n_kept = _refine(rows[:n_rows], at, windows, queries, found, floors, kept, n_kept)
    return kept[:n_kept]


@njit(nogil=True)
def _add_up(codes, columns, cuts, n_added, sums):
    """Sum of max(code, cut) - cut over the columns, four at a time, subtracted from column `n_added` on."""
    sums[:] = 0
    for k in range(0, columns.size, 4):
        a, b, c, d = codes[columns[k]], codes[columns[k + 1]], codes[columns[k + 2]], codes[columns[k + 3]]
        cut_a, cut_b, cut_c, cut_d = cuts[k], cuts[k + 1], cuts[k + 2], cuts[k + 3]
        if k < n_added:
            for r in range(BLOCK_ROWS):
                sums[r] += (
                    np.int16(max(a[r], cut_a) - cut_a)
                    + np.int16(max(b[r], cut_b) - cut_b)
                    + np.int16(max(c[r], cut_c) - cut_c)
                    + np.int16(max(d[r], cut_d) - cut_d)
                )
        else:
            for r in range(BLOCK_ROWS):
                sums[r] -= (
                    np.int16(max(a[r], cut_a) - cut_a)
                    + np.int16(max(b[r], cut_b) - cut_b)
                    + np.int16(max(c[r], cut_c) - cut_c)
                    + np.int16(max(d[r], cut_d) - cut_d)
                )


@njit(nogil=True)
def _bound(sums, spreads, live, part, stop):
    """Turn sums of codes into upper bounds, for the rows from `part` to `stop` of a block; the largest is returned."""
    largest = _NEVER
    for r in range(part, stop):
        bound = np.int16(sums[r] + np.int16(spreads[r]))
        bound = _ALWAYS if spreads[r] == MAX_CODE else bound
        bound = bound if live[r] else _NEVER
        sums[r] = bound
        largest = max(largest, bound)
    return largest


@njit(nogil=True)
def _least(floor, step, offset):
    """The least bound with which a row may reach a score of `floor`."""
    if floor == -np.inf:
        return np.int16(_NEVER + 1)
    steps = (floor - GUARD * abs(floor)) / step - offset
    return np.int16(min(max(np.ceil(steps), _NEVER + 1), _ALWAYS))


@njit(nogil=True)
def _least_by_chance(start, stop, windows, correction):
    """What is taken off the scores of all of these rows at least."""
    _, _, first_rows, n_windows = windows
    first = max(np.searchsorted(first_rows, start, side="right") - 1, 0)
    last = np.searchsorted(first_rows, stop)
    return correction * np.log(n_windows[first:last].min()) if correction > 0 and first < last else 0.0


@_compiled(
    _KEPT_ARRAY(types.int64, types.int64, _array(types.uint8, 3), _CUTS, types.float64, _WINDOWS, _QUERIES, _FOUND)
)
def scan_codes(first, last, codes, cuts, step, windows, queries, found):
    """Read the codes of the blocks from `first` to `last`, and the projections of rows whose bound is high enough."""
    live = windows[1]
    columns, levels, counts, offsets = cuts
    floors = _floors(found)
    kept = np.empty(256, KEPT)
    n_kept = 0
    rows = np.empty(BLOCK_ROWS, np.int64)
    sums = np.empty(BLOCK_ROWS, np.int16)
    for block in range(first, last):
        start = block * BLOCK_ROWS
        alive = live[start : start + BLOCK_ROWS]
        n_alive = alive.sum()
        if n_alive < _SPARSE_ROWS:
            _living(start, start + BLOCK_ROWS, live, rows)
            for at in range(floors.size):
                kept, n_kept = _refine(rows[:n_alive], at, windows, queries, found, floors, kept, n_kept)
            continue
        by_chance = (1 - queries[2]) * _least_by_chance(start, start + BLOCK_ROWS, windows, queries[4])
        for at in range(floors.size):
            n_added, n_columns = counts[at]
            _add_up(codes[block], columns[at, :n_columns], levels[at], n_added, sums)
            for part in range(0, BLOCK_ROWS, _PART_ROWS):
                least = _least(floors[at] + by_chance, step, offsets[at])
                if _bound(sums, codes[block, -1], alive, part, part + _PART_ROWS) < least:
                    continue
                n_rows = 0
                for r in range(part, part + _PART_ROWS):
                    if sums[r] >= least:
                        rows[n_rows] = start + r
                        n_rows += 1
                kept, n_kept = _refine(rows[:n_rows], at, windows, queries, found, floors, kept, n_kept)
    return kept[:n_kept]


@_compiled(
    types.void(
        _array(types.float32, 2),
        _array(types.float64, 1),
        _array(types.float64, 1),
        _array(types.int64, 1),
        types.uint8[:, ::1],
    )
)
def encode(projections, low, scale, n_columns, codes):
    """Write the codes (columns, rows) of a block of projections (rows, h)."""
    for r in range(BLOCK_ROWS):
        spread = 0.0
        column = 0
        for j in range(low.size):
            steps = abs(scale[j]) * (np.float64(projections[r, j]) - low[j])
            top = MAX_CODE * n_columns[j]
            code = 0
            if steps >= top:
                code = top
            elif steps > 0:
                code = int(np.rint(steps))
            missed = (steps - code) * np.sign(scale[j])
            spread += max(missed, 0.0) + GUARD * abs(steps)
            for _ in range(n_columns[j]):
                codes[column, r] = min(code, MAX_CODE)
                code -= min(code, MAX_CODE)
                column += 1
        codes[column, r] = int(np.ceil(spread)) if spread < MAX_CODE - 1 else MAX_CODE
