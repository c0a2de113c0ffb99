"""Relevance feedback: "more like this one" and "not this" move the query, and the library is searched again with it.

A library sound is a projection p, a query an embedding q, and the pair's logit is s(q, p) = v . relu(q + p) + d (see
`menura.model.score`). Whoever likes a sound says of p what a better q would score high, and that is all the network
ever knows of either; so the answer to feedback is another q, and a search with it is an ordinary search, exact and as
fast as any. Nothing is learned that outlasts the query, and leaving a judgement out undoes it.

**What the new query is.** Each liked sound should stand out from the library at large, as in the training of the model:
of the liked sound, the disliked ones and a sample of the library, exactly one is right, and the query pays the
cross-entropy -log softmax(s / T) of the right one. A disliked sound should not stand out: it pays -log (1 - softmax(s))
among itself and the sample, which is next to nothing where it is far down already. (A dislike says little: the sounds
near it may be just what is meant. So it is heard with a small weight W, and sharply, without T, that it move the sound
itself and little else.) And the query should stay what the voice said: it pays for the square of the way it has moved.
With a mean over the judged sounds,

    loss(q) = mean of [liked: -log softmax(s / T), disliked: -W log (1 - softmax(s))] + PULL |(q - q0) / S|^2.

S is how far the library's projections lie apart, their standard deviation: models differ in it, and mean the same.

A sound of several windows is judged by its best one, as it is ranked. Without an imitation q0 is 0: FC1 then hears the
library's sounds alone, and the examples say the rest.

The logit is piecewise linear in q, so the gradient is cheap and exact: v where q + p > 0, and 0 elsewhere. Forty steps
of Adam over half a thousand rows take a few milliseconds, and always the same ones. T, W and PULL were chosen
on the recordings that the model was trained on; `benchmarks/search/feedback.py` measures on others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

TEMPERATURE = 4.0
DISLIKE = 0.25
PULL = 0.01
N_STEPS = 40
RATE = 0.1  # of S, a step
_LEAST_SPREAD = 1e-3  # of a library of one sound
_MEAN_DECAY, _SQUARE_DECAY = 0.9, 0.999  # Adam's own (Kingma and Ba 2015)


@dataclass(frozen=True, eq=False)
class Feedback:
    """What a person said of sounds.

    Attributes:
        liked: For each sound that is like what is meant, the (n, h) projections of its windows.
        unliked: The same of sounds that are not.
        sample: (m, h) projections of the library at large, m >= 1.
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
        feedback: What was said of one sound at least.
        output_weight: (h,) weights v of FC2.

    Returns:
        (h,) an embedding to search with.
    """
    judged = [*feedback.liked, *feedback.unliked]
    rows = np.concatenate([*judged, feedback.sample])
    firsts = np.cumsum([0, *map(len, judged)])
    origin = np.zeros(len(output_weight), np.float32) if query is None else query
    spread = max(float(feedback.sample.std(axis=0).mean()), _LEAST_SPREAD)
    moved = origin.copy()
    mean, square = np.zeros_like(moved), np.zeros_like(moved)
    for step in range(1, N_STEPS + 1):
        hidden = np.maximum(rows + moved, 0)
        pull_on_scores = _loss_gradient(hidden @ output_weight / TEMPERATURE, firsts, len(feedback.liked))
        gradient = (pull_on_scores @ (hidden > 0).astype(np.float32)) * output_weight / TEMPERATURE
        gradient += 2 * PULL * (moved - origin) / spread**2
        mean = _MEAN_DECAY * mean + (1 - _MEAN_DECAY) * gradient
        square = _SQUARE_DECAY * square + (1 - _SQUARE_DECAY) * gradient**2
        size = np.sqrt(square / (1 - _SQUARE_DECAY**step)) + 1e-8
        moved = (moved - RATE * spread * mean / (1 - _MEAN_DECAY**step) / size).astype(np.float32)
    return moved


def _loss_gradient(scores: NDArray[np.float32], firsts: NDArray[np.int64], n_liked: int) -> NDArray[np.float32]:
    """The gradient of the loss, but for the pull, by the scores of all rows, (n,).

    Args:
        scores: (n,) s / T of the judged sounds' windows, one sound after the other, then of the sample.
        firsts: (judged + 1,) where each judged sound's windows begin, and where the sample does.
        n_liked: How many of the judged sounds are liked; they come first.
    """
    gradient = np.zeros_like(scores)
    sample = np.arange(firsts[-1], len(scores))
    best = np.array([a + np.argmax(scores[a:b]) for a, b in pairwise(firsts)])
    for row in best[:n_liked]:
        among = np.concatenate([[row], best[n_liked:], sample])
        gradient[among] += _softmax(scores[among])
        gradient[row] -= 1
    for row in best[n_liked:]:
        share = float(_softmax(TEMPERATURE * scores[np.concatenate([[row], sample])])[0])
        gradient[row] += DISLIKE * TEMPERATURE * share
        gradient[sample] -= DISLIKE * TEMPERATURE * share * _softmax(TEMPERATURE * scores[sample])
    return gradient / np.float32(len(best))


def _softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    powers: NDArray[np.float32] = np.exp(values - values.max())
    shares: NDArray[np.float32] = powers / powers.sum()
    return shares
