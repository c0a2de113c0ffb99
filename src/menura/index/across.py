"""Twins across indexes by one model: copies of a sound in two libraries, which are one hit when both are searched.

They are found as within an index (see `menura.index.twins`): a sound is held against those of its cell, and cells mean
the same in every index by a model. Here only sounds of the very same cell meet. A copy of a file is always in it; a
sound that differs by nearly all that twins may, near a border between two cells, may be missed and is then a hit of its
own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Snapshot, Table
from menura.index.twins import TOLERANCE

_PAIRS_AT_ONCE = 4_096  # which take some megabytes


@dataclass(frozen=True, eq=False)
class TwinsAcross:
    """Sounds that have a twin in another index, one group after the other, each in the order of the indexes.

    Attributes:
        places: (t,) the number of each one's index among those that were looked at.
        ids: (t,) its id there.
        groups: (t,) the number of its group.
    """

    places: NDArray[np.int64]
    ids: NDArray[np.int64]
    groups: NDArray[np.int64]

    def among(self, chosen: Sequence[NDArray[np.int64]]) -> TwinsAcross:
        """The same without other sounds than these, given by index."""
        there = np.zeros(len(self.ids), bool)
        for place, ids in enumerate(chosen):
            there |= (self.places == place) & np.isin(self.ids, ids)
        return TwinsAcross(self.places[there], self.ids[there], self.groups[there])

    @property
    def is_later(self) -> NDArray[np.bool_]:
        """(t,) whether each one is in a later index than the first of its group, which stands for it."""
        _, firsts, at = np.unique(self.groups, return_index=True, return_inverse=True)
        return self.places > self.places[firsts][at] if len(at) else np.zeros(0, bool)

    def with_twins(self, chosen: Sequence[Collection[int]]) -> list[list[int]]:
        """By index, the ids of these sounds, given by index, and of their twins in all indexes."""
        groups = [self.groups[(self.places == place) & np.isin(self.ids, [*ids])] for place, ids in enumerate(chosen)]
        are = np.isin(self.groups, np.concatenate(groups))
        found = [self.ids[are & (self.places == place)].tolist() for place in range(len(chosen))]
        return [sorted({*ids, *twins}) for ids, twins in zip(chosen, found, strict=True)]

    def later_of(self, place: int, sound_ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
        """Of these sounds of an index, the twins in later ones, each by its index and its id."""
        ours = np.flatnonzero((self.places == place) & np.isin(self.ids, sound_ids))
        later: dict[int, list[tuple[int, int]]] = {}
        for at in ours.tolist():
            others = np.flatnonzero((self.groups == self.groups[at]) & (self.places > place))
            found = list(zip(self.places[others].tolist(), self.ids[others].tolist(), strict=True))
            if found:
                later[int(self.ids[at])] = found
        return later


def twins_across(snapshots: Sequence[Snapshot]) -> TwinsAcross:
    """The twins across indexes by one model, the first index first; errors as for reading a snapshot."""
    return twins_among([snapshot.cells() for snapshot in snapshots], [snapshot.table for snapshot in snapshots])


def twins_among(parts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]], tables: Sequence[Table]) -> TwinsAcross:
    """The same, of sounds of these ids and cells, as `Snapshot.cells` gives them, that are in these tables."""
    places = np.repeat(np.arange(len(parts)), [len(ids) for ids, _ in parts])
    ids, cells = (np.concatenate([part[at] for part in parts] or [np.zeros(0, np.int64)]) for at in (0, 1))
    order = np.lexsort((ids, places, cells))
    places, ids, cells = places[order], ids[order], cells[order]
    return TwinsAcross(*map(np.concatenate, zip(*_groups(places, ids, cells, tables), strict=True)))


_Members = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _groups(
    places: NDArray[np.int64], ids: NDArray[np.int64], cells: NDArray[np.int64], tables: Sequence[Table]
) -> Iterator[_Members]:
    """Places, ids and numbers of groups, sorted by cell and place: each time a group a cell, of the twins of its first.

    The first of them is empty, so that there is one.
    """
    empty = np.zeros(0, np.int64)
    yield empty, empty, empty
    n_groups = 0
    while True:
        _, firsts, at = np.unique(cells, return_index=True, return_inverse=True)
        # A cell in which one index alone is left has nothing to tell.
        several = np.zeros(len(firsts), bool)
        np.logical_or.at(several, at, places != places[firsts][at])
        kept = several[at]
        if not kept.any():
            return
        places, ids, cells = places[kept], ids[kept], cells[kept]
        _, firsts, at = np.unique(cells, return_index=True, return_inverse=True)
        are = _are_twins((places[firsts][at], ids[firsts][at]), (places, ids), tables)
        are[firsts] = True
        members = places[are], ids[are], at[are] + n_groups
        yield _of_several(*members)
        n_groups += len(firsts)
        places, ids, cells = places[~are], ids[~are], cells[~are]


def _of_several(places: NDArray[np.int64], ids: NDArray[np.int64], groups: NDArray[np.int64]) -> _Members:
    """Those of these whose group is not of one index alone."""
    _, firsts, at = np.unique(groups, return_index=True, return_inverse=True)
    several = np.zeros(len(firsts), bool)
    np.logical_or.at(several, at, places != places[firsts][at])
    return places[several[at]], ids[several[at]], groups[several[at]]


def _are_twins(
    ones: tuple[NDArray[np.int64], NDArray[np.int64]],
    others: tuple[NDArray[np.int64], NDArray[np.int64]],
    tables: Sequence[Table],
) -> NDArray[np.bool_]:
    """(p,) whether the sounds of each pair, given by index and id, are twins, as `are_twins` has it."""
    are = np.zeros(len(ones[0]), bool)
    spans = [_spans(places, ids, tables) for places, ids in (ones, others)]
    alike = np.flatnonzero(spans[0][1] == spans[1][1])
    for start in range(0, len(alike), _PAIRS_AT_ONCE):
        pairs = alike[start : start + _PAIRS_AT_ONCE]
        counts = spans[0][1][pairs]
        rows = [_rows(side[0][pairs], spans[at][0][pairs], counts, tables) for at, side in enumerate((ones, others))]
        edges = np.concatenate(([0], np.cumsum(counts)[:-1]))
        with np.errstate(over="ignore", invalid="ignore"):
            apart = np.maximum.reduceat(np.abs(rows[0] - rows[1]).max(axis=1), edges)
            largest = [np.maximum.reduceat(np.abs(side).max(axis=1), edges) for side in rows]
            are[pairs] = apart <= TOLERANCE * np.minimum(*largest)
    return are


def _spans(
    places: NDArray[np.int64], ids: NDArray[np.int64], tables: Sequence[Table]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(p,) the first row of each sound in its table, and (p,) how many it has."""
    firsts, counts = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    for place, table in enumerate(tables):
        ours = places == place
        by_id = np.argsort(table.sound_ids)
        at = by_id[np.searchsorted(table.sound_ids, ids[ours], sorter=by_id)]
        firsts[ours], counts[ours] = table.first_rows[at], table.n_windows[at]
    return firsts, counts


def _rows(
    places: NDArray[np.int64], firsts: NDArray[np.int64], counts: NDArray[np.int64], tables: Sequence[Table]
) -> NDArray[np.float32]:
    """(n, h) the projections of these sounds, one sound after the other."""
    starts = np.cumsum(counts) - counts
    numbers = np.repeat(firsts - starts, counts) + np.arange(int(counts.sum()))
    owners = np.repeat(places, counts)
    rows = np.zeros((len(numbers), tables[0].projections.shape[1]), np.float32)
    for place, table in enumerate(tables):
        rows[owners == place] = table.projections[numbers[owners == place]]
    return rows
