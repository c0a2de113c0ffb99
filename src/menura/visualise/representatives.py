"""Which few neurons of a layer stand best for the rest, by a rule and not by eye."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from menura.visualise.patterns import LayerPatterns


def representatives(found: LayerPatterns, k: int) -> list[int]:
    """The k neurons whose patterns the others resemble most (k-medoids).

    Resemblance is the correlation of two patterns; of an FC neuron, the mean over both sides, which count equally.
    The k chosen are those for which the sum, over all neurons, of the correlation with the nearest chosen one is
    greatest: chosen one after another, then exchanged one by one as long as that raises the sum (Kaufman and
    Rousseeuw 1990).

    Returns:
        k indices, ascending.
    """
    alike = np.mean([_correlations(patterns) for patterns in found.patterns.values()], axis=0)
    chosen: list[int] = []
    for _ in range(min(k, len(alike))):
        chosen.append(_best_addition(alike, chosen))
    for _ in range(len(alike)):  # each round raises the sum; in practice there are two or three
        exchanged = chosen
        for place in range(len(chosen)):
            others = exchanged[:place] + exchanged[place + 1 :]
            exchanged = [*others[:place], _best_addition(alike, others), *others[place:]]
        if _covered(alike, exchanged) <= _covered(alike, chosen) + 1e-9:
            break
        chosen = exchanged
    return sorted(chosen)


def _best_addition(alike: NDArray[np.float64], chosen: list[int]) -> int:
    gains = [-np.inf if new in chosen else _covered(alike, [*chosen, new]) for new in range(len(alike))]
    return int(np.argmax(gains))


def _covered(alike: NDArray[np.float64], chosen: list[int]) -> float:
    return float(alike[:, chosen].max(axis=1).sum())


def _correlations(patterns: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, n) correlations of (n, mel, frames) patterns; 0 with one that is constant."""
    rows = patterns.reshape(len(patterns), -1).astype(np.float64)
    rows = rows - rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows / np.where(norms > 0, norms, 1.0)
    alike: NDArray[np.float64] = rows @ rows.T
    return alike
