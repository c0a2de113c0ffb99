"""Timbre descriptors + SVM (Blancas and Janer, AES 2014): descriptors made by hand, and the same kind of machine.

The paper: "Blancas et al. built a supervised system using hand-crafted features [4] and an SVM classifier to classify a
vocal imitation query and retrieve sounds in that class", where [4] is the Timbre Toolbox (Peeters, Giordano, Susini,
Misdariis and McAdams 2011). Its descriptors are followed here where they need no tracking of partials:

- Of the envelope: logarithm of the attack time, temporal centroid, effective duration (above 40 % of the loudest),
  strength and rate of its modulation.
- Of each frame: level, zero crossings, centroid, spread, skewness, kurtosis, slope, decrease, roll-off (95 %),
  flatness, crest, variation, fundamental frequency.

Of what frames say, the median and the interquartile range over the sound are kept, as the Toolbox does. librosa gives
zero crossings, roll-off, flatness and the fundamental (YIN); the others are the Toolbox's formulas.

Left out: tristimulus, inharmonicity, odd-to-even ratio and noisiness, for which partials must be followed, in voices
and noises as in instruments. Choices of ours: windows of 46 ms every 12 ms; the first 4 s; frequencies, the fundamental
among them, on a logarithmic scale; the attack from 10 % to 90 % of the envelope's maximum, as first reached.
"""

from __future__ import annotations

import librosa
import numpy as np
from numpy.typing import NDArray

from menura.evaluation.systems.svm import train
from menura.evaluation.systems.system import SupervisedSystem, beginning

SAMPLE_RATE_HZ = 22_050
DURATION_S = 4.0
WINDOW_SAMPLES = 1_024
HOP_SAMPLES = 256
HOP_S = HOP_SAMPLES / SAMPLE_RATE_HZ
LOWEST_HZ, HIGHEST_HZ = 65.0, 2_000.0  # of the fundamental
MODULATION_HZ = (1.0, 20.0)

FRAME_NAMES = (
    "level",
    "zero crossings",
    "centroid",
    "spread",
    "skewness",
    "kurtosis",
    "slope",
    "decrease",
    "roll-off",
    "flatness",
    "crest",
    "variation",
    "fundamental",
)
ENVELOPE_NAMES = ("log attack time", "temporal centroid", "effective duration", "modulation", "modulation rate")
NAMES = (
    *ENVELOPE_NAMES,
    *(f"{name}, median" for name in FRAME_NAMES),
    *(f"{name}, range" for name in FRAME_NAMES),
)
"""What each number of a descriptor is."""

_TINY = 1e-12


