"""Spectra of real voices, to be mixed into simulated ones.

A formant model makes the same few smooth spectra again and again, and a network learns them. So the envelopes of real
people's speech, measured frame by frame, can stand in for the model's: voiced frames for its vowels, unvoiced frames
for its frication. From dark to bright they are put in order, as the vowels and places of frication are, and a
rendering moves along them as the recording's brightness moves. Nothing of what was said is kept, only
smoothed spectra (cepstral smoothing after Oppenheim and Schafer 1975).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.simulate.curves import Curve, as_curve

RATE_HZ = 16_000
N_FFT = 512
WINDOW, HOP = 512, 256  # 32 ms
N_CEPSTRA = 28  # keeps formants, smooths the harmonics of any voice below some 250 Hz
N_ENVELOPES = 48
VOICED_PERIODICITY, UNVOICED_PERIODICITY = 0.6, 0.3
MIXED = 0.8  # share of the imitations
TILT_FROM_HZ = 300.0  # from here the glottal source falls by about 6 dB an octave


@dataclass(frozen=True)
class RealVoices:
    """Envelopes of some people's voices, each ordered from dark to bright.

    Attributes:
        voiced: Magnitude of the vocal tract, the source's fall taken out, (people, 48, bins).
        unvoiced: Magnitude of unvoiced sounds, (people, 48, bins).
    """

    voiced: NDArray[np.float32]
    unvoiced: NDArray[np.float32]

    @property
    def digest(self) -> str:
        """Names these voices."""
        return hashlib.blake2b(self.voiced.tobytes() + self.unvoiced.tobytes(), digest_size=6).hexdigest()

    def only(self, people: slice) -> RealVoices:
        """Some of these people."""
        return RealVoices(self.voiced[people], self.unvoiced[people])

    def tract(self, person: int, brightness: Curve) -> Curve:
        """(frames, bins) magnitudes of a person's tract for a brightness from 0 to 1, (frames,)."""
        return _along(self.voiced[person], brightness)

    def frication(self, person: int, brightness: Curve) -> Curve:
        """(frames, bins) magnitudes of a person's unvoiced sounds for a brightness from 0 to 1, (frames,)."""
        return _along(self.unvoiced[person], brightness)


@dataclass(frozen=True)
class Timbre:
    """One real person's spectra, as they are mixed into one imitation.

    Attributes:
        voices: The people.
        person: Which of them.
        share: How much of the spectrum, in dB, is theirs: 0 the model's alone, 1 theirs alone.
        scale: Their formants are moved by this factor, as a shorter or longer tract would have them.
        flutter: How far the place in their spectra wanders as they go on, 0..1: nobody holds a timbre.
        flutter_seed: Decides how it wanders.
    """

    voices: RealVoices
    person: int
    share: float
    scale: float = 1.0
    flutter: float = 0.0
    flutter_seed: int = 0

    def mixed_tract(self, model: Curve, brightness: Curve) -> Curve:
        """The model's (frames, bins) magnitudes of the tract with the person's for a brightness from 0 to 1."""
        return self._mixed(model, self.voices.tract(self.person, self._fluttered(brightness)))

    def mixed_frication(self, model: Curve, brightness: Curve) -> Curve:
        """The model's (frames, bins) magnitudes of frication with the person's for a brightness from 0 to 1."""
        return self._mixed(model, self.voices.frication(self.person, self._fluttered(brightness)))

    def _mixed(self, model: Curve, real: Curve) -> Curve:
        bins = np.arange(real.shape[1])
        at = np.minimum(bins / self.scale, bins[-1])
        below = np.minimum(at.astype(np.intp), bins[-1] - 1)
        real = real[:, below] * (1 - (at - below)) + real[:, below + 1] * (at - below)
        model = np.power(np.maximum(model, 1e-6), 1 - self.share, dtype=np.float64)
        return as_curve(model * np.power(np.maximum(real, 1e-6), self.share))

    def _fluttered(self, brightness: Curve) -> Curve:
        """A brightness that wanders from where it should be, with a new aim every 16 frames."""
        aims = np.random.default_rng(self.flutter_seed).normal(0.0, self.flutter, len(brightness) // 16 + 2)
        return as_curve(brightness + np.interp(np.arange(len(brightness)) / 16, np.arange(len(aims)), aims))


def draw_timbre(voices: RealVoices, rng: np.random.Generator) -> Timbre | None:
    """Whose spectra one imitation has, or None: some imitations keep the model's own voice."""
    mixes, person, share = rng.uniform() < MIXED, int(rng.integers(len(voices.voiced))), float(rng.uniform(0.4, 1.0))
    scale, flutter = float(2 ** rng.uniform(-0.25, 0.3)), float(0.3 * rng.uniform() ** 2)
    return Timbre(voices, person, share, scale, flutter, int(rng.integers(2**32))) if mixes else None


def measure_voices(people: Sequence[Iterable[NDArray[np.float32]]], *, known_to_hz: float) -> RealVoices:
    """The envelopes of some people's speech.

    Args:
        people: For each person, clips of speech, (n,) mono at 16 kHz.
        known_to_hz: The highest frequency that the clips' original rate can hold; above, the spectrum is continued.

    Raises:
        ValueError: A person's clips hold too little voiced or unvoiced speech.
    """
    measured = [_measure(clips, known_to_hz) for clips in people]
    return RealVoices(*(np.stack(kind).astype(np.float32) for kind in zip(*measured, strict=True)))


def _measure(clips: Iterable[NDArray[np.float32]], known_to_hz: float) -> tuple[Curve, Curve]:
    frames = np.concatenate([_loud_frames(clip) for clip in clips])
    spectra = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), N_FFT))
    periodicity = _periodicity(spectra)
    envelopes = _smoothed(spectra, known_to_hz)
    hz = np.fft.rfftfreq(N_FFT, 1 / RATE_HZ)
    rise = np.maximum(hz, TILT_FROM_HZ) / TILT_FROM_HZ
    return (
        _in_order(envelopes[periodicity > VOICED_PERIODICITY] * rise),
        _in_order(envelopes[periodicity < UNVOICED_PERIODICITY]),
    )


