"""2DFT: the magnitude of the two-dimensional Fourier transform of a constant-Q spectrogram, compared by cosine.

A shift of the spectrogram, later in time or higher in log-frequency, leaves the magnitude of its 2-D Fourier transform
as it is, so an imitation may begin late and be sung in another octave. What is compared is the pattern itself: how
fast the sound moves, and how its spectrum ripples.

Sources: Seetharaman and Rafii 2017 for cover songs; Pishdadian, Seetharaman, Kim and Pardo 2019 for vocal imitations,
with linear magnitudes up to 2,090 Hz and no low-pass, as in the QVIM challenge of 2025. The settings here (dB, up to
7 kHz, low-passed) ranked real recordings higher for simulated imitations, on recordings kept apart from any
measurement.
"""

from __future__ import annotations

from collections.abc import Sequence

import librosa
import numpy as np
import soxr
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
DURATION_S = 4.0
HOP_SAMPLES = 512  # 32 ms: modulations up to 15.6 Hz
LOWEST_HZ = 55.0
OCTAVES = 7  # up to 7,040 Hz
BINS_PER_OCTAVE = 12
DYNAMIC_RANGE_DB = 40.0
RIPPLES_PER_OCTAVE = 3  # finer ripples of the spectrum are left out: a low-pass along log-frequency

N_BINS = OCTAVES * BINS_PER_OCTAVE
N_SAMPLES = round(DURATION_S * SAMPLE_RATE_HZ)
N_FRAMES = 1 + N_SAMPLES // HOP_SAMPLES


def describe(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """What `scores` compares.

    Args:
        samples: (n,) mono, n >= 1, finite; the first `DURATION_S` count, zeros follow a shorter sound.
        sample_rate_hz: Its rate.

    Returns:
        (n_features,) of unit length; all zeros for silence.
    """
    pattern = _constant_q(_clip(samples, sample_rate_hz))
    # Zeros beyond the last frame and bin, so that a shift does not wrap around.
    magnitude = np.abs(np.fft.rfft2(pattern, s=(2 * N_BINS, 2 * N_FRAMES)))
    highest = 2 * OCTAVES * RIPPLES_PER_OCTAVE
    low_passed = np.concatenate([magnitude[: highest + 1], magnitude[-highest:]]).ravel()
    length = np.linalg.norm(low_passed)
    unit: NDArray[np.float32] = (low_passed / length if length > 0 else low_passed).astype(np.float32)
    return unit


def scores(queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Cosine similarities.

    Args:
        queries: q descriptors from `describe`.
        candidates: c descriptors.

    Returns:
        (q, c) in 0..1, but for rounding; silence is at 0 from everything.
    """
    return (np.stack(queries) @ np.stack(candidates).T).astype(np.float64)


def _clip(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """The beginning, (N_SAMPLES,), at `SAMPLE_RATE_HZ`."""
    beginning = np.asarray(samples[: round(DURATION_S * sample_rate_hz)], dtype=np.float32)
    resampled = soxr.resample(beginning, sample_rate_hz, SAMPLE_RATE_HZ)[:N_SAMPLES]
    clip = np.zeros(N_SAMPLES, np.float32)
    clip[: len(resampled)] = resampled
    return clip


def _constant_q(clip: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N_BINS, N_FRAMES) levels from 0, `DYNAMIC_RANGE_DB` below the loudest bin or less, to 1, the loudest."""
    amplitude: NDArray[np.float64] = np.abs(
        librosa.cqt(
            clip,
            sr=SAMPLE_RATE_HZ,
            hop_length=HOP_SAMPLES,
            fmin=LOWEST_HZ,
            n_bins=N_BINS,
            bins_per_octave=BINS_PER_OCTAVE,
        )
    ).astype(np.float64)
    loudest = amplitude.max()
    if loudest <= 0:
        return amplitude
    floor = loudest * 10 ** (-DYNAMIC_RANGE_DB / 20)
    levels: NDArray[np.float64] = 1 + 20 * np.log10(np.maximum(amplitude, floor) / loudest) / DYNAMIC_RANGE_DB
    return levels
