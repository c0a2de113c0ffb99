"""Other sounds of the same kind, made from a recording, so that a network cannot learn its few recordings by heart.

Unlike augmentation of a finished pair, a variant is imitated anew: where the recording is played faster, its imitation
is what somebody would make of the faster sound.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

MAX_SPEED_OCTAVES = 0.8
REVERSED, FADED = 0.15, 0.3  # shares of the variants
TONE_DB = 5.0


def vary(samples: NDArray[np.float32], sample_rate_hz: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A variant of a recording: slower or faster, of another tone, some reversed, some cut short by a fade.

    Args:
        samples: (n,) mono, finite, n >= 1; they are not changed.
        sample_rate_hz: Their rate.
        rng: Source of randomness.

    Returns:
        (m,) samples at the same rate, m from 0.57 to 1.75 times n, of the same peak.
    """
    speed = 2 ** rng.uniform(-MAX_SPEED_OCTAVES, MAX_SPEED_OCTAVES)
    varied = (
        soxr.resample(samples, sample_rate_hz * speed, sample_rate_hz, quality="MQ") if len(samples) > 1 else samples
    )
    varied = toned(varied, sample_rate_hz, rng)
    backwards, faded = rng.uniform(size=2) < (REVERSED, FADED)
    if backwards:
        varied = varied[::-1]
    half_life_s = 2 ** rng.uniform(-4, 0)
    if faded:
        varied = varied * 2 ** (-np.arange(len(varied)) / sample_rate_hz / half_life_s)
    peak = np.abs(varied).max(initial=0.0)
    return (varied * (np.abs(samples).max() / peak) if peak > 0 else varied).astype(np.float32)


def toned(samples: NDArray[np.float32], sample_rate_hz: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A sound through a smooth equaliser with seven bands between 60 Hz and 16 kHz, drawn anew: (n,)."""
    bands_db = rng.normal(0.0, TONE_DB, 7)
    hz = np.fft.rfftfreq(len(samples), 1 / sample_rate_hz)
    gain_db = np.interp(np.log(hz + 1.0), np.log(np.geomspace(60.0, 16_000.0, 7)), bands_db)
    return np.fft.irfft(np.fft.rfft(samples) * 10 ** (gain_db / 20), len(samples)).astype(np.float32)
