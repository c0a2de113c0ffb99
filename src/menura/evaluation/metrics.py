"""How good a ranking is.

A query (an imitation) is scored against every candidate (a recording), and one candidate is the target: the recording
that was imitated. The rank of the target is one plus the number of other candidates that score at least as much; a tie
counts against the system, so that one that gives all candidates the same score earns the worst rank, not the best.

- The reciprocal rank is 1 for the target on top, 1/2 for the second place, and so on; its mean over queries is the MRR
  of the paper's table 1. A system that ranks at random among n candidates earns the n-th harmonic number over n.
- Recall at k is the share of queries whose target is among the first k (also called hit rate: the target is one).
- nDCG rewards every relevant candidate, here all recordings of the target's class, by 1 / log2(1 + rank), relative to
  the best possible order (Jarvelin and Kekalainen 2002).

Conventions: `scores` is (queries, candidates), higher is more similar, finite; `targets` is (queries,), the column of
each query's target. No query is an error, not a score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def target_ranks(scores: ArrayLike, targets: ArrayLike) -> NDArray[np.intp]:
    """The rank of each query's target, (queries,) from 1."""
    matrix, columns = _validated(scores, targets)
    of_target = matrix[np.arange(len(matrix)), columns]
    ranks: NDArray[np.intp] = (matrix >= of_target[:, None]).sum(axis=1)  # the target itself is one of them
    return ranks


def mean_reciprocal_rank(scores: ArrayLike, targets: ArrayLike) -> float:
    """MRR, in (0, 1]."""
    return float((1.0 / target_ranks(scores, targets)).mean())


def recall_at_k(ranks: ArrayLike, k: int) -> float:
    """Share of queries whose target is among the first `k` candidates, in [0, 1], from (queries,) `target_ranks`."""
    if k < 1:
        raise ValueError(f"k is {k}; it counts places, from 1")
    places = np.asarray(ranks)
    if not places.size:
        raise ValueError("no queries, so no share of them")
    return float((places <= k).mean())


def ndcg(scores: ArrayLike, relevant: ArrayLike) -> float:
    """Mean normalised discounted cumulative gain for binary relevance, in [0, 1].

    Tied candidates share the mean discount of the places that they take together.

    Args:
        scores: (queries, candidates).
        relevant: (queries, candidates) booleans, at least one in each row.
    """
    matrix, relevance = _with_relevance(scores, relevant)
    discounts = 1 / np.log2(np.arange(2, matrix.shape[1] + 2))
    ideal = np.cumsum(discounts)[relevance.sum(axis=1) - 1]
    gains = [float(_tied_discounts(row, discounts) @ of_row) for row, of_row in zip(matrix, relevance, strict=True)]
    return float(np.mean(gains / ideal))


def class_mrr(scores: ArrayLike, relevant: ArrayLike) -> float:
    """Mean over queries of the reciprocal ranks of all relevant candidates, summed, by the greatest sum possible.

    The class-wise MRR of the QVIM challenge's evaluator. Of tied candidates the irrelevant ones come first.

    Args:
        scores: (queries, candidates).
        relevant: (queries, candidates) booleans, at least one in each row.
    """
    matrix, relevance = _with_relevance(scores, relevant)
    best = np.cumsum(1 / np.arange(1, matrix.shape[1] + 1))[relevance.sum(axis=1) - 1]
    order = np.array([np.lexsort((of_row, -row)) for row, of_row in zip(matrix, relevance, strict=True)])
    found = np.take_along_axis(relevance, order, axis=1) / np.arange(1, matrix.shape[1] + 1)
    return float((found.sum(axis=1) / best).mean())


def chance_mrr(n_candidates: int) -> float:
    """Expected MRR of a random order of `n_candidates`: their harmonic number divided by their number."""
    if n_candidates < 1:
        raise ValueError(f"{n_candidates} candidates; there must be one at least")
    return float((1 / np.arange(1, n_candidates + 1)).sum() / n_candidates)


def _tied_discounts(scores: NDArray[np.float64], discounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Discount of each candidate of one query, tied ones sharing theirs."""
    _, group, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    cumulated = np.concatenate(([0.0], np.cumsum(discounts)))
    means: NDArray[np.float64] = (cumulated[last] - cumulated[last - sizes]) / sizes
    return means[group]


def _with_relevance(scores: ArrayLike, relevant: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    matrix = _finite_matrix(scores)
    relevance = np.asarray(relevant, dtype=bool)
    if relevance.shape != matrix.shape:
        raise ValueError(f"relevance has the shape {relevance.shape}, scores {matrix.shape}")
    if not relevance.any(axis=1).all():
        raise ValueError(f"query {int(np.argmin(relevance.any(axis=1)))} has no relevant candidate")
    return matrix, relevance


def _validated(scores: ArrayLike, targets: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    matrix = _finite_matrix(scores)
    columns = np.asarray(targets, dtype=np.intp)
    if columns.shape != (len(matrix),):
        raise ValueError(f"{len(matrix)} queries but targets of the shape {columns.shape}")
    if columns.min() < 0 or columns.max() >= matrix.shape[1]:
        raise ValueError(f"targets from {columns.min()} to {columns.max()} among {matrix.shape[1]} candidates")
    return matrix, columns


def _finite_matrix(scores: ArrayLike) -> NDArray[np.float64]:
    matrix = np.asarray(scores, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"scores have the shape {matrix.shape}; expected (queries, candidates), none of them zero")
    if not np.isfinite(matrix).all():
        raise ValueError("a score is not finite")
    return matrix
