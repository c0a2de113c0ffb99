"""Log-mel spectrograms, as the towers see them (paper, sections 3.1 and figure 1).

The definition is librosa's (`melspectrogram` with Slaney's mel scale and area-normalised bands, then `power_to_db`
relative to the maximum), with frame = window = FFT length; the tests hold the two together. It is written out here
because the base install does without librosa, and because a search spends a good part of its time in it.

Whoever asks here need not know which front end a tower has: that of mn04, in `menura.audio.kaldi`, answers as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from menura.audio.kaldi import hz_to_kaldi_mel, kaldi_filterbank, kaldi_input, kaldi_mel_to_hz
from menura.audio.spectra import BandGroup, band_groups, band_power, power_spectra
from menura.specs import KALDI_SCALE, FrontEndSpec, KaldiFrontEndSpec

POWER_FLOOR = 1e-10
"""Power below which a mel band counts as silent: -100 dB relative to a full-scale band."""

_KALDI_DB = 10 / np.log(10) * KALDI_SCALE  # from the levels that mn04 is given

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
    if isinstance(spec, KaldiFrontEndSpec):
        levels = kaldi_input(samples, spec)
        below_loudest: NDArray[np.float32] = (levels - levels.max()) * np.float32(_KALDI_DB)
        return np.maximum(below_loudest, np.float32(-spec.dynamic_range_db))
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

    mn04 is given levels in their own unit (see `KaldiFrontEndSpec`).

    Args:
        samples: (n,) mono at `spec.sample_rate_hz`, as for `log_mel`.
        spec: The front end.

    Returns:
        (n_mels, n_frames); `spec.silence` everywhere for a silent clip, and for the paper's towers for any clip whose
        spectrogram is constant.
    """
    if isinstance(spec, KaldiFrontEndSpec):
        return kaldi_input(samples, spec)
    clip = log_mel(samples, spec)
    spread = clip.std()
    return (clip - clip.mean()) / spread if spread > 0 else np.zeros_like(clip)


@lru_cache(maxsize=8)
def mel_filterbank(spec: FrontEndSpec) -> NDArray[np.float32]:
    """Triangular mel bands: of unit area; mn04's, of height 1.

    Returns:
        (n_mels, frame_samples // 2 + 1) weights on the bins of the power spectrum; read-only, since it is shared.
    """
    if isinstance(spec, KaldiFrontEndSpec):
        return kaldi_filterbank(spec)
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
    to_hz = kaldi_mel_to_hz if isinstance(spec, KaldiFrontEndSpec) else _mel_to_hz
    low, high = _hz_to_mel_of(spec)([spec.f_min_hz, spec.f_max_hz])
    return to_hz(np.linspace(low, high, spec.n_mels + 2))


def band_of(hz: float, spec: FrontEndSpec) -> float:
    """Place of a frequency on the axis of a front end's mel bands: 0 is the centre of the lowest, fractions between."""
    low, place, high = _hz_to_mel_of(spec)([spec.f_min_hz, hz, spec.f_max_hz])
    return float((place - low) / (high - low) * (spec.n_mels + 1) - 1)


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
    return band_power(power_spectra(frames, window, frame, n_sounding), _band_groups(spec)).T


@lru_cache(maxsize=8)
def _band_groups(spec: FrontEndSpec) -> list[BandGroup]:
    return band_groups(mel_filterbank(spec))


@lru_cache(maxsize=8)
def _hann(length: int) -> NDArray[np.float64]:
    """The periodic Hann window."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    window.setflags(write=False)
    return window


def _hz_to_mel_of(spec: FrontEndSpec) -> Callable[[ArrayLike], NDArray[np.float64]]:
    return hz_to_kaldi_mel if isinstance(spec, KaldiFrontEndSpec) else _hz_to_mel


def _hz_to_mel(hz: ArrayLike) -> NDArray[np.float64]:
    frequency = np.asarray(hz, dtype=np.float64)
    above = _BREAK_MEL + _MELS_PER_LOG * np.log(np.maximum(frequency, _BREAK_HZ) / _BREAK_HZ)
    return np.where(frequency < _BREAK_HZ, frequency / _HZ_PER_MEL, above)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK_HZ * np.exp((np.maximum(mel, _BREAK_MEL) - _BREAK_MEL) / _MELS_PER_LOG)
    return np.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, above)
