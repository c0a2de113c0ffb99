"""Whether a take is a recording of a loudspeaker that plays a given sound, and no imitation of it.

A loudspeaker, a room and a microphone are one linear system: what they make of a sound keeps its phases, so that the
take, whitened and correlated with the sound, has a peak where the two lie upon each other (the phase transform of Knapp
and Carter 1976). A voice, however good, has phases of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
"""The rate of what is compared."""

_BAND_HZ = (200.0, 3_600.0)  # that small loudspeakers and telephones have
_PEAK = 40.0  # times the deviation of the correlation; an imitation of a mere click may reach 36
_FFT_SAMPLES = 1_024


def is_playback(take: NDArray[np.float32], sound: NDArray[np.float32]) -> bool:
    """Whether the take holds the sound as a loudspeaker played it: (n,) and (m,) samples at 16 kHz."""
    return playback_peak(take, sound) > _PEAK


def playback_peak(take: NDArray[np.float32], sound: NDArray[np.float32]) -> float:
    """How high the phase-transformed correlation of the two rises above what it is elsewhere."""
    n = -(-(len(take) + len(sound)) // _FFT_SAMPLES) * _FFT_SAMPLES
    hz = np.fft.rfftfreq(n, 1 / RATE_HZ)
    band = (hz > _BAND_HZ[0]) & (hz < _BAND_HZ[1])
    cross = np.fft.rfft(take, n) * np.conj(np.fft.rfft(sound, n))
    strength = np.abs(cross)
    floor = 1e-6 * float(strength[band].max(initial=0.0))
    if floor == 0:
        return 0.0
    correlation = np.fft.irfft(np.where(band & (strength > floor), cross / np.maximum(strength, floor), 0), n)
    return float(np.abs(correlation).max() / max(float(correlation.std()), 1e-12))
