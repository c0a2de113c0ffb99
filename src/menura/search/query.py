"""A query from its file or from memory: where something is first heard in it, and the seconds from there on."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import decoded_blocks, open_sound, read_audio
from menura.errors import AudioError
from menura.specs import FrontEndSpec

# Peak to peak: three steps of a 16-bit recording. A microphone that is on is louder, even in a quiet room.
_SILENCE = 1e-4
# Resampling a constant rings at both ends of the clip: what is heard there says nothing.
_EDGE_S = 0.01
# Silence before a take is what stays 40 dB below its loudest hundredth of a second; a little of it is kept, because the
# beginning of many sounds is soft.
_QUIET = 0.01
_FRAME_S = 0.01
_LEAD_S = 0.03


@dataclass(frozen=True, eq=False)
class Take:
    """A recording of an imitation, and what of it is heard.

    Attributes:
        samples: (n,) what the imitation tower hears, at its rate.
        duration_s: Length of the whole recording.
        start_s: Where in it what is heard begins.
        end_s: Where it ends.
    """

    samples: NDArray[np.float32]
    duration_s: float
    start_s: float
    end_s: float


def read_query(path: Path, front_end: FrontEndSpec) -> NDArray[np.float32]:
    """What the imitation tower hears of a file: (n,) samples at its rate, at most its clip's length.

    Raises:
        UsageError: There is no such file.
        AudioError: It cannot be read as sound, or is silent.
    """
    samples = read_audio(path, front_end.sample_rate_hz, duration_s=front_end.duration_s)
    if _is_silent(samples, front_end.sample_rate_hz):
        raise AudioError(
            f"{path}: the query is silent in its first {front_end.duration_s:g} s; "
            "record it again, nearer to the microphone"
        )
    return samples


def hear_take(content: bytes, front_end: FrontEndSpec, *, longest_s: float) -> Take:
    """What the imitation tower hears of a recording in memory: a clip's length from where something is first heard.

    Args:
        content: A sound file of any kind that `read_audio` reads.
        front_end: That of the imitation tower.
        longest_s: Refuse a longer recording, before it is decoded where its header is honest.

    Raises:
        AudioError: It cannot be read as sound, is too long, or is silent.
    """
    name = Path("the take")
    rate_hz = front_end.sample_rate_hz
    blocks, n = [], 0
    with open_sound(BytesIO(content), name) as sound:
        claimed_s = sound.frames / sound.samplerate
        if sound.format in _HONEST and claimed_s > longest_s:
            raise _too_long(longest_s)
        for block in decoded_blocks(sound, name, rate_hz):
            blocks.append(block)
            n += len(block)
            if n > (longest_s + 1) * rate_hz:
                raise _too_long(longest_s)
    samples = np.concatenate(blocks)
    if _is_silent(samples, rate_hz):
        raise AudioError("nothing is heard in the take: check that the right microphone is chosen and not muted")
    start = _onset(samples, rate_hz)
    heard = samples[start : start + front_end.n_samples].copy()
    start_s = start / rate_hz
    return Take(heard, n / rate_hz, start_s, start_s + len(heard) / rate_hz)


_HONEST = frozenset({"WAV", "WAVEX", "RF64", "AIFF", "FLAC"})  # their headers say how long they are, at least


def _too_long(longest_s: float) -> AudioError:
    return AudioError(f"the take is longer than {longest_s:g} s: cut it to the few seconds that matter")


def _is_silent(samples: NDArray[np.float32], rate_hz: int) -> bool:
    edge = min(round(_EDGE_S * rate_hz), len(samples) // 4)
    return bool(np.ptp(samples[edge : len(samples) - edge]) < _SILENCE)


def _onset(samples: NDArray[np.float32], rate_hz: int) -> int:
    """The sample from which a take is heard."""
    frame = round(_FRAME_S * rate_hz)
    n_frames = len(samples) // frame
    if n_frames < 2:
        return 0
    frames = samples[: n_frames * frame].reshape(n_frames, frame)
    level = np.ptp(frames, axis=1)
    first = int(np.argmax(level > max(_SILENCE, _QUIET * float(level.max()))))
    return max(0, first * frame - round(_LEAD_S * rate_hz))
