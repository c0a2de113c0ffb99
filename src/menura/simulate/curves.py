"""Curves of control: one value every 10 ms, and how they are smoothed.

The same recording and seed give the same imitation on every machine. So here and in the modules beside this one sums of
products are taken by `einsum`, in one order, and not by BLAS, whose order is a matter of its threads and of the
processor; and functions like exp and log are taken in double precision, then rounded to single: numpy's own for single
precision differ from processor to processor, and those for double in bits that the rounding drops.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Curve = NDArray[np.float32]

FRAME_S = 0.01
FRAME_RATE_HZ = 100.0


def as_curve(values: ArrayLike) -> Curve:
    """The values in single precision."""
    return np.asarray(values, dtype=np.float32)


def smooth(curve: Curve, cutoff_hz: float) -> Curve:
    """The curve, (n,), low-passed by a Gaussian whose gain at `cutoff_hz` is one half; the ends are held."""
    sigma = _gaussian_sigma(cutoff_hz)
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    held = np.concatenate([np.full(reach, curve[0]), curve, np.full(reach, curve[-1])]).astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(held, 2 * reach + 1)
    return as_curve(np.einsum("ij,j->i", windows, kernel / kernel.sum()))


def amplitude(level_db: Curve) -> Curve:
    """The amplitude of a level in dB, 1 at 0 dB."""
    return as_curve(np.power(10.0, level_db / 20, dtype=np.float64))


def smoothstep(values: Curve, low: float, high: float) -> Curve:
    """0 below `low`, 1 above `high`, and a smooth cubic between."""
    x = np.clip((values - low) / (high - low), 0.0, 1.0)
    return as_curve(x * x * (3.0 - 2.0 * x))


def wander(n_frames: int, cutoff_hz: float, rng: np.random.Generator) -> Curve:
    """Smooth noise of unit variance, (n_frames,): how a person's control drifts."""
    # A Gaussian of standard deviation sigma leaves 1 / (2 sqrt(pi) sigma) of white noise's variance.
    gain = np.sqrt(max(2.0 * np.sqrt(np.pi) * _gaussian_sigma(cutoff_hz), 1.0))
    return as_curve(gain * smooth(as_curve(rng.standard_normal(n_frames)), cutoff_hz))


def latest_of(n_frames: int, times_s: Curve) -> NDArray[np.int64]:
    """Which of some ascending times, one at least, is the latest at each frame, the first before it: (n_frames,)."""
    clock = np.arange(n_frames) * FRAME_S
    return np.maximum(np.searchsorted(times_s, clock + 1e-6, side="right") - 1, 0)


def since_last(n_frames: int, times_s: Curve) -> Curve:
    """Seconds since the latest of some ascending times, or since the start; negative before the first: (n_frames,)."""
    times_s = times_s if len(times_s) else np.zeros(1, np.float32)
    return as_curve(np.arange(n_frames) * FRAME_S - times_s[latest_of(n_frames, times_s)])


def frames_at(times_s: Curve, n_frames: int) -> NDArray[np.int64]:
    """The frames nearest to some times, all of them within the curve."""
    return np.clip(np.round(times_s / FRAME_S).astype(np.int64), 0, n_frames - 1)


def _gaussian_sigma(cutoff_hz: float) -> float:
    """Standard deviation, in frames, of the Gaussian whose gain at `cutoff_hz` is one half."""
    return float(FRAME_RATE_HZ * np.sqrt(np.log(2) / 2) / (np.pi * cutoff_hz))
