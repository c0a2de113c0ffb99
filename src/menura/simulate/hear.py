"""Hearing a recording: what a listener would take from it before imitating it.

A recording becomes a few slow curves, one value every 10 ms: how loud, what pitch and how surely, how bright, how
noisy, how rough, where it resonates as a vowel does, and where something begins. Nothing finer leaves this module, so
an imitation made from these curves cannot carry the waveform of the recording, only what a voice could have followed.

The pitch is the strongest peak of the normalised autocorrelation (Boersma 1993), taken from the power spectrum by the
Wiener-Khinchin theorem; a tone too high for it is read off the spectrum's own peak. There is one pitch at a time: of a
chord or of several sources only the strongest periodicity is heard, as one voice can sing only one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soxr
from numpy.typing import NDArray

from menura.simulate.curves import FRAME_S, Curve, as_curve, smooth, smoothstep

HEARD_S = 5.0  # a recording is listened to no further
RATE_HZ = 24_000
HOP = round(RATE_HZ * FRAME_S)
WINDOW = 4 * HOP  # 40 ms: two periods of the lowest pitch
N_FFT = 2_048
PITCH_BAND_HZ = 5_000.0  # harmonics above tell no more about the pitch
LOWEST_PITCH_HZ, HIGHEST_PITCH_HZ = 50.0, 2_000.0
N_BANDS = 40
LOWEST_BAND_HZ, HIGHEST_BAND_HZ = 60.0, 11_500.0
FLOOR_DB = -60.0
ONSET_DECAY_FRAMES = 15
SWELL_RANGE_HZ = (2.0, 12.0)
RESONANCE_HZ = (550.0, 3_000.0)  # where a second formant can follow
SILENCE_RMS = 1e-5  # -100 dB: below the last bit of a 16-bit file


@dataclass(frozen=True)
class Heard:
    """The curves of a recording, each of shape (frames,), a frame every 10 ms.

    Attributes:
        loudness_db: loudness relative to the recording's loudest frame, -60..0.
        pitch_hz: frequency of the strongest periodicity, whether or not it is strong.
        salience: how surely that is a pitch, 0 (noise) .. 1 (a clear tone).
        brightness: spectral centroid, in octaves above 1 Hz (10 is about 1 kHz).
        spread: standard deviation of the spectrum about the centroid, in octaves.
        resonance: the spectrum's slow, broad peak within reach of a second formant, in octaves above 1 Hz.
        resonance_clarity: how far it stands out as one, 0..1; 0 for a partial of a tone.
        roughness: depth of the loudness's fluctuations faster than about 8 Hz, 0..1.
        onsets: the frames where something begins, ascending; shape (onsets,).
        onset_strength: how sharply, 0..1; shape (onsets,).
        swell_hz: rate of the loudness's slow, regular rise and fall (2-12 Hz), 0 where there is none.
        swelling: how deep and regular that is, 0..1.
        silent: the recording holds nothing to hear.
    """

    loudness_db: Curve
    pitch_hz: Curve
    salience: Curve
    brightness: Curve
    spread: Curve
    resonance: Curve
    resonance_clarity: Curve
    roughness: Curve
    onsets: NDArray[np.int64]
    onset_strength: Curve
    swell_hz: float
    swelling: float
    silent: bool

    @property
    def n_frames(self) -> int:
        """Number of 10 ms frames."""
        return len(self.loudness_db)

    def swells(self) -> NDArray[np.int64]:
        """The frames where the loudness's slow rise and fall begins to rise: (swells,), none without a `swell_hz`."""
        if self.swell_hz == 0.0:
            return np.zeros(0, np.int64)
        motion = smooth(self.loudness_db, 1.5 * self.swell_hz) - smooth(self.loudness_db, 0.5 * self.swell_hz)
        return np.flatnonzero((motion[1:] > 0.0) & (motion[:-1] <= 0.0)) + 1