def _loud_frames(clip: NDArray[np.float32]) -> Curve:
    """(frames, 512) of a clip that are no more than 30 dB below its loudest."""
    padded = np.pad(clip, (0, max(0, WINDOW - len(clip))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.square(frames).mean(axis=1)
    return as_curve(frames[power > 1e-3 * power.max() + 1e-12])


def _periodicity(spectra: Curve) -> Curve:
    """Highest normalised autocorrelation at the lags of 70 to 400 Hz, (frames,)."""
    correlation = np.fft.irfft(np.square(spectra), N_FFT)
    lags = slice(RATE_HZ // 400, min(RATE_HZ // 70, N_FFT // 2))
    window = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(WINDOW), N_FFT))), N_FFT)
    normalised = correlation[:, lags] / np.maximum(correlation[:, :1], 1e-9) / np.maximum(window[lags] / window[0], 0.1)
    return as_curve(normalised.max(axis=1))


def _smoothed(spectra: Curve, known_to_hz: float) -> Curve:
    """Cepstrally smoothed magnitudes, (frames, bins), continued at 12 dB an octave above what is known."""
    hz = np.fft.rfftfreq(N_FFT, 1 / RATE_HZ)
    known = min(int(0.95 * known_to_hz / hz[1]), len(hz) - 1)
    log = np.log(spectra + 1e-4 * spectra.max(axis=1, keepdims=True) + 1e-9)
    edge = log[:, known - 8 : known].mean(axis=1, keepdims=True)
    log[:, known:] = edge - 2.0 * np.log(hz[known:] / hz[known])
    cepstra = np.fft.irfft(log, N_FFT)
    cepstra[:, N_CEPSTRA : N_FFT - N_CEPSTRA + 1] = 0
    return as_curve(np.exp(np.fft.rfft(cepstra).real))


def _in_order(envelopes: Curve) -> Curve:
    """48 envelopes (48, bins), evenly spaced in the order of their centroids."""
    if len(envelopes) < N_ENVELOPES:
        raise ValueError(f"{len(envelopes)} frames of a kind; {N_ENVELOPES} are needed")
    octaves = np.log2(np.maximum(np.fft.rfftfreq(N_FFT, 1 / RATE_HZ), 50.0))
    centroid = np.einsum("ij,j->i", envelopes, octaves) / envelopes.sum(axis=1)
    groups = np.array_split(np.log(envelopes[np.argsort(centroid)]), N_ENVELOPES)
    # One frame of each group, the middle one: a mean over frames would be as smooth as the model that it replaces.
    return as_curve(np.exp(np.stack([group[len(group) // 2] for group in groups])))


def _along(envelopes: Curve, brightness: Curve) -> Curve:
    """Envelopes read between neighbours in dB, (frames, bins)."""
    place = np.clip(brightness, 0.0, 1.0) * (len(envelopes) - 1)
    below = np.minimum(place.astype(np.intp), len(envelopes) - 2)
    share = (place - below)[:, None]
    log = np.log(envelopes, dtype=np.float64)
    return as_curve(np.exp((1 - share) * log[below] + share * log[below + 1]))
