"""The front end of mn04, the network that knows AudioSet: log-mel spectrograms after Kaldi's.

Source: Schmid, Koutini, Widmer, *Efficient large-scale audio tagging via transformer-to-CNN knowledge distillation*,
ICASSP 2023. The tests hold it to a sound that was put through the original.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from menura.audio.spectra import BandGroup, band_groups, band_power, power_spectra
from menura.specs import KALDI_FLOOR, KALDI_OFFSET, KALDI_SCALE, KaldiFrontEndSpec

_LOUDEST = 2.0**20  # louder clips, which only a broken file holds, are scaled down to it
_NOTHING = 1e-9  # power in a band of a clip in which no sound is; a single step of 16 bits has more
_MEL_FACTOR = 1127.0
_MEL_BREAK_HZ = 700.0


def kaldi_input(samples: NDArray[np.floating], spec: KaldiFrontEndSpec) -> NDArray[np.float32]:
    """What a tower is given of a clip: (ln(power + 1e-5) + 4.5) / 5 in each mel band of each frame, see the spec.

    In absolute loudness, a frame depends on the samples around it alone: the first frames of a clip are those of the
    clip cut short.

    Args:
        samples: (n,) mono at `spec.sample_rate_hz`; the first `spec.n_samples` count, zeros follow a shorter clip.
        spec: The front end.

    Returns:
        (n_mels, n_frames), `spec.silence` where no sound is.

    Raises:
        ValueError: A sample is not finite.
    """
    clip = samples[: spec.n_samples]
    peak = max(float(clip.max(initial=0)), -float(clip.min(initial=0)))
    if not np.isfinite(peak):
        raise ValueError("a sample is not finite")
    if peak > _LOUDEST:
        clip = clip * (_LOUDEST / peak)
    before = spec.window_samples // 2
    last = spec.hop_samples * (spec.n_frames - 1)
    emphasised = np.zeros(max(last + spec.window_samples, before + len(clip)), np.float32)
    sounding = emphasised[before : before + max(0, len(clip) - 1)]
    np.multiply(clip[:-1], -spec.pre_emphasis, out=sounding, casting="same_kind")
    sounding += clip[1:]
    frames = sliding_window_view(emphasised, spec.window_samples)[: last + 1 : spec.hop_samples]
    n_sounding = -(-(before + len(sounding)) // spec.hop_samples)  # after these come zeros alone
    spectra = power_spectra(frames, _symmetric_hann(spec.window_samples), spec.frame_samples, n_sounding)
    power = band_power(spectra, _band_groups(spec)).T
    return _in_absolute_loudness(power) if spec.loudest is None else _below_loudest(power, spec, spec.loudest)


def _in_absolute_loudness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    levels = np.empty(power.shape, np.float32)
    np.add(power, np.float32(KALDI_FLOOR), out=levels)
    np.log(levels, out=levels)
    levels += np.float32(KALDI_OFFSET)
    levels *= np.float32(1 / KALDI_SCALE)
    return levels


def _below_loudest(power: NDArray[np.float32], spec: KaldiFrontEndSpec, loudest: float) -> NDArray[np.float32]:
    highest = float(power.max())
    levels = np.empty(power.shape, np.float32)
    if highest <= _NOTHING:
        levels.fill(spec.silence)
        return levels
    np.maximum(power, np.float32(highest * 10 ** (-spec.dynamic_range_db / 10)), out=levels)
    np.log(levels, out=levels)
    levels *= np.float32(1 / KALDI_SCALE)
    levels += np.float32(loudest - np.log(highest) / KALDI_SCALE)
    return levels


@lru_cache(maxsize=8)
def kaldi_filterbank(spec: KaldiFrontEndSpec) -> NDArray[np.float32]:
    """Bands evenly spaced on the mel scale, triangles of height 1 in it.

    Returns:
        (n_mels, frame_samples // 2 + 1) weights on the bins of the power spectrum; read-only, since it is shared.
    """
    bins = hz_to_kaldi_mel(np.fft.rfftfreq(spec.frame_samples, 1 / spec.sample_rate_hz))
    edges = np.linspace(hz_to_kaldi_mel(spec.f_min_hz), hz_to_kaldi_mel(spec.f_max_hz), spec.n_mels + 2)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    bands: NDArray[np.float32] = np.maximum(triangles, 0).astype(np.float32)
    bands.setflags(write=False)
    return bands


def hz_to_kaldi_mel(hz: ArrayLike) -> NDArray[np.float64]:
    """Kaldi's mel scale, 1127 ln(1 + f / 700)."""
    return _MEL_FACTOR * np.log1p(np.asarray(hz, dtype=np.float64) / _MEL_BREAK_HZ)


def kaldi_mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """The frequency of a place on Kaldi's mel scale."""
    return _MEL_BREAK_HZ * np.expm1(mel / _MEL_FACTOR)


@lru_cache(maxsize=8)
def _band_groups(spec: KaldiFrontEndSpec) -> list[BandGroup]:
    return band_groups(kaldi_filterbank(spec))


@lru_cache(maxsize=8)
def _symmetric_hann(length: int) -> NDArray[np.float32]:
    window: NDArray[np.float32] = np.hanning(length).astype(np.float32)
    window.setflags(write=False)
    return window