def hear(samples: NDArray[np.float32], sample_rate_hz: float) -> Heard:
    """Listen to the first 5 s of a recording.

    Args:
        samples: mono, shape (n,), n >= 1, finite.
        sample_rate_hz: any rate above 0.

    Raises:
        ValueError: the samples are not a finite, non-empty mono signal.
    """
    if samples.ndim != 1 or samples.size == 0 or sample_rate_hz <= 0:
        raise ValueError(f"samples of shape {samples.shape} at {sample_rate_hz} Hz are not a mono recording")
    heard = samples[: round(HEARD_S * sample_rate_hz)].astype(np.float32)
    if not np.isfinite(heard).all():
        raise ValueError("the samples of the recording are not all finite")
    heard = soxr.resample(heard - heard.mean(), sample_rate_hz, RATE_HZ, quality="LQ")
    rms = float(np.sqrt(np.mean(heard**2))) if heard.size else 0.0
    silent = rms < SILENCE_RMS
    power = _power_spectra(np.zeros_like(heard) if silent else heard / rms)
    bands = _band_power(power)
    loudness_db = _relative_db(bands.sum(axis=1))
    brightness, spread = _brightness(bands)
    pitch_hz, salience = _pitch(power)
    onsets, strength = _onsets(_relative_db(bands), loudness_db)
    swell_hz, swelling = _swell(loudness_db)
    resonance, clarity = _resonance(bands, pitch_hz, salience)
    return Heard(
        loudness_db=loudness_db,
        pitch_hz=pitch_hz,
        salience=salience,
        brightness=brightness,
        spread=spread,
        resonance=resonance,
        resonance_clarity=clarity,
        roughness=_roughness(loudness_db),
        onsets=onsets,
        onset_strength=strength,
        swell_hz=swell_hz,
        swelling=swelling,
        silent=silent,
    )


def _power_spectra(samples: Curve) -> Curve:
    """Power spectra of Hann-windowed 40 ms frames, frame k centred on k x 10 ms: (frames, bins)."""
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    n_frames = 1 + len(samples) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: n_frames * HOP : HOP]
    spectra = np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), N_FFT)
    return (np.square(spectra.real) + np.square(spectra.imag)) * _ear_weights()


@lru_cache(maxsize=1)
def _ear_weights() -> Curve:
    """Gain in power of each bin: the ear is less and less sensitive below some 200 Hz; (bins,)."""
    squared_hz = np.square(np.fft.rfftfreq(N_FFT, 1 / RATE_HZ))
    return as_curve(squared_hz / (squared_hz + 200.0**2))


@lru_cache(maxsize=1)
def _band_centres() -> Curve:
    """Centres of the listening bands in octaves above 1 Hz, equally spaced: (bands,)."""
    return np.linspace(np.log2(LOWEST_BAND_HZ), np.log2(HIGHEST_BAND_HZ), N_BANDS, dtype=np.float32)


def _band_power(power: Curve) -> Curve:
    """Power in the listening bands of power spectra, (frames, bins): (frames, bands)."""
    return np.stack([np.einsum("ij,j->i", power[:, bins], weights) for bins, weights in _band_weights()], axis=1)


@lru_cache(maxsize=1)
def _band_weights() -> list[tuple[slice, Curve]]:
    """Each band's bins and weights: triangles in log-frequency share a bin's power between its two nearest bands."""
    octaves = np.log2(np.maximum(np.fft.rfftfreq(N_FFT, 1 / RATE_HZ), 1.0))
    centres = _band_centres()
    bands = []
    for centre in centres:
        triangle = as_curve(np.maximum(0.0, 1.0 - np.abs(octaves - centre) / (centres[1] - centres[0])))
        used = np.flatnonzero(triangle)
        bins = slice(int(used[0]), int(used[-1]) + 1)
        bands.append((bins, triangle[bins]))
    return bands


def _relative_db(power: Curve) -> Curve:
    """Power in dB below its maximum, no lower than -60."""
    loudest = max(float(power.max()), 1e-12)
    return as_curve(np.maximum(10 * np.log10(power / loudest + 1e-12, dtype=np.float64), FLOOR_DB))


