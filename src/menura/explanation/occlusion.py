"""Attributions by occlusion: tiles of a spectrogram are hidden, and the logit says what they were worth.

What a tile is worth depends on what else can be heard: of two notes that each suffice, hiding one alone costs nothing.
So tiles are hidden one after another in random orders, until all are, and a tile is worth the mean of the drops that
hiding it caused (Castro, Gómez and Tejada 2009: this estimates its Shapley value). The drops of an order add up to the
whole difference, whatever the order. Each order has a partner, its reverse, so that a tile hidden early is once hidden
late, and each such couple a grid of its own at random, so that points, not tiles, have a value in the end. What still
differs within a tile is mostly where the few grids happened to lie (`benchmarks/search/why.py`): each point hands what
it is worth to those within about a tile of it.

The grid lies over what the file fills of a clip, however short that is. The padding after its end is one tile more: how
long a sound is says something too, but nothing of what can be heard at a time at which there is no sound.

Hidden is what is as in silence; to the paper's towers that is 0, the mean of a normalised clip. The score's two sides
are apart until FC1 (see `menura.model.score`), so hiding tiles of one side costs runs of its tower alone.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.match import Clip, Match
from menura.model.bundle import Bundle
from menura.model.score import logits

METHOD = "occlusion"
TILES_PER_AXIS = 6
N_ORDERS = 8

_TILES_SPREAD = 1.5  # standard deviations in a tile
_BATCH_CLIPS = 8  # the first layer's output of one imitation is 3 MB
_SEED = 0

Score = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""(n, 1, mel bands, frames) inputs of one side to (n,) logits, the other side being as it is."""


def explain_by_occlusion(match: Match, bundle: Bundle) -> Explanation:
    """Explain a match with nothing but the bundle; the same match has the same explanation.

    Args:
        match: What to explain.
        bundle: The model that found it.
    """
    embedding = _embeddings(match.query.network_input[None, None], bundle)[0]
    projection = _projections(match.recording.network_input[None, None], bundle)[0]

    def score_queries(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        # q + p = p + q: many queries with one recording are scored like many recordings with one query.
        return logits(projection, _embeddings(inputs, bundle), bundle.output_weight, bundle.output_bias)

    def score_recordings(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        return logits(embedding, _projections(inputs, bundle), bundle.output_weight, bundle.output_bias)

    with ThreadPoolExecutor(2) as pool:  # ONNX Runtime works outside of Python's lock
        query = pool.submit(_evidence, match.query, score_queries)
        recording = pool.submit(_evidence, match.recording, score_recordings)
        return Explanation(METHOD, match.logit, query.result(), recording.result())


def occlude(
    clip: NDArray[np.float32], score: Score, *, silence: float = 0.0, n_heard: int | None = None
) -> NDArray[np.float32]:
    """Attributions, (mel bands, frames), of what a tower is given of a clip, (mel bands, frames).

    They add up to the score of the clip less the score of silence. The points of a tile share what it is worth.

    Args:
        clip: The spectrogram.
        score: Of such spectrograms.
        silence: What the tower is given where no sound is.
        n_heard: How many frames the file fills, at least 1; all of them by default.
    """
    rng = np.random.default_rng(_SEED)
    total = np.zeros(clip.shape)
    for _ in range(N_ORDERS // 2):
        tiles = _grid(clip.shape, clip.shape[1] if n_heard is None else n_heard, rng)
        n_points = np.bincount(tiles.ravel())
        order = rng.permutation(len(n_points))
        for steps in (order, len(order) - 1 - order):  # when each tile is hidden
            scores = _scores_as_hidden(clip, steps[tiles], len(order), score, silence)
            drops = (scores[:-1] - scores[1:])[steps]
            total += (drops / n_points)[tiles]
    return (total / N_ORDERS).astype(np.float32)


def smoothed(attribution: NDArray[np.float32], n_heard: int) -> NDArray[np.float32]:
    """The same in all, each point's handed to those near it; of (mel bands, frames), the first so many heard."""
    made = attribution.copy()
    heard = attribution[:, :n_heard]
    made[:, :n_heard] = _spread(heard.shape[0]) @ heard @ _spread(heard.shape[1]).T
    return made


def _spread(n: int) -> NDArray[np.float64]:
    """(n, n) how much of what is at a place, by columns, goes to each: in all, all of it."""
    places = np.arange(n)
    near = np.exp(-0.5 * np.square(np.subtract.outer(places, places) * TILES_PER_AXIS * _TILES_SPREAD / n))
    spread: NDArray[np.float64] = near / near.sum(axis=0)
    return spread


def _scores_as_hidden(
    clip: NDArray[np.float32], steps: NDArray[np.int64], n_steps: int, score: Score, silence: float
) -> NDArray[np.float64]:
    """(n_steps + 1,) scores before the first step, after it, and so on; `steps` says when each point is hidden."""
    scores = []
    for first in range(0, n_steps + 1, _BATCH_CLIPS):
        done = np.arange(first, min(first + _BATCH_CLIPS, n_steps + 1))[:, None, None]
        scores.append(score(np.where(steps >= done, clip, np.float32(silence))[:, None]))
    return np.concatenate(scores).astype(np.float64)


def _grid(shape: tuple[int, int], n_heard: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which tile each point is in, numbered from 0; the grid begins at random, and what follows it is one tile."""
    rows, columns = (
        np.floor(np.arange(length) * TILES_PER_AXIS / length + rng.uniform()).astype(int)
        for length in (shape[0], n_heard)
    )
    numbers = np.full(shape, -1)
    numbers[:, :n_heard] = rows[:, None] * (TILES_PER_AXIS + 1) + columns
    tiles: NDArray[np.int64] = np.unique(numbers, return_inverse=True)[1].reshape(shape)
    return tiles


def _evidence(clip: Clip, score: Score) -> Evidence:
    silence = clip.front_end.silence
    ends = np.stack([clip.network_input, np.full_like(clip.network_input, silence)])
    heard, silent = score(ends[:, None])
    attribution = occlude(clip.network_input, score, silence=silence, n_heard=clip.n_heard)
    return Evidence(clip, smoothed(attribution, clip.n_heard), float(heard - silent))


def _embeddings(inputs: NDArray[np.float32], bundle: Bundle) -> NDArray[np.float32]:
    """Embeddings q = Wa a + c, (n, h)."""
    head = bundle.head
    embeddings: NDArray[np.float32] = (
        np.einsum("nf,hf->nh", bundle.imitation_features(inputs), head.imitation_weight) + head.hidden_bias
    )
    return embeddings


def _projections(inputs: NDArray[np.float32], bundle: Bundle) -> NDArray[np.float32]:
    """Projections p = Wb b, (n, h)."""
    projections: NDArray[np.float32] = np.einsum(
        "nf,hf->nh", bundle.recording_features(inputs), bundle.head.recording_weight
    )
    return projections
