"""The similarity of one query with every sound of a library, exactly as the network defines it.

The network joins the features a of an imitation and b of a recording with two layers (paper, section 3.1 and figure 1):

    similarity(a, b) = sigmoid(v . relu(FC1(a, b)) + d),        FC1(a, b) = W [a; b] + c.

**Theorem.** With W = [Wa Wb] split where the concatenation joins, FC1(a, b) = Wa a + Wb b + c = (Wa a + c) + Wb b.
So with the query's embedding q = Wa a + c and the recording's projection p = Wb b,

    similarity(a, b) = sigmoid(v . relu(q + p) + d):

q is computed once a query and p once a recording, and a pair costs 108 additions, not two convolutional towers. Nothing
is approximated: FC1 is linear in the concatenation, and the nonlinearity comes after the sum.

A sound of many windows is as like a query as its best window, less what the best of so many owes to chance
(`chance_of_many`).

Rank by logits: in float32 the sigmoid is exactly 1 from a logit of about 17 on, and order is lost there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# 4,096 rows of 108 float32 are 1.8 MB: the sums q + p stay in the cache while ReLU and the dot product read them.
_BLOCK_ROWS = 4_096


def logits(
    query: NDArray[np.float32],
    projections: NDArray[np.float32],
    output_weight: NDArray[np.float32],
    output_bias: float,
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.float32]:
    """Logits v . relu(q + p) + d of one query with many recordings.

    The result for a row depends on that row alone, not on its neighbours or its place (which a BLAS product does not
    promise), so equal sounds get equal logits wherever they are stored.

    Args:
        query: (h,) embedding q of the imitation.
        projections: (n, h) projections p of the recordings, possibly memory-mapped.
        output_weight: (h,) weights v of FC2.
        output_bias: The bias d of FC2.
        rows: (m,) the rows of `projections` to score, in this order; all of them by default.

    Returns:
        (m,) or (n,) logits.
    """
    n_scored = len(projections) if rows is None else len(rows)
    scored = np.empty(n_scored, np.float32)
    buffer = np.empty((min(_BLOCK_ROWS, n_scored), len(query)), np.float32)
    for start in range(0, n_scored, _BLOCK_ROWS):
        stop = min(start + _BLOCK_ROWS, n_scored)
        hidden = buffer[: stop - start]
        if rows is None:
            np.add(projections[start:stop], query, out=hidden)
        else:
            np.take(projections, rows[start:stop], axis=0, out=hidden, mode="clip")  # "raise" would copy `out`
            np.add(hidden, query, out=hidden)
        np.maximum(hidden, 0, out=hidden)
        np.einsum("ij,j->i", hidden, output_weight, out=scored[start:stop])
    scored += np.float32(output_bias)
    return scored


def rounding_error(n_hidden: int) -> tuple[float, float]:
    """How far a logit computed in float32 may be from another way of computing it, or from the exact value.

    Two sums of the same h products, each in its own order and with or without fused multiply-adds, differ by at most
    2 h u (1 + h u) times the sum of the products' sizes, u = 2^-24 (Higham, Accuracy and Stability of Numerical
    Algorithms, 2002, section 3.1), and by h products that are too small for a normal number. The sums q + p, the bias
    and the comparison itself add a few roundings more.

    Returns:
        The bounds of the error in proportion to |v| . relu(q + p) + |d|, and added to that.
    """
    unit = 2.0**-24
    return 1.01 * (2 * n_hidden + 10) * unit, n_hidden * 2.0**-148


def sigmoid(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)) in float64, without overflow at either end."""
    wide = np.asarray(values, np.float64)
    decay = np.exp(-np.abs(wide))
    return np.where(wide >= 0, 1.0, decay) / (1.0 + decay)


def best_windows(
    window_logits: NDArray[np.float32], n_windows: NDArray[np.int64], correction: float = 0.0
) -> NDArray[np.float32]:
    """Logit of each sound's best window.

    Args:
        window_logits: (m,) logits of the windows, those of one sound next to each other.
        n_windows: (s,) number of windows of each sound, each at least 1 and m in all.
        correction: What part of its chance is taken off the best of many, as `chance_of_many` has it.

    Returns:
        (s,) logits.
    """
    if not len(n_windows):
        return np.empty(0, np.float32)
    firsts = np.concatenate(([0], np.cumsum(n_windows[:-1])))
    best: NDArray[np.float32] = np.maximum.reduceat(window_logits, firsts) - chance_of_many(n_windows, correction)
    return best


def chance_of_many(n_windows: NDArray[np.int64], correction: float) -> NDArray[np.float32]:
    """What is taken off the logit of the best of so many windows: the correction times the logarithm of their number.

    The more windows a sound has, the higher the best of them scores by chance. Were scores of windows that do not match
    spread exponentially at unit scale, the best of n would be log n higher than one; they are nearer to each other, and
    windows of one sound are alike, so a model says which part of that it is (`Bundle.window_correction`).

    Args:
        n_windows: (s,) how many windows each sound has, at least 1.
        correction: The part, at least 0.

    Returns:
        (s,), 0 for a single window.
    """
    taken_off: NDArray[np.float32] = (correction * np.log(n_windows)).astype(np.float32)
    return taken_off


def top_positions(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Positions of the `count` largest values and of all that tie with the last of them, in no order."""
    if count >= len(values):
        return np.arange(len(values))
    least = np.partition(values, len(values) - count)[len(values) - count]
    return np.flatnonzero(values >= least)
