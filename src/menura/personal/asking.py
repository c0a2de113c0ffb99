"""Which sound to ask a person to imitate next: one unlike those that they have, or one near what was not found.

A few takes have to stand for a whole library. Its sounds are parted into groups by their projections, which is all that
the model knows of them, and the first questions go through the groups: each is about the sound in the middle of the
group from which fewest takes are there, and of those groups the farthest from all that was asked (farthest-point
sampling, Gonzalez 1985, over k-means centres, so that no outlier is asked for because it is one). Every third question
is about what is uncertain instead: a sound near the one whose take was ranked worst.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from menura.index.snapshot import Table
from menura.map.sounds import features_of

N_GROUPS = 24
MOST_CANDIDATES = 2_000
FOUND_RANK = 10
"""A take that ranks its sound up to here has found it: it is on the first page."""

_ROUNDS = 8  # of k-means
_UNCERTAIN_EVERY = 3

Why = Literal["new", "uncertain"]


@dataclass(frozen=True)
class Asked:
    """What to ask for.

    Attributes:
        sound_id: The sound.
        why: Unlike what there is, or near what was not found.
        near: For the latter, the sound whose take was not found.
        rank: And the rank that it had.
    """

    sound_id: int
    why: Why
    near: int | None = None
    rank: int | None = None


@dataclass(frozen=True, eq=False)
class Candidates:
    """Sounds that may be asked for, parted into groups.

    Attributes:
        sound_ids: (n,) the sounds.
        places: (n, h) where each lies: the mean of its windows' projections, in units of their spread.
        centres: (g, h) the middles of the groups.
        groups: (n,) the group of each sound.
    """

    sound_ids: NDArray[np.int64]
    places: NDArray[np.float32]
    centres: NDArray[np.float32]
    groups: NDArray[np.intp]

    @classmethod
    def of(cls, table: Table) -> Candidates:
        """The sounds of a table, or 2,000 of them, drawn at random and the same at every call."""
        drawn = np.sort(np.random.default_rng(0).permutation(len(table.sound_ids))[:MOST_CANDIDATES])
        places = features_of(table.only(table.sound_ids[drawn]))
        spread = np.maximum(places.std(axis=0), 1e-6) if len(drawn) else np.float32(1.0)
        places = (places / spread).astype(np.float32)
        centres, groups = _parted(places, min(N_GROUPS, len(places)))
        return cls(table.sound_ids[drawn], places, centres, groups)


def next_sound(
    candidates: Candidates, taught: Mapping[int, int | None], skipped: Collection[int], n_asked: int
) -> Asked | None:
    """What to ask for next; None where there is nothing left.

    Args:
        candidates: The sounds.
        taught: Of each sound that was imitated, the worst rank that a take gave it; None where none is known.
        skipped: Sounds that a person did not want.
        n_asked: How many questions there have been.
    """
    known = np.isin(candidates.sound_ids, list(taught))
    free = ~known & ~np.isin(candidates.sound_ids, list(skipped))
    if not free.any():
        return None
    missed = {sound: rank for sound, rank in taught.items() if rank is not None and rank > FOUND_RANK}
    if missed and n_asked % _UNCERTAIN_EVERY == _UNCERTAIN_EVERY - 1:
        uncertain = _near_missed(candidates, free, missed)
        if uncertain is not None:
            return uncertain
    return Asked(int(candidates.sound_ids[_unlike(candidates, free, known)]), "new")


def _unlike(candidates: Candidates, free: NDArray[np.bool_], known: NDArray[np.bool_]) -> int:
    """The place of the sound in the middle of a group that has fewest takes, and of those is farthest from all."""
    n_groups = len(candidates.centres)
    taken = np.bincount(candidates.groups[known], minlength=n_groups)
    has_free = np.bincount(candidates.groups[free], minlength=n_groups) > 0
    fewest = has_free & (taken == taken[has_free].min())
    if known.any():
        worth = _distances(candidates.centres, candidates.places[known]).min(axis=1)
    else:
        worth = np.bincount(candidates.groups, minlength=n_groups).astype(np.float32)  # what is most frequent first
    group = int(np.argmax(np.where(fewest, worth, -1.0)))
    members = np.flatnonzero(free & (candidates.groups == group))
    return int(members[_distances(candidates.places[members], candidates.centres[[group]])[:, 0].argmin()])


def _near_missed(candidates: Candidates, free: NDArray[np.bool_], missed: Mapping[int, int]) -> Asked | None:
    """The free sound nearest to the missed one of the worst rank that is among the candidates."""
    for sound, rank in sorted(missed.items(), key=lambda one: (-one[1], one[0])):
        at = np.flatnonzero(candidates.sound_ids == sound)
        if len(at):
            choices = np.flatnonzero(free)
            nearest = choices[_distances(candidates.places[choices], candidates.places[at])[:, 0].argmin()]
            return Asked(int(candidates.sound_ids[nearest]), "uncertain", sound, rank)
    return None


def _parted(places: NDArray[np.float32], n_groups: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """K-means from centres that are farthest from each other; the same places are parted in the same way."""
    if not n_groups:
        return places, np.empty(0, np.intp)
    chosen = [int(_distances(places, places.mean(axis=0, keepdims=True))[:, 0].argmin())]
    nearest = _distances(places, places[chosen])[:, 0]
    while len(chosen) < n_groups:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, _distances(places, places[chosen[-1:]])[:, 0])
    centres = places[chosen]
    for _ in range(_ROUNDS):
        groups = _distances(places, centres).argmin(axis=1)
        counts = np.bincount(groups, minlength=n_groups)
        sums = np.zeros_like(centres)
        np.add.at(sums, groups, places)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres).astype(np.float32)
    return centres, _distances(places, centres).argmin(axis=1)


def _distances(ones: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, m) squared distances."""
    squares = (ones**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None] - 2 * ones @ others.T
    distances: NDArray[np.float32] = np.maximum(squares, 0)
    return distances
