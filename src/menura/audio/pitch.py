"""The pitch of a sound that has one, by SwiftF0 (Nieradzik 2025, arXiv:2508.18440).

SwiftF0 gives a frequency and a confidence for each 16 ms. A sound has a pitch where most of what is heard of it is
surely at one: of the frames no more than 30 dB below the loudest, so many are confident and within half a step of
their median as `_STEADY` says. Most sounds do not come that far: what does not repeat itself at its loudest place
has no pitch, which an autocorrelation tells in a hundredth of the time. The numbers were chosen on some instruments
and held against others (`docs/music.md`). SwiftF0 has to be there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from swift_f0 import SwiftF0

RATE_HZ = 16_000
HEARD_S = 1.5
"""So much of a sound is listened to, from its beginning."""

_CONFIDENT = 0.8
_STEADY = 0.6
_FEWEST = 6  # frames, a tenth of a second
_SOFT_DB = 30.0
_LEVEL = 0.5  # of the largest sample: SwiftF0 is not made for quiet recordings
_HALF_A_STEP = 0.5

_LEAST_PEAK = 1e-6  # of full scale: what is softer cannot be brought to a level, and is heard by nobody
_REPEATS = 0.8
_LOUDEST = 2_048  # samples, six periods of the lowest pitch
_LONGEST_PERIOD = RATE_HZ // 46


def pitch_hz(samples: NDArray[np.float32]) -> float | None:
    """The pitch of a sound, 47 to 2,094 Hz; None where it has none that is sure. Safe to call from several threads.

    Args:
        samples: (n,) mono at `RATE_HZ`, finite; the first `HEARD_S` count.
    """
    heard = samples[: round(HEARD_S * RATE_HZ)]
    if not repeats(heard) or np.abs(heard).max() < _LEAST_PEAK:
        return None
    heard = heard * np.float32(_LEVEL / np.abs(heard).max())
    found = _detector().detect(heard, RATE_HZ)
    loud = found.loudness_db > found.loudness_db.max() - _SOFT_DB
    steps = 12 * np.log2(found.pitch_hz[loud & (found.confidence >= _CONFIDENT)])
    if len(steps) < _FEWEST:
        return None
    steady = steps[np.abs(steps - np.median(steps)) <= _HALF_A_STEP]
    if len(steady) < max(_FEWEST, _STEADY * np.count_nonzero(loud)):
        return None
    return float(2 ** (np.median(steady) / 12))


def repeats(samples: NDArray[np.float32]) -> bool:
    """Whether a sound is nearly periodic at its loudest place, as one with a pitch is.

    Its normalised autocorrelation comes back to `_REPEATS` after it has been below zero, as it is within a period.

    Args:
        samples: (n,) mono at `RATE_HZ`, finite.
    """
    if not samples.any():
        return False
    first = max(0, min(int(np.abs(samples).argmax()), len(samples) - _LOUDEST))
    part = samples[first : first + _LOUDEST].astype(np.float64)
    part -= part.mean()
    n = len(part)
    lags = np.arange(min(n // 2, _LONGEST_PERIOD + 1))
    products = np.fft.irfft(np.abs(np.fft.rfft(part, 2 * n)) ** 2)[: len(lags)]
    energy = np.concatenate([[0.0], np.cumsum(part**2)])
    likeness = products / np.sqrt(np.maximum(energy[n - lags] * (energy[n] - energy[lags]), np.finfo(np.float64).tiny))
    below = np.flatnonzero(likeness < 0)
    return bool(len(below) and likeness[below[0] :].max() >= _REPEATS)


@cache
def _detector() -> SwiftF0:
    from swift_f0 import SwiftF0  # noqa: PLC0415  # see `menura.audio.music`

    return SwiftF0(threads=1, spin=False)
