"""A query: a recording of an imitation, from a file or from memory, and what of it the imitation tower hears.

Whoever asks, by whatever way, asks through `hear_query`; so the same recording is the same query everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import decoded_blocks, open_sound, stream_audio
from menura.errors import AudioError
from menura.specs import FrontEndSpec

LISTENED_S = 60.0
"""Of a longer recording the beginning is listened to: nobody imitates a sound for so long."""

_IN_MEMORY = Path("the take")  # what a recording without a name is called

# Peak to peak: three steps of a 16-bit recording. A microphone that is on is louder, even in a quiet room.
_SILENCE = 1e-4
# Resampling a constant rings at both ends of the clip: what is heard there says nothing.
_EDGE_S = 0.01
# Silence before a take is what stays 40 dB below its loudest hundredth of a second; a little of it is kept, because the
# beginning of many sounds is soft.
_QUIET = 0.01
_FRAME_S = 0.01
_LEAD_S = 0.03

_HONEST = frozenset({"WAV", "WAVEX", "RF64", "AIFF", "FLAC"})  # their headers say how long they are, at least


@dataclass(frozen=True, eq=False)
class Take:
    """A recording of an imitation, and what of it is heard.

    Attributes:
        samples: (n,) what the imitation tower hears, at its rate.
        duration_s: Length of the recording, or of the part that was listened to.
        start_s: Where in it what is heard begins.
        end_s: Where it ends.
    """

    samples: NDArray[np.float32]
    duration_s: float
    start_s: float
    end_s: float


def hear_query(recording: str | Path | bytes, front_end: FrontEndSpec, *, longest_s: float | None = None) -> Take:
    """What the imitation tower hears of a recording: a clip's length from where something is first heard.

    Args:
        recording: The path, or the content, of a sound file of any kind that `read_audio` reads.
        front_end: That of the imitation tower.
        longest_s: Refuse a longer recording, before it is decoded where its header is honest. By default the first
            minute of any is listened to.

    Raises:
        UsageError: There is no such file.
        AudioError: It cannot be read as sound, is too long, or nothing is heard in it.
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
    start = _onset(samples, rate_hz)
    if start is None:
        raise AudioError(
            f"{_IN_MEMORY if isinstance(recording, bytes) else recording}: nothing is heard in it; record it again "
            "nearer to the microphone, and check that the right one is chosen and not muted"
        )
    heard = samples[start : start + front_end.n_samples].copy()
    start_s = start / rate_hz
    return Take(heard, n / rate_hz, start_s, start_s + len(heard) / rate_hz)


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


def _onset(samples: NDArray[np.float32], rate_hz: int) -> int | None:
    """The sample from which a recording is heard; None where nothing is."""
    edge = min(round(_EDGE_S * rate_hz), len(samples) // 4)
    if np.ptp(samples[edge : len(samples) - edge]) < _SILENCE:
        return None
    frame = round(_FRAME_S * rate_hz)
    n_frames = len(samples) // frame
    if n_frames < 2:
        return 0
    level = np.ptp(samples[: n_frames * frame].reshape(n_frames, frame), axis=1)
    first = int(np.argmax(level > max(_SILENCE, _QUIET * float(level.max()))))
    return max(0, first * frame - round(_LEAD_S * rate_hz))
