"""Log-mel spectrograms, as the towers see them (paper, sections 3.1 and figure 1).

The definition is librosa's (`melspectrogram` with Slaney's mel scale and area-normalised bands, then `power_to_db`
relative to the maximum), with frame = window = FFT length; the tests hold the two together. It is written out here
because the base install does without librosa, and because a search spends a good part of its time in it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from menura.specs import FrontEndSpec

POWER_FLOOR = 1e-10
"""Power below which a mel band counts as silent: -100 dB relative to a full-scale band."""

_BLOCK_SAMPLES = 1 << 15  # windowed at once: larger blocks are asked of the system anew each time, which costs more
_GROUP_BANDS = 16  # summed at once: neighbours share bins, and of most other bins their weights are 0

# Slaney's mel scale: linear up to 1 kHz at 200/3 Hz a mel, then logarithmic with 27 mels for each factor of 6.4.
_HZ_PER_MEL = 200 / 3
_BREAK_HZ = 1_000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_MELS_PER_LOG = 27 / np.log(6.4)


def log_mel(samples: NDArray[np.floating], spec: FrontEndSpec) -> NDArray[np.float32]:
    """The log-mel spectrogram of a clip.

    Args:
        samples: (n,) mono at `spec.sample_rate_hz`; the first `spec.n_samples` count, zeros follow a shorter clip.
        spec: The front end.

    Returns:
        (n_mels, n_frames) in dB relative to the clip's loudest band, from -`spec.dynamic_range_db` to 0. A silent
        clip is 0 dB everywhere.

    Raises:
        ValueError: A sample is not finite.
    """
    clip = samples[: spec.n_samples]
    peak = float(np.max(np.abs(clip), initial=0))
    if not np.isfinite(peak):
        raise ValueError("a sample is not finite")
    if peak == 0:
        return np.zeros(spec.shape, np.float32)
    power = _mel_power(clip, peak, spec)
    loudest = float(power.max())
    floor = POWER_FLOOR / peak / peak
    if loudest <= floor:
        return np.zeros(spec.shape, np.float32)
    lowest = max(floor / loudest, 10 ** (-spec.dynamic_range_db / 10))
    decibels = 10 * np.log10(np.maximum(power / np.float32(loudest), np.float32(lowest)))
    limited: NDArray[np.float32] = np.maximum(decibels, np.float32(-spec.dynamic_range_db))  # rounding may pass it
    return limited


def network_input(samples: NDArray[np.floating], spec: FrontEndSpec) -> NDArray[np.float32]:
    """What a tower is given: the log-mel spectrogram with zero mean and unit variance over the clip.

    Args:
        samples: (n,) mono at `spec.sample_rate_hz`, as for `log_mel`.
        spec: The front end.

    Returns:
        (n_mels, n_frames); all zeros for a clip whose spectrogram is constant, such as silence.
    """
    clip = log_mel(samples, spec)
    spread = clip.std()
    return (clip - clip.mean()) / spread if spread > 0 else np.zeros_like(clip)


@lru_cache(maxsize=8)
def mel_filterbank(spec: FrontEndSpec) -> NDArray[np.float32]:
    """Triangular mel bands of unit area.

    Returns:
        (n_mels, frame_samples // 2 + 1) weights on the bins of the power spectrum; read-only, since it is shared.
    """
    bins_hz = np.fft.rfftfreq(spec.frame_samples, 1 / spec.sample_rate_hz)
    edges_hz = _band_edges_hz(spec)
    low, centre, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    triangles = np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre))
    bands: NDArray[np.float32] = (np.maximum(triangles, 0) * 2 / (high - low)).astype(np.float32)
    bands.setflags(write=False)
    return bands


def mel_centres_hz(spec: FrontEndSpec) -> NDArray[np.float64]:
    """Frequencies of the centres of a front end's mel bands, (n_mels,), ascending."""
    return _band_edges_hz(spec)[1:-1]


def _band_edges_hz(spec: FrontEndSpec) -> NDArray[np.float64]:
    """Where the mel bands begin, have their centres and end, (n_mels + 2,): a band reaches over three of them."""
    return _mel_to_hz(np.linspace(_hz_to_mel(spec.f_min_hz), _hz_to_mel(spec.f_max_hz), spec.n_mels + 2))


def band_of(hz: float, spec: FrontEndSpec) -> float:
    """Place of a frequency on the axis of a front end's mel bands: 0 is the centre of the lowest, fractions between."""
    low, high = _hz_to_mel(spec.f_min_hz), _hz_to_mel(spec.f_max_hz)
    return float((_hz_to_mel(hz) - low) / (high - low) * (spec.n_mels + 1) - 1)


def _mel_power(clip: NDArray[np.floating], scale: float, spec: FrontEndSpec) -> NDArray[np.float32]:
    """(n_mels, n_frames) power of `clip` / `scale`; frame k is centred on sample k x hop, with zeros beyond both ends.

    The transform is in double precision: in single, rounding alone moves bands 60 dB below the loudest by hundredths of
    a dB. Its squares and their sum over a band, all positive, lose nothing in single, once the scale keeps them from
    overflowing.
    """
    frame, hop = spec.frame_samples, spec.hop_samples
    length = max(frame + hop * (spec.n_frames - 1), frame // 2 + len(clip))
    padded = np.zeros(length, np.float32)
    padded[frame // 2 : frame // 2 + len(clip)] = clip
    frames = sliding_window_view(padded, frame)[::hop][: spec.n_frames]
    window = _hann(frame) / scale
    n_sounding = min(spec.n_frames, -(-(frame // 2 + len(clip)) // hop))  # after these come zeros alone
    spectra = np.zeros((spec.n_frames, frame // 2 + 1), np.float32)
    step = max(1, _BLOCK_SAMPLES // frame)
    for at in range(0, n_sounding, step):
        parts = np.fft.rfft(frames[at : min(at + step, n_sounding)] * window).astype(np.complex64).view(np.float32)
        parts *= parts  # of real and imaginary parts by turns
        np.add(parts[:, ::2], parts[:, 1::2], out=spectra[at : at + len(parts)])
    power = np.empty((spec.n_frames, spec.n_mels), np.float32)
    for bands, bins, weights in _band_groups(spec):
        np.matmul(spectra[:, bins], weights, out=power[:, bands])
    return power.T


@lru_cache(maxsize=8)
def _band_groups(spec: FrontEndSpec) -> list[tuple[slice, slice, NDArray[np.float32]]]:
    """Neighbouring mel bands, the bins that they lie on, and the weights (bins, bands) there; elsewhere these are 0."""
    filterbank = mel_filterbank(spec)
    groups = []
    for first in range(0, spec.n_mels, _GROUP_BANDS):
        bands = slice(first, min(first + _GROUP_BANDS, spec.n_mels))
        used = np.flatnonzero(filterbank[bands].any(axis=0))
        bins = slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 1)  # no bin is in a narrow band
        groups.append((bands, bins, np.ascontiguousarray(filterbank[bands, bins].T)))
    return groups


@lru_cache(maxsize=8)
def _hann(length: int) -> NDArray[np.float64]:
    """The periodic Hann window."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    window.setflags(write=False)
    return window


def _hz_to_mel(hz: ArrayLike) -> NDArray[np.float64]:
    frequency = np.asarray(hz, dtype=np.float64)
    above = _BREAK_MEL + _MELS_PER_LOG * np.log(np.maximum(frequency, _BREAK_HZ) / _BREAK_HZ)
    return np.where(frequency < _BREAK_HZ, frequency / _HZ_PER_MEL, above)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK_HZ * np.exp((np.maximum(mel, _BREAK_MEL) - _BREAK_MEL) / _MELS_PER_LOG)
    return np.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, above)
