"""MFCCs compared by dynamic time warping: how speech was recognised before models of it were trained.

A clip becomes a sequence of mel-frequency cepstral coefficients, the shape of its spectrum every 40 ms, with their
changes over time. Warping finds the best alignment of two sequences in which time never runs backwards; the mean
distance along it says how different they are.

The alignment is the symmetric form of Sakoe and Chiba (1978): a diagonal step counts twice, so that the weights of any
path add up to the two lengths together, and dividing by these makes paths of all lengths comparable. Their band keeps
the two clips' positions within `BAND` of each other, both counted from 0 to 1, so that another tempo costs nothing.

The coefficients lose their mean over the clip, which is the microphone and the timbre of the voice, but keep their
variance: normalising that too, as is common for speech, cost more than half of the score above chance. All settings
were chosen on recordings kept apart from any measurement.
"""

from __future__ import annotations

from collections.abc import Sequence

import librosa
import numpy as np
from numpy.typing import NDArray

from menura.evaluation.systems.system import System, beginning

SAMPLE_RATE_HZ = 16_000
DURATION_S = 4.0
WINDOW_SAMPLES = 1_024  # 64 ms
HOP_SAMPLES = 640  # 40 ms
N_MELS = 40
N_MFCC = 20
DELTA_FRAMES = 9
DELTA_WEIGHT = 3.0
TRIM_DB = 40.0  # below the loudest moment: quieter beginnings and ends are cut off, since a path must align both ends
DYNAMIC_RANGE_DB = 50.0
BAND = 0.1

_BLOCK = 64  # candidates aligned at once: their matrices stay in the cache


def describe(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """What `scores` compares.

    Args:
        samples: (n,) mono, n >= 1, finite; the first `DURATION_S` count.
        sample_rate_hz: Its rate.

    Returns:
        (frames, 2 x N_MFCC) in dB: the coefficients with zero mean over the clip, then `DELTA_WEIGHT` times their
        changes a frame.
    """
    mel = librosa.feature.melspectrogram(
        y=_clip(samples, sample_rate_hz),
        sr=SAMPLE_RATE_HZ,
        n_fft=WINDOW_SAMPLES,
        hop_length=HOP_SAMPLES,
        n_mels=N_MELS,
        fmin=50.0,
    )
    decibels = librosa.power_to_db(mel, ref=np.max, top_db=DYNAMIC_RANGE_DB)
    coefficients = librosa.feature.mfcc(S=decibels, n_mfcc=N_MFCC)
    changes = librosa.feature.delta(coefficients, width=DELTA_FRAMES, mode="nearest")
    centred = coefficients - coefficients.mean(axis=1, keepdims=True)
    sequence: NDArray[np.float32] = np.concatenate([centred, DELTA_WEIGHT * changes]).T.astype(np.float32)
    return sequence


def scores(queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """How alike the sequences are once aligned.

    Args:
        queries: q descriptors from `describe`, (frames, coefficients) each.
        candidates: c descriptors.

    Returns:
        (q, c), at most 0: minus the cost of the best path, the mean distance along it.
    """
    costs = np.empty((len(queries), len(candidates)))
    for start in range(0, len(candidates), _BLOCK):
        block = candidates[start : start + _BLOCK]
        lengths = np.array([len(candidate) for candidate in block])
        padded = np.zeros((len(block), lengths.max(), block[0].shape[1]))
        for row, candidate in zip(padded, block, strict=True):
            row[: len(candidate)] = candidate
        for row, query in enumerate(queries):
            costs[row, start : start + _BLOCK] = _path_costs(query.astype(np.float64), padded, lengths)
    return -costs


def _clip(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """The beginning at `SAMPLE_RATE_HZ` without quiet ends, with zeros after it if it is shorter than a window."""
    resampled = beginning(samples, sample_rate_hz, DURATION_S, SAMPLE_RATE_HZ)
    trimmed = _without_quiet_ends(resampled) if np.any(resampled) else resampled
    clip: NDArray[np.float32] = np.pad(trimmed, (0, max(0, WINDOW_SAMPLES - len(trimmed))))
    return clip


def _without_quiet_ends(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """From the first to the last frame that is loud enough."""
    level = librosa.feature.rms(y=clip, frame_length=2 * WINDOW_SAMPLES, hop_length=WINDOW_SAMPLES // 2)[0]
    loud = np.flatnonzero(level > 10 ** (-TRIM_DB / 20) * level.max())
    trimmed: NDArray[np.float32] = clip[loud[0] * WINDOW_SAMPLES // 2 : (loud[-1] + 1) * WINDOW_SAMPLES // 2]
    return trimmed


def _path_costs(
    query: NDArray[np.float64], candidates: NDArray[np.float64], lengths: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Normalised cost of the best path from a query to each of k candidates: (k,).

    Row by row of the cost matrix, all candidates at once. A cell is reached from the row before, or along its own row
    at the sum of what lies between: with running sums S, the least of `entered - S` so far, plus S.

    Args:
        query: (n, d).
        candidates: (k, m, d), of which the first `lengths` frames of each count.
        lengths: (k,).
    """
    distances = _distances(query, candidates)
    n = len(query)
    position = np.arange(candidates.shape[1]) / np.maximum(lengths - 1, 1)[:, None]
    reach = np.maximum(BAND, 1 / np.minimum(n, lengths))[:, None]  # one frame at least, however short the clip
    costs = np.full(position.shape, np.inf)
    for row in range(n):
        distance = distances[:, row]
        entered = costs + distance
        entered[:, 1:] = np.minimum(entered[:, 1:], costs[:, :-1] + 2 * distance[:, 1:])
        if row == 0:
            entered[:, 0] = 2 * distance[:, 0]
        outside = np.abs(position - row / max(n - 1, 1)) > reach
        entered[outside] = np.inf
        sums = np.cumsum(distance, axis=1)
        costs = np.minimum.accumulate(entered - sums, axis=1) + sums
        costs[outside] = np.inf
    best: NDArray[np.float64] = costs[np.arange(len(lengths)), lengths - 1] / (n + lengths)
    return best


def _distances(query: NDArray[np.float64], candidates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean distances between all frames: (k, n, m)."""
    products = query @ candidates.transpose(0, 2, 1)
    squares = (query**2).sum(axis=1)[:, None] + (candidates**2).sum(axis=2)[:, None, :] - 2 * products
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0))
    return distances


SYSTEMS = (System(name="MFCC + DTW", describe=describe, scores=scores),)