def describe(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """The descriptors of a sound, (len(NAMES),), finite.

    Args:
        samples: (n,) mono, n >= 1, finite; the first `DURATION_S` count.
        sample_rate_hz: Its rate.
    """
    clip = beginning(samples, sample_rate_hz, DURATION_S, SAMPLE_RATE_HZ)
    clip = np.pad(clip, (0, max(0, 2 * WINDOW_SAMPLES - len(clip)))).astype(np.float32)
    loudest = np.abs(clip).max()
    if loudest > 0:
        clip = clip / loudest
    power = np.abs(librosa.stft(clip, n_fft=WINDOW_SAMPLES, hop_length=HOP_SAMPLES)) ** 2
    frames = np.stack(_of_frames(clip, power.astype(np.float64)))
    level = power.sum(axis=0)
    heard = frames[:, level >= 1e-5 * level.max()]  # 50 dB: a frame of silence has no timbre
    low, middle, high = np.percentile(heard, (25, 50, 75), axis=1)
    everything: NDArray[np.float32] = np.concatenate(
        [_of_envelope(np.sqrt(level, dtype=np.float64)), middle, high - low]
    ).astype(np.float32)
    return everything


def _of_frames(clip: NDArray[np.float32], power: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """What `FRAME_NAMES` name, each (frames,)."""
    n_frames = power.shape[1]
    octaves = np.log2(np.maximum(librosa.fft_frequencies(sr=SAMPLE_RATE_HZ, n_fft=WINDOW_SAMPLES), 20.0))
    total = power.sum(axis=0) + _TINY
    centroid, spread, skewness, kurtosis = _moments(octaves, power / total)
    amplitude = np.sqrt(power)
    fundamental = librosa.yin(
        clip,
        fmin=LOWEST_HZ,
        fmax=HIGHEST_HZ,
        sr=SAMPLE_RATE_HZ,
        frame_length=WINDOW_SAMPLES,
        hop_length=HOP_SAMPLES,
    )
    crossings = librosa.feature.zero_crossing_rate(clip, frame_length=WINDOW_SAMPLES, hop_length=HOP_SAMPLES)[0]
    roll_off = librosa.feature.spectral_rolloff(S=amplitude, sr=SAMPLE_RATE_HZ, roll_percent=0.95)[0]
    return [
        10 * np.log10(total),
        crossings[:n_frames],
        centroid,
        spread,
        skewness,
        kurtosis,
        _slope(amplitude),
        _decrease(amplitude),
        np.log2(np.maximum(roll_off, 20.0)),
        np.log10(librosa.feature.spectral_flatness(S=amplitude)[0] + _TINY),
        np.log10(power.max(axis=0) / (total / len(power)) + _TINY),
        _variation(amplitude),
        np.log2(fundamental[:n_frames]),
    ]


def _moments(places: NDArray[np.float64], shares: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Centroid, spread, skewness and kurtosis of (places, frames) shares that add up to 1, or to 0."""
    centroid = places @ shares
    apart = places[:, None] - centroid
    spread = np.sqrt((apart**2 * shares).sum(axis=0))
    safe = np.maximum(spread, 1e-3)
    return [centroid, spread, (apart**3 * shares).sum(axis=0) / safe**3, (apart**4 * shares).sum(axis=0) / safe**4]


def _slope(amplitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the line through each frame's amplitudes over frequency, relative to their mean, over the whole range."""
    place = np.linspace(-0.5, 0.5, len(amplitude))
    slopes: NDArray[np.float64] = (place @ amplitude) / (place @ place) / (amplitude.mean(axis=0) + _TINY)
    return slopes


def _decrease(amplitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much less there is than at the lowest, the lower frequencies counting more (Krimphoff 1993)."""
    lowest, rest = amplitude[1], amplitude[2:]
    by_place = (rest - lowest) / np.arange(1, len(rest) + 1)[:, None]
    decrease: NDArray[np.float64] = by_place.sum(axis=0) / (rest.sum(axis=0) + _TINY)
    return decrease


def _variation(amplitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """One minus the cosine between each frame's spectrum and the one before; 0 for the first."""
    lengths = np.linalg.norm(amplitude, axis=0) + _TINY
    cosines = (amplitude[:, 1:] * amplitude[:, :-1]).sum(axis=0) / (lengths[1:] * lengths[:-1])
    return np.concatenate([[0.0], 1 - cosines])


def _of_envelope(envelope: NDArray[np.float64]) -> list[float]:
    """What `ENVELOPE_NAMES` name, of (frames,) amplitudes."""
    loudest = envelope.max()
    if loudest <= 0:
        return [np.log10(HOP_S), 0.0, 0.0, 0.0, 0.0]
    relative, time_s = envelope / loudest, np.arange(len(envelope)) * HOP_S
    peak = int(relative.argmax())
    begins, ends = (int(np.flatnonzero(relative[: peak + 1] >= share)[0]) for share in (0.1, 0.9))
    strength, rate_hz = _modulation(relative)
    return [
        float(np.log10(max(ends - begins, 1) * HOP_S)),
        float((time_s * relative).sum() / relative.sum()),
        float((relative >= 0.4).sum() * HOP_S),
        strength,
        rate_hz,
    ]


def _modulation(relative: NDArray[np.float64]) -> tuple[float, float]:
    """How strong the strongest modulation of the envelope is, as a share of its mean, and its rate in Hz."""
    spectrum = 2 * np.abs(np.fft.rfft((relative - relative.mean()) * np.hanning(len(relative)), 4_096)) / len(relative)
    rates_hz = np.fft.rfftfreq(4_096, HOP_S)
    within = (rates_hz >= MODULATION_HZ[0]) & (rates_hz <= MODULATION_HZ[1])
    strongest = int(spectrum[within].argmax())
    return float(spectrum[within][strongest] / relative.mean()), float(rates_hz[within][strongest])


SYSTEMS = (SupervisedSystem(name="Timbre + SVM", describe=describe, train=train),)
