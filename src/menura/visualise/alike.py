"""How alike the patterns are that a neuron came to from several starts, wherever in their field they lie."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2

Pattern = NDArray[np.float32]


def aligned_correlation(one: Pattern, other: Pattern) -> float:
    """The correlation of two patterns of one shape when the second is moved to where it fits best.

    Each is taken less its mean and moved over silence, so that what does not overlap counts against them: 1 for a
    pattern and itself or a part of its field shifted in from silence, about 0 for unlike ones, never below that of
    the patterns as they lie.

    Args:
        one: (mel, frames).
        other: The same shape.
    """
    return _aligned(_spectrum(one), _spectrum(other), one.shape)


def alikeness(patterns: NDArray[np.float32]) -> float:
    """The median aligned correlation of all pairs of (k, mel, frames) patterns; 1 of a single one."""
    spectra = [_spectrum(pattern) for pattern in patterns]
    shape = patterns.shape[1:]
    pairs = [_aligned(one, other, shape) for one, other in combinations(spectra, 2)]
    return float(np.median(pairs)) if pairs else 1.0


def _spectrum(pattern: Pattern) -> NDArray[np.complex64]:
    """Of a pattern less its mean, of norm 1, with as much silence beside it as it may be moved by."""
    centred = pattern - pattern.mean()
    norm = float(np.linalg.norm(centred))
    spectrum: NDArray[np.complex64] = rfft2(centred / norm if norm > 0 else centred, _padded(pattern.shape))
    return spectrum


def _aligned(one: NDArray[np.complex64], other: NDArray[np.complex64], shape: tuple[int, ...]) -> float:
    return float(irfft2(one * other.conj(), _padded(shape)).max())


def _padded(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(next_fast_len(2 * size - 1, real=True) for size in shape)
