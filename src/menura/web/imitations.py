"""A simulated imitation of a sound as a take, for whoever has no microphone at hand."""

from __future__ import annotations

import io
from io import BufferedReader
from pathlib import Path

import soundfile

from menura.simulate import simulate_imitation
from menura.simulate.speak import RATE_HZ
from menura.specs import FrontEndSpec
from menura.web.views import read_window


def imitation_of(stream: BufferedReader, path: Path, front_end: FrontEndSpec, start_s: float, seed: int) -> bytes:
    """A wav file of what one simulated person makes of a sound.

    Args:
        stream: The sound's file.
        path: Its name, for errors.
        front_end: Decides how much of it is listened to.
        start_s: From where.
        seed: Picks the person.

    Raises:
        AudioError: The file cannot be read.
    """
    window = read_window(stream, path, front_end, start_s)
    imitation = simulate_imitation(window.samples, front_end.sample_rate_hz, seed)
    made = io.BytesIO()
    soundfile.write(made, imitation, RATE_HZ, format="WAV", subtype="PCM_16")
    return made.getvalue()