def _brightness(bands: Curve) -> tuple[Curve, Curve]:
    """Centroid and standard deviation, in octaves, of the amplitude over the bands."""
    weights = np.sqrt(bands) + 1e-9
    weights /= weights.sum(axis=1, keepdims=True)
    centroid = (weights * _band_centres()).sum(axis=1)
    variance = (weights * np.square(_band_centres() - centroid[:, None])).sum(axis=1)
    return as_curve(centroid), as_curve(np.sqrt(variance))


def _resonance(bands: Curve, pitch_hz: Curve, salience: Curve) -> tuple[Curve, Curve]:
    """Place (octaves above 1 Hz) and clarity (0..1) of the strongest broad peak that moves no faster than a tongue."""
    low, high = np.searchsorted(_band_centres(), np.log2(RESONANCE_HZ))
    slow = np.stack([smooth(band, 6.0) for band in bands[:, low - 1 : high + 1].T], axis=1)
    level_db = 10 * np.log10(np.maximum(slow, 1e-12), dtype=np.float64)
    broad_db = (level_db[:, :-2] + 2 * level_db[:, 1:-1] + level_db[:, 2:]) / 4
    inner = broad_db[:, 1:-1]
    peak = inner.argmax(axis=1) + 1
    rows = np.arange(len(bands))
    before, here, after = broad_db[rows, peak - 1], broad_db[rows, peak], broad_db[rows, peak + 1]
    offset = 0.5 * (before - after) / np.minimum(before - 2 * here + after, -1e-6)
    step = float(_band_centres()[1] - _band_centres()[0])
    place = _band_centres()[low + peak] + step * np.clip(offset, -0.5, 0.5)
    # A slope is no peak: it has to fall on both sides, by some decibels within the reach.
    rise = np.minimum(here - broad_db[rows, 0], here - broad_db[rows, -1])
    # Partials that lie far apart are heard one by one, as notes.
    is_note = salience * smoothstep(pitch_hz, 250.0, 450.0)
    return as_curve(place), as_curve(smoothstep(as_curve(rise), 3.0, 9.0) * (1.0 - is_note))


def _pitch(power: Curve) -> tuple[Curve, Curve]:
    """Pitch (Hz) and its salience (0..1) in every frame."""
    low = power * _pitch_band()
    correlation = np.fft.irfft(low, N_FFT)
    lags = np.arange(int(RATE_HZ / HIGHEST_PITCH_HZ), int(RATE_HZ / LOWEST_PITCH_HZ) + 1)
    energy = np.maximum(correlation[:, :1], 1e-9)
    normalised = correlation[:, lags[0] - 1 : lags[-1] + 2] / (
        energy * _window_correlation()[lags[0] - 1 : lags[-1] + 2]
    )
    before, here, after = normalised[:, :-2], normalised[:, 1:-1], normalised[:, 2:]
    is_peak = (here >= before) & (here > after)
    # Every multiple of the period is a peak as high: a small cost an octave prefers the shortest.
    score = np.where(is_peak, here - 0.06 * np.log2(lags / lags[0]), -1.0)
    best = score.argmax(axis=1)
    rows = np.arange(len(power))
    b, h, a = before[rows, best], here[rows, best], after[rows, best]
    curvature = b - 2 * h + a
    offset = np.where(curvature < -1e-6, 0.5 * (b - a) / np.minimum(curvature, -1e-6), 0.0)
    pitch_hz = RATE_HZ / (lags[best] + np.clip(offset, -0.5, 0.5))
    audible = low.sum(axis=1) / np.maximum(power.sum(axis=1), 1e-9)
    # Without a peak nothing repeats: what moves more slowly than any pitch correlates at every lag.
    periodicity = np.clip(h, 0.0, 1.0) * audible * is_peak[rows, best]
    tone_hz, purity = _purest_tone(power)
    is_tone = (purity > 0.85) & (tone_hz > 0.9 * HIGHEST_PITCH_HZ)
    pitch_hz = np.where(is_tone, tone_hz, pitch_hz)
    periodicity = np.where(is_tone, np.maximum(periodicity, purity), periodicity)
    return as_curve(pitch_hz), smoothstep(periodicity, 0.4, 0.85)


