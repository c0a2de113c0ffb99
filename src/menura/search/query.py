"""A query: a recording of an imitation, from a file or from memory, and what is heard of it.

Whoever asks, by whatever way, asks through `hear_query`; so the same recording is the same query everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.containers import open_sound
from menura.audio.files import decoded_blocks, stream_audio
from menura.audio.hear import Take, hear
from menura.errors import AudioError
from menura.specs import FrontEndSpec

LISTENED_S = 60.0
"""Of a longer recording the beginning is listened to: nobody imitates a sound for so long."""

_IN_MEMORY = Path("the take")  # what a recording without a name is called

_HONEST = frozenset({"WAV", "WAVEX", "RF64", "AIFF", "FLAC"})  # their headers say how long they are, at least


def hear_query(recording: str | Path | bytes, front_end: FrontEndSpec, *, longest_s: float | None = None) -> Take:
    """What is heard of a recording; the imitation in it is at most as long as the imitation tower hears.

    Args:
        recording: The path, or the content, of a sound file of any kind that `read_audio` reads.
        front_end: That of the imitation tower.
        longest_s: Refuse a longer recording, before it is decoded where its header is honest. By default the first
            minute of any is listened to.

    Raises:
        UsageError: There is no such file.
        AudioError: It cannot be read as sound, is too long, or nothing but a room is heard in it.
    """
    rate_hz = front_end.sample_rate_hz
    blocks, n = [], 0
    for block in _blocks(recording, rate_hz, longest_s):
        blocks.append(block)
        n += len(block)
        if longest_s is not None and n > (longest_s + 1) * rate_hz:
            raise _too_long(longest_s)
        if longest_s is None and n >= LISTENED_S * rate_hz:
            break
    samples = np.concatenate(blocks)[: round(LISTENED_S * rate_hz)]
    try:
        return hear(samples, rate_hz, longest_s=front_end.duration_s)
    except AudioError as error:
        name = _IN_MEMORY if isinstance(recording, bytes) else recording
        if n >= LISTENED_S * rate_hz:
            raise AudioError(
                f"{name}: no imitation is heard in its first {LISTENED_S:g} s; cut it to the few seconds that matter"
            ) from error
        raise AudioError(f"{name}: {error}") from error


def _blocks(recording: str | Path | bytes, rate_hz: int, longest_s: float | None) -> Iterator[NDArray[np.float32]]:
    """The recording's sound, block by block."""
    if not isinstance(recording, bytes):
        yield from stream_audio(recording, rate_hz)
        return
    with open_sound(BytesIO(recording), _IN_MEMORY) as sound:
        if longest_s is not None and sound.format in _HONEST and sound.frames > longest_s * sound.samplerate:
            raise _too_long(longest_s)
        yield from decoded_blocks(sound, _IN_MEMORY, rate_hz)


def _too_long(longest_s: float) -> AudioError:
    return AudioError(f"the take is longer than {longest_s:g} s: cut it to the few seconds that matter")
