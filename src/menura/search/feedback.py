"""Relevance feedback: "more like this one" and "not this" move the query, and the library is searched again with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_STEPS = 40
RATE = 0.05
PULL = 0.5


@dataclass(frozen=True, eq=False)
class Feedback:
    """What a person said of sounds.

    Attributes:
        liked: For each sound that is like what is meant, the (n, h) projections of its windows.
        unliked: The same of sounds that are not.
        sample: (m, h) projections of the library at large.
    """

    liked: Sequence[NDArray[np.float32]]
    unliked: Sequence[NDArray[np.float32]]
    sample: NDArray[np.float32]


def refine(
    query: NDArray[np.float32] | None, feedback: Feedback, output_weight: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The query moved by what a person said.

    Args:
        query: (h,) embedding of an imitation; None to search by the examples alone.
        feedback: What was said.
        output_weight: (h,) weights v of FC2.

    Returns:
        (h,) an embedding to search with; `query` itself where nothing was said.
    """
    origin = np.zeros(len(output_weight)) if query is None else query.astype(np.float64)
    weight = output_weight.astype(np.float64)
    judged = [*feedback.liked, *feedback.unliked]
    rows = np.concatenate([*judged, feedback.sample]).astype(np.float64)
    owners = np.repeat(np.arange(len(judged)), [len(one) for one in judged])
    n_liked, n_judged = len(feedback.liked), len(judged)
    moved = origin.copy()
    first, second = np.zeros_like(moved), np.zeros_like(moved)
    for step in range(1, N_STEPS + 1):
        hidden = np.maximum(rows + moved, 0)
        scores = hidden @ weight
        best = [
            int(np.flatnonzero(owners == i)[np.argmax(scores[: len(owners)][owners == i])]) for i in range(n_judged)
        ]
        gradient_of_scores = np.zeros(len(rows))
        sample = slice(len(owners), None)
        for i, row in enumerate(best):
            others = np.concatenate([scores[sample], scores[[best[j] for j in range(n_liked, n_judged) if j != i]]])
            peak = max(scores[row], others.max(initial=scores[row]))
            own, rest = np.exp(scores[row] - peak), np.exp(others - peak).sum()
            share = own / (own + rest)
            sign = 1.0 if i < n_liked else -1.0
            gradient_of_scores[row] -= sign * (1 - share) if i < n_liked else -share
        gradient = ((rows + moved > 0) * gradient_of_scores[:, None]).sum(axis=0) * weight / n_judged
        gradient += PULL * (moved - origin) / len(moved)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        moved -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return moved.astype(np.float32)
