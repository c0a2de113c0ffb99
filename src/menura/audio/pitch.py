"""The pitch of a sound that has one, by SwiftF0 (Nieradzik 2025, arXiv:2508.18440).

SwiftF0 gives a frequency and a confidence for each 16 ms. A sound has a pitch where most of what is heard of it is
surely at one: of the frames no more than 30 dB below the loudest, so many are confident and within half a step of
their median as `_STEADY` says. The numbers were chosen on some instruments and held against others (`docs/music.md`).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from swift_f0 import SAMPLE_RATE, SwiftF0

RATE_HZ = SAMPLE_RATE
HEARD_S = 3.0
"""So much of a sound is listened to, from its beginning."""

_CONFIDENT = 0.8
_STEADY = 0.6
_FEWEST = 6  # frames, a tenth of a second
_SOFT_DB = 30.0
_FIRST_S = 0.5  # at the loudest place: most sounds have no pitch there, and need not be heard any further
_LEVEL = 0.5  # of the largest sample: SwiftF0 is not made for quiet recordings
_HALF_A_STEP = 0.5


def pitch_hz(samples: NDArray[np.float32]) -> float | None:
    """The pitch of a sound, 47 to 2,094 Hz; None where it has none that is sure. Safe to call from several threads.

    Args:
        samples: (n,) mono at `RATE_HZ`, finite; the first `HEARD_S` count.
    """
    heard = samples[: round(HEARD_S * RATE_HZ)]
    loudest = int(np.abs(heard).argmax()) if len(heard) else 0
    peak = float(np.abs(heard[loudest])) if len(heard) else 0.0
    if not peak:
        return None
    heard = heard * np.float32(_LEVEL / peak)
    n_first = round(_FIRST_S * RATE_HZ)
    first = heard[max(0, min(loudest, len(heard) - n_first)) :][:n_first]
    if len(first) < len(heard) and not (_detector().detect(first, RATE_HZ).confidence >= _CONFIDENT).any():
        return None
    found = _detector().detect(heard, RATE_HZ)
    loud = found.loudness_db > found.loudness_db.max() - _SOFT_DB
    steps = 12 * np.log2(found.pitch_hz[loud & (found.confidence >= _CONFIDENT)])
    if len(steps) < _FEWEST:
        return None
    steady = steps[np.abs(steps - np.median(steps)) <= _HALF_A_STEP]
    if len(steady) < max(_FEWEST, _STEADY * np.count_nonzero(loud)):
        return None
    return float(2 ** (np.median(steady) / 12))


@cache
def _detector() -> SwiftF0:
    return SwiftF0(threads=1, spin=False)