@lru_cache(maxsize=1)
def _pitch_band() -> Curve:
    """Gain in power that fades out towards 5 kHz, which rounds the peaks of the autocorrelation: (bins,)."""
    hz = np.fft.rfftfreq(N_FFT, 1 / RATE_HZ)
    return as_curve(np.where(hz < PITCH_BAND_HZ, np.cos(0.5 * np.pi * hz / PITCH_BAND_HZ), 0.0))


@lru_cache(maxsize=1)
def _window_correlation() -> Curve:
    """Autocorrelation of the analysis window at the pitch lags, 1 at lag 0."""
    window_power = np.abs(np.fft.rfft(np.hanning(WINDOW), N_FFT)) ** 2
    correlation = np.fft.irfft(window_power, N_FFT)
    return as_curve(np.maximum(correlation / correlation[0], 0.05))


def _purest_tone(power: Curve) -> tuple[Curve, Curve]:
    """Frequency (Hz) of each frame's strongest spectral peak, and the share of the power in it."""
    peak = power[:, 4:-4].argmax(axis=1) + 4
    around = power[np.arange(len(power))[:, None], peak[:, None] + np.arange(-4, 5)]
    in_peak = around.sum(axis=1)
    centre = peak + (around * np.arange(-4, 5)).sum(axis=1) / np.maximum(in_peak, 1e-9)
    purity = in_peak / np.maximum(power.sum(axis=1), 1e-9)
    return as_curve(centre * RATE_HZ / N_FFT), as_curve(purity)


def _roughness(loudness_db: Curve) -> Curve:
    """How deeply the loudness flutters, 0..1: 6 dB of it, a purr or a rattle, is all."""
    flutter = np.abs(loudness_db - smooth(loudness_db, 8.0))
    return smoothstep(smooth(flutter, 2.0), 0.7, 4.0)


def _onsets(band_db: Curve, loudness_db: Curve) -> tuple[NDArray[np.int64], Curve]:
    """Frames where the spectral flux (rise of the bands over 20 ms, in dB) peaks, and the strengths of the onsets."""
    silence = np.full((2, band_db.shape[1]), FLOOR_DB, np.float32)
    rise = np.maximum(band_db - np.concatenate([silence, band_db[:-2]]), 0.0).mean(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(rise, 4), 9)
    threshold = 3.0 + 1.4 * np.median(windows, axis=1)
    is_onset = (rise == windows.max(axis=1)) & (rise > threshold) & (loudness_db > -40.0)
    frames = np.flatnonzero(is_onset)
    strength = smoothstep(rise[frames], 2.0, 16.0)
    # A sound that fills the file from its first sample may as well have been cut there: only a decay proves an attack.
    lasting = loudness_db[2 : ONSET_DECAY_FRAMES + 1].min(initial=0.0) > loudness_db[:4].max() - 6.0
    strength[frames < 3] *= 0.25 if lasting else 1.0
    return frames, strength


def _swell(loudness_db: Curve) -> tuple[float, float]:
    """Rate (Hz) and strength (0..1) of a tremolo: one line in the loudness's spectrum, some decibels deep."""
    audible = np.flatnonzero(loudness_db > -40.0)
    if len(audible) < 50:  # half a second
        return 0.0, 0.0
    loudness = np.maximum(loudness_db[audible[0] : audible[-1] + 1], -40.0)
    motion = (loudness - smooth(loudness, 1.0)) * np.hanning(len(loudness))
    power = np.square(np.abs(np.fft.rfft(motion, 1_024)))
    hz = np.fft.rfftfreq(1_024, FRAME_S)
    low, high = SWELL_RANGE_HZ
    rate_hz = float(hz[np.argmax(power * ((hz >= low) & (hz <= high)))])
    if rate_hz * len(loudness) * FRAME_S < 4.0:  # fewer beats are not regular yet
        return 0.0, 0.0
    regular = power[np.abs(hz - rate_hz) < 0.8].sum() / max(float(power[hz < 25.0].sum()), 1e-9)
    # A Hann window leaves three eighths of the power.
    depth_db = np.sqrt(np.mean(np.square(motion)) * 8 / 3)
    return rate_hz, float(np.prod(smoothstep(as_curve([regular, depth_db / 4.0]), 0.2, 0.7)))
