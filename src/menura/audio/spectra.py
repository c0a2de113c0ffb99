"""Power spectra of frames and their sums in bands: what all front ends have in common, and where their time goes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK_SAMPLES = 31 << 10  # transformed at once: larger arrays are asked of the system anew each time, which costs more
_GROUP_BANDS = 16  # summed at once: neighbours share bins, and of most other bins their weights are 0

BandGroup = tuple[slice, slice, NDArray[np.float32]]
"""Neighbouring bands, the bins that they lie on, and the weights (bins, bands) there; elsewhere these are 0."""


def power_spectra(
    frames: NDArray[np.float32], window: NDArray[np.floating], n_fft: int, n_sounding: int
) -> NDArray[np.float32]:
    """Power spectra of windowed frames.

    The transform is as precise as the window is. Squares and their sum, all positive, lose nothing in single precision.

    Args:
        frames: (n, samples), possibly overlapping views of one clip.
        window: (samples,), by which each frame is multiplied.
        n_fft: Length of the transform, zeros following a shorter frame.
        n_sounding: After so many frames all are zeros.

    Returns:
        (n, n_fft // 2 + 1).
    """
    spectra = np.zeros((len(frames), n_fft // 2 + 1), np.float32)
    step = max(1, _BLOCK_SAMPLES // n_fft)
    for at in range(0, min(len(frames), n_sounding), step):
        windowed = frames[at : min(at + step, n_sounding)] * window
        parts = np.fft.rfft(windowed, n_fft).astype(np.complex64, copy=False).view(np.float32)
        parts *= parts  # of real and imaginary parts by turns
        np.add(parts[:, ::2], parts[:, 1::2], out=spectra[at : at + len(parts)])
    return spectra


def band_groups(filterbank: NDArray[np.float32]) -> list[BandGroup]:
    """A bank of (bands, bins) weights, most of them 0, as the parts that are not."""
    groups = []
    for first in range(0, len(filterbank), _GROUP_BANDS):
        bands = slice(first, min(first + _GROUP_BANDS, len(filterbank)))
        used = np.flatnonzero(filterbank[bands].any(axis=0))
        bins = slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 1)  # no bin is in a narrow band
        groups.append((bands, bins, np.ascontiguousarray(filterbank[bands, bins].T)))
    return groups


def band_power(spectra: NDArray[np.float32], groups: list[BandGroup]) -> NDArray[np.float32]:
    """Weighted sums of (n, bins) power spectra in each band, (n, bands)."""
    power = np.empty((len(spectra), groups[-1][0].stop), np.float32)
    for bands, bins, weights in groups:
        np.matmul(spectra[:, bins], weights, out=power[:, bands])
    return power
