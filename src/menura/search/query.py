"""A query from its file: the beginning of a recording, refused if nothing is heard in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import read_audio
from menura.errors import AudioError
from menura.specs import FrontEndSpec

# Peak to peak: three steps of a 16-bit recording. A microphone that is on is louder, even in a quiet room.
_SILENCE = 1e-4
# Resampling a constant rings at both ends of the clip: what is heard there says nothing.
_EDGE_S = 0.01


def read_query(path: Path, front_end: FrontEndSpec) -> NDArray[np.float32]:
    """What the imitation tower hears of a file: (n,) samples at its rate, at most its clip's length.

    Raises:
        UsageError: There is no such file.
        AudioError: It cannot be read as sound, or is silent.
    """
    samples = read_audio(path, front_end.sample_rate_hz, duration_s=front_end.duration_s)
    edge = min(round(_EDGE_S * front_end.sample_rate_hz), len(samples) // 4)
    if np.ptp(samples[edge : len(samples) - edge]) < _SILENCE:
        raise AudioError(
            f"{path}: the query is silent in its first {front_end.duration_s:g} s; "
            "record it again, nearer to the microphone"
        )
    return samples
