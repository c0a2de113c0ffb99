"""How alike an imitation and a recording are, as they go on: their loudness and their brightness over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from menura.specs import Side

STEP_S = 0.025


def pair_likeness(patterns: Mapping[Side, NDArray[np.float32]], frame_s: Mapping[Side, float]) -> NDArray[np.float64]:
    """Mean of two correlations, of the loudness and of the brightness, of every imitation with every recording.

    Loudness is a frame's mean over the bands, brightness the place of its centre of weight, weights being how far a
    band is above the frame's lowest. Both are read every 25 ms over the time that both sides last.

    Args:
        patterns: (n, mel, frames) of each side.
        frame_s: Seconds from one frame to the next on each side.

    Returns:
        (n, n): the i-th imitation with the j-th recording, from -1 to 1.
    """
    lasts_s = min(patterns[side].shape[2] * frame_s[side] for side in patterns)
    times_s = np.arange(0, lasts_s - STEP_S, STEP_S)
    loudness, brightness = (
        [_rows_at(course(patterns[side]), frame_s[side], times_s) for side in patterns]
        for course in (_loudness, _brightness)
    )
    likeness: NDArray[np.float64] = (_correlations(*loudness) + _correlations(*brightness)) / 2
    return likeness


def _loudness(patterns: NDArray[np.float32]) -> NDArray[np.float64]:
    loudness: NDArray[np.float64] = patterns.astype(np.float64).mean(axis=1)
    return loudness


def _brightness(patterns: NDArray[np.float32]) -> NDArray[np.float64]:
    weights = patterns.astype(np.float64) - patterns.min(axis=1, keepdims=True)
    bands = np.arange(patterns.shape[1])[None, :, None]
    centres: NDArray[np.float64] = (weights * bands).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)
    return centres


def _rows_at(courses: NDArray[np.float64], frame_s: float, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, frames) courses smoothed over 25 ms and read at some times, (n, times)."""
    width = max(1, round(STEP_S / frame_s))
    smooth = np.apply_along_axis(lambda row: np.convolve(row, np.ones(width) / width, "same"), 1, courses)
    at_s = np.arange(courses.shape[1]) * frame_s
    return np.stack([np.interp(times_s, at_s, row) for row in smooth])


def _correlations(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    def standard(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        centred: NDArray[np.float64] = rows - rows.mean(axis=1, keepdims=True)
        centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
        return centred

    correlations: NDArray[np.float64] = standard(some) @ standard(others).T
    return correlations
