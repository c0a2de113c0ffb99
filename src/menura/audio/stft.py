"""A sound in overlapping frames of 20 ms: their spectra, what is in the bands of hearing, and the sound again.

Frames overlap by half under a sine window, once before the transform and once after it, so that frames that are left
as they are add up to the sound (Princen and Bradley, *Analysis/synthesis filter bank design based on time domain
aliasing cancellation*, 1986, for the condition).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

HOP_S = 0.01
"""From one frame to the next; a frame is twice as long and is centred on its number times this."""

_N_BANDS = 24
_BANDS_HZ = (75.0, 8_000.0)
_VOICE_HZ = 300.0  # below, where rooms rumble more than voices do, bands count the less the lower they are
_MEL_BREAK_HZ = 700.0


def hop_samples(rate_hz: int) -> int:
    """Samples from one frame to the next."""
    return round(HOP_S * rate_hz)


def spectra_of(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.complex64]:
    """The spectra of a sound's frames, the first centred on its first sample and the last on its end or after.

    Args:
        samples: (n,) mono.
        rate_hz: Their rate.

    Returns:
        (frames, `hop_samples` + 1).
    """
    hop = hop_samples(rate_hz)
    n_frames = -(-len(samples) // hop) + 1
    padded = np.zeros((n_frames + 1) * hop, np.float32)
    padded[hop : hop + len(samples)] = samples
    frames = sliding_window_view(padded, 2 * hop)[::hop] * _window(hop)
    return np.fft.rfft(frames).astype(np.complex64, copy=False)


def sound_of(spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    """The sound from the centre of the first of (k, hop + 1) frames to that of the last: ((k - 1) x hop,) samples."""
    hop = spectra.shape[1] - 1
    frames = np.fft.irfft(spectra, 2 * hop).astype(np.float32, copy=False) * _window(hop)
    samples: NDArray[np.float32] = (frames[:-1, hop:] + frames[1:, :hop]).ravel()
    return samples


def power_of(spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    """The power in each bin of each frame, so that a frame's bins add up to its mean square: (frames, bins)."""
    hop = spectra.shape[1] - 1
    scaled = np.float32(1 / hop**2)
    power: NDArray[np.float32] = (spectra.real**2 + spectra.imag**2) * scaled
    return power


def band_power(power: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """The power in bands evenly spaced on the mel scale, in which rumble counts little: (frames, bands)."""
    edges, weights = _bands(power.shape[1], rate_hz)
    bands: NDArray[np.float32] = np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1) * weights
    return bands


def smooth(values: NDArray[np.float32], reach: int = 1) -> NDArray[np.float32]:
    """The mean over each place of the first axis and `reach` neighbours on both sides, the outermost repeated."""
    edge = [(reach, reach)] + [(0, 0)] * (values.ndim - 1)
    padded = np.pad(values, edge, mode="edge")
    total = padded[: len(values)].copy()
    for shift in range(1, 2 * reach + 1):
        total += padded[shift : shift + len(values)]
    total /= np.float32(2 * reach + 1)
    return total


@lru_cache(maxsize=8)
def _window(hop: int) -> NDArray[np.float32]:
    window: NDArray[np.float32] = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)).astype(np.float32)
    window.setflags(write=False)
    return window


@lru_cache(maxsize=8)
def _bands(n_bins: int, rate_hz: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The bins between which the bands lie, (bands + 1,), and the bands' weights, (bands,)."""
    bins_hz = np.linspace(0, rate_hz / 2, n_bins)
    low, high = np.log1p(np.minimum(_BANDS_HZ, rate_hz / 2 * np.array([0.5, 1.0])) / _MEL_BREAK_HZ)
    edges_hz = _MEL_BREAK_HZ * np.expm1(np.linspace(low, high, _N_BANDS + 1))
    edges = np.unique(np.searchsorted(bins_hz, edges_hz))
    squared = np.square(bins_hz[edges[:-1]])
    return edges, (squared / (squared + _VOICE_HZ**2)).astype(np.float32)
