"""Pairs of an imitation and a recording to train on, as the paper draws them (section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.errors import DataError


@dataclass(frozen=True)
class Pairs:
    """n pairs, as indices into a set of imitations and a set of recordings.

    Attributes:
        imitation: (n,).
        recording: (n,).
        matches: (n,) booleans: whether the imitation imitates the recording.
    """

    imitation: NDArray[np.intp]
    recording: NDArray[np.intp]
    matches: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.imitation)

    def take(self, rows: NDArray[np.intp]) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.imitation[rows], self.recording[rows], self.matches[rows])


def draw_pairs(recording_of: NDArray[np.intp], n_recordings: int, rng: np.random.Generator) -> Pairs:
    """Each imitation once with the recording that it imitates, and once with another one drawn at random.

    Args:
        recording_of: (imitations,) the recording that each imitates; 7 of each of 120 give the paper's 840 + 840 pairs.
        n_recordings: How many recordings there are to draw from.
        rng: Source of randomness.

    Raises:
        DataError: There is no other recording to draw.
    """
    if n_recordings < 2:
        raise DataError(f"{n_recordings} recording to train on; a pair that does not match needs 2 at least")
    imitation = np.arange(len(recording_of))
    # Shifted by 1 to n - 1 places round the circle of recordings: any other, all equally likely.
    other = (recording_of + rng.integers(1, n_recordings, len(recording_of))) % n_recordings
    return Pairs(
        imitation=np.concatenate([imitation, imitation]),
        recording=np.concatenate([recording_of, other]),
        matches=np.repeat([True, False], len(recording_of)),
    )


def batches_of_pairs(pairs: Pairs, batch_size: int, rng: np.random.Generator) -> Iterator[Pairs]:
    """One epoch in random order, in batches whose last may be short.

    Both pairs of an imitation come in the same batch, so that it passes through its tower once: half the work, and
    every batch has as many matches as mismatches.
    """
    n_imitations = len(pairs) // 2
    order = rng.permutation(n_imitations)
    for start in range(0, n_imitations, batch_size // 2):
        chosen = order[start : start + batch_size // 2]
        yield pairs.take(np.concatenate([chosen, chosen + n_imitations]))
