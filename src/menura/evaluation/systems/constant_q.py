"""The beginning of a sound as a constant-Q spectrogram: bins a semitone apart, in dB below the loudest.

Brown, *Calculation of a constant Q spectral transform*, 1991; librosa computes it (Schoerkhuber and Klapuri 2010).
"""

from __future__ import annotations

import librosa
import numpy as np
from numpy.typing import NDArray

from menura.evaluation.systems.system import beginning

SAMPLE_RATE_HZ = 16_000
DURATION_S = 4.0
HOP_SAMPLES = 512  # 32 ms
LOWEST_HZ = 55.0
OCTAVES = 7  # up to 7,040 Hz
BINS_PER_OCTAVE = 12
DYNAMIC_RANGE_DB = 40.0

N_BINS = OCTAVES * BINS_PER_OCTAVE
N_SAMPLES = round(DURATION_S * SAMPLE_RATE_HZ)
N_FRAMES = 1 + N_SAMPLES // HOP_SAMPLES


def constant_q_levels(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float64]:
    """(N_BINS, N_FRAMES) levels from 0, `DYNAMIC_RANGE_DB` below the loudest bin or less, to 1, the loudest.

    Args:
        samples: (n,) mono, n >= 1, finite; the first `DURATION_S` count, zeros follow a shorter sound.
        sample_rate_hz: Its rate.
    """
    amplitude: NDArray[np.float64] = np.abs(
        librosa.cqt(
            _clip(samples, sample_rate_hz),
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


def _clip(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """The beginning, (N_SAMPLES,), at `SAMPLE_RATE_HZ`."""
    resampled = beginning(samples, sample_rate_hz, DURATION_S, SAMPLE_RATE_HZ)[:N_SAMPLES]
    clip = np.zeros(N_SAMPLES, np.float32)
    clip[: len(resampled)] = resampled
    return clip
