"""How loud sounds and takes are, for a page that plays them as loud as each other."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from menura.audio.hear import HEARD_RMS, Take
from menura.audio.loudness import loudness_lufs
from menura.web import schemas


def level_of(samples: NDArray[np.float32], rate_hz: float, *, peak: float | None = None) -> schemas.Level:
    """The level of what is heard.

    Args:
        samples: (n,) or (n, channels) samples.
        rate_hz: Their rate.
        peak: The largest magnitude of all that may be played with them, in [0, 1]; theirs by default.
    """
    heard = np.clip(np.nan_to_num(samples, posinf=1, neginf=-1), -1, 1)  # as it is played
    most = float(np.abs(heard).max(initial=0.0)) if peak is None else peak
    return schemas.Level(loudness_lufs=round(loudness_lufs(heard, rate_hz), 2), peak=round(most, 4))


def loudness_of_take(take: Take, rate_hz: float) -> float:
    """The loudness of a recording where the imitation is, in LUFS: what is heard of it has a level of its own."""
    heard = loudness_lufs(take.heard.samples, rate_hz)
    return round(heard + take.level_db - 20 * math.log10(HEARD_RMS), 2)
