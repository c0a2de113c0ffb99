"""What a pattern looks like, as numbers: stripes and their direction, periods, extent, sharpness.

Every measure is taken of one pattern (mel, frames) and does not change when the pattern is scaled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pattern = NDArray[np.float32]
_PADDED = 8  # spectra of patterns are read this much finer than a pattern's own bins
MOST_ENERGY = 0.9


def coherence(pattern: Pattern) -> float:
    """How much of the pattern's change is in one direction: 0 in none, 1 all of it (a stripe).

    (l1 - l2) / (l1 + l2) of the eigenvalues of the structure tensor, the sum of the gradients' outer products (Bigun
    and Granlund 1987).
    """
    (mel, cross), (_, time) = _structure_tensor(pattern)
    total = mel + time
    return float(np.hypot(mel - time, 2 * cross) / total) if total > 0 else 0.0


def direction_degrees(pattern: Pattern) -> float:
    """Direction of a stripe, in (-90, 90]: 0 horizontal (a held tone), 90 vertical (a click), -45 falling."""
    (mel, cross), (_, time) = _structure_tensor(pattern)
    across = 0.5 * np.arctan2(2 * cross, time - mel)  # of the gradient, from the time axis
    along = np.degrees(across) + 90
    return float(along - 180 if along > 90 else along)


def period_frames(pattern: Pattern) -> float:
    """Period of the strongest repetition along time, in frames.

    The peak of the power spectrum along time, summed over bands, each without its mean and under a Hann window; a
    period longer than the pattern is no repetition and is not looked for.
    """
    n = pattern.shape[1]
    windowed = (pattern - pattern.mean(axis=1, keepdims=True)) * np.hanning(n + 2)[1:-1]
    power = np.square(np.abs(np.fft.rfft(windowed, _PADDED * n, axis=1))).sum(axis=0)
    power[:_PADDED] = 0
    return _PADDED * n / int(np.argmax(power)) if power.any() else float(n)


def extent(pattern: Pattern) -> tuple[int, int]:
    """(bands, frames) that hold nine tenths of the pattern's energy, the weakest at either end left out."""
    energy = np.square(pattern.astype(np.float64))
    bands, frames = (_shortest(energy.sum(axis=axis)) for axis in (1, 0))
    return bands, frames


def sharpness(pattern: Pattern) -> float:
    """Mean of the steepest twentieth of the steps between neighbours, in standard deviations of the pattern."""
    spread = float(pattern.std())
    steps = np.sort(np.concatenate([np.abs(np.diff(pattern, axis=axis)).ravel() for axis in (0, 1)]))
    return float(steps[-max(1, len(steps) // 20) :].mean()) / spread if spread > 0 else 0.0


def fineness(pattern: Pattern) -> float:
    """Mean spatial frequency, in cycles a tile: 0 for one broad patch, about 0.38 for white noise."""
    power = np.square(np.abs(np.fft.fft2(pattern - pattern.mean())))
    mel, time = (np.fft.fftfreq(n) for n in pattern.shape)
    frequency = np.hypot(mel[:, None], time[None, :])
    return float((power * frequency).sum() / power.sum()) if power.any() else 0.0


def _structure_tensor(pattern: Pattern) -> NDArray[np.float64]:
    """(2, 2) sums of products of the gradient along mel and along time."""
    x = pattern.astype(np.float64)
    mel = (x[1:, :] - x[:-1, :])[:, 1:] + (x[1:, :] - x[:-1, :])[:, :-1]
    time = (x[:, 1:] - x[:, :-1])[1:, :] + (x[:, 1:] - x[:, :-1])[:-1, :]
    return np.array([[np.sum(mel * mel), np.sum(mel * time)], [np.sum(mel * time), np.sum(time * time)]])


def _shortest(energy: NDArray[np.float64]) -> int:
    """Length of what is left of a (n,) profile when its ends, the weaker one first, have given up a tenth of it."""
    first, last, spare = 0, len(energy) - 1, (1 - MOST_ENERGY) * energy.sum() * (1 + 1e-9)
    while first < last and (weaker := min(energy[first], energy[last])) <= spare:
        spare -= weaker
        if energy[first] <= energy[last]:
            first += 1
        else:
            last -= 1
    return last - first + 1
