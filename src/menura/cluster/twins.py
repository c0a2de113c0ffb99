"""Twins in different shards, which are one hit as they are on one machine: the first of them by path.

Of every shard it is known in which cells its sounds are (see `menura.index.twins`). Where a cell has sounds of several
shards, these are held against each other, which is done anew after a commit, at the cost of 16 bytes a sound.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from menura.cluster.answers import Cells, Member
from menura.index.across import TwinsAcross, twins_among
from menura.index.snapshot import Table


@dataclass(frozen=True, eq=False)
class ShardTwins:
    """The sounds that have a twin in another shard.

    Attributes:
        across: They, by shard and id there.
        paths: (t,) their paths.
    """

    across: TwinsAcross
    paths: tuple[str, ...]

    @cached_property
    def groups(self) -> list[list[int]]:
        """The groups, each as places in `paths` in the order of paths."""
        groups = self.across.groups
        order = sorted(range(len(self.paths)), key=lambda at: (groups[at], os.fsencode(self.paths[at])))
        edges = np.flatnonzero(np.diff(groups[order])) + 1
        return [part.tolist() for part in np.split(np.array(order, np.int64), edges)] if order else []

    def of_shard(self, shard: int) -> NDArray[np.int64]:
        """Ids of those that are in a shard."""
        ids: NDArray[np.int64] = self.across.ids[self.across.places == shard]
        return ids

    def among(self, chosen: Mapping[int, NDArray[np.int64]]) -> ShardTwins:
        """The same without other sounds than these, given by shard."""
        there = np.zeros(len(self.paths), bool)
        for shard, ids in chosen.items():
            there |= (self.across.places == shard) & np.isin(self.across.ids, ids)
        across = TwinsAcross(self.across.places[there], self.across.ids[there], self.across.groups[there])
        return ShardTwins(across, tuple(path for path, is_there in zip(self.paths, there, strict=True) if is_there))

    def later(self, shard: int) -> list[int]:
        """Ids of a shard's sounds that another shard's twin stands for."""
        places = self.across.places
        found = [at for group in self.groups for at in group if places[at] == shard != places[group[0]]]
        return [int(self.across.ids[at]) for at in found]

    def alike(self, path: str) -> Sequence[str]:
        """The paths of the twins that the sound of a path stands for, in their order."""
        return [self.paths[at] for at in self._by_first.get(path, [])]

    @cached_property
    def _by_first(self) -> dict[str, list[int]]:
        return {self.paths[group[0]]: group[1:] for group in self.groups}


def candidates(cells: Sequence[Cells | None]) -> list[NDArray[np.int64]]:
    """Of each shard, ids of the sounds whose cell has sounds of another shard; None is a shard that does not answer."""
    own = [np.zeros(0, np.int64) if one is None else np.unique(one.cells) for one in cells]
    every, counts = np.unique(np.concatenate(own), return_counts=True)
    shared = every[counts > 1]
    none = np.zeros(0, np.int64)
    return [none if one is None else one.ids[np.isin(one.cells, shared)] for one in cells]


def twins_of(cells: Sequence[Cells | None], members: Sequence[Mapping[int, Member]], width: int) -> ShardTwins:
    """The twins among the candidates of all shards.

    Args:
        cells: Of each shard its cells.
        members: Of each shard its candidates by their id; those that are gone meanwhile are left out.
        width: Floats in a projection.
    """
    parts, tables = [], []
    for one, found in zip(cells, members, strict=True):
        ids = np.array(sorted(found), np.int64)
        parts.append((ids, ids if one is None else one.cells[np.searchsorted(one.ids, ids)]))
        tables.append(_table(ids, [found[sound_id].rows for sound_id in ids.tolist()], width))
    across = twins_among(parts, tables)
    asked = zip(across.places.tolist(), across.ids.tolist(), strict=True)
    return ShardTwins(across, tuple(members[shard][sound_id].path for shard, sound_id in asked))


def _table(ids: NDArray[np.int64], rows: Sequence[NDArray[np.float32]], width: int) -> Table:
    counts = np.array([len(one) for one in rows], np.int64)
    return Table(ids, np.cumsum(counts) - counts, counts, np.concatenate([np.zeros((0, width), np.float32), *rows]))
