"""Batches of recordings with takes of them, drawn by who imitates; of inputs or of what frozen towers make of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from menura.inputs.takes import TakeInputs
from menura.training.fit import Batch

Shares = tuple[float, ...]
"""How much of the takes each of `KINDS` is; a kind of which there is none is made up for by the others."""


def take_batches(
    inputs: TakeInputs, chosen: NDArray[np.intp], size: int, shares: Shares, rng: np.random.Generator
) -> Iterator[Batch]:
    """One epoch over the chosen recordings: each with one take, half of them as they are, half in a variant.

    Yields:
        Takes (size, ...) and recordings (size, ...), the i-th a take of the i-th; a short rest is left out.
    """
    order = rng.permutation(chosen)
    n_variants = inputs.recordings.shape[1] - 1
    for start in range(0, len(order) - size + 1, size):
        rows = order[start : start + size]
        takes = draw_takes(inputs.kinds, shares, size, rng)
        varied = (
            rng.integers(2, size=size) * rng.integers(1, n_variants + 1, size) if n_variants else np.zeros(size, int)
        )
        yield _tensor(inputs.takes[rows, takes]), _tensor(inputs.recordings[rows, varied])


def plain_takes(inputs: TakeInputs, chosen: NDArray[np.intp]) -> Batch:
    """The chosen recordings as they are, each with its first take."""
    return _tensor(inputs.takes[chosen, 0]), _tensor(inputs.recordings[chosen, 0])


def draw_takes(kinds: NDArray[np.intp], shares: Shares, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Which take of n recordings to hear: its kind by the shares, then any of that kind; (n,) places in `kinds`."""
    many = np.bincount(kinds, minlength=len(shares))
    weights = np.where(many > 0, shares, 0.0)[kinds] / many[kinds]
    drawn: NDArray[np.intp] = rng.choice(len(kinds), n, p=weights / weights.sum())
    return drawn


def _tensor(rows: NDArray[np.float16]) -> torch.Tensor:
    return torch.from_numpy(rows.astype(np.float32))
