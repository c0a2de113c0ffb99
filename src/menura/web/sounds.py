"""A sound as a browser can play it: the file itself where it can, and otherwise 16-bit wav made on the way.

The wav is never made as a whole. Its length follows from the number of frames, so any part of it can be decoded when
it is asked for, and an hour of aiff costs no more memory than a click.
"""

from __future__ import annotations

import os
import struct
import threading
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

import numpy as np

from menura.audio.containers import UNDECODABLE, Sound, is_odd, opened_sound
from menura.audio.files import read_frames

_PLAYABLE = {
    ("WAV", "PCM_16"): "audio/wav",
    ("WAVEX", "PCM_16"): "audio/wav",
    ("FLAC", "PCM_16"): "audio/flac",
    ("FLAC", "PCM_24"): "audio/flac",
    ("OGG", "VORBIS"): "audio/ogg",
    ("OGG", "OPUS"): "audio/ogg",
    ("MP3", "MPEG_LAYER_III"): "audio/mpeg",
    ("MPEG", "MPEG_LAYER_III"): "audio/mpeg",
}
_HEADER_BYTES = 44
_MOST_BYTES = 2**32 - 1 - _HEADER_BYTES  # a wav counts in 32 bits


class FileContent:
    """A file as it is."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self.size = os.fstat(stream.fileno()).st_size

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`."""
        self._stream.seek(start)
        return self._stream.read(stop - start)

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()


class WavContent:
    """A sound as a 16-bit wav of one or two channels; more than two are averaged to one."""

    def __init__(self, stream: BufferedReader, sound: Sound) -> None:
        self._stream = stream
        self._sound = sound
        self._channels = self._sound.channels if self._sound.channels <= 2 else 1
        self._frame_bytes = 2 * self._channels
        self._frames = min(self._sound.frames, _MOST_BYTES // self._frame_bytes)
        self._lock = threading.Lock()
        self.size = _HEADER_BYTES + self._frames * self._frame_bytes

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`."""
        header = self._header()[start:stop]
        first = max(0, start - _HEADER_BYTES) // self._frame_bytes
        last = -(-max(0, stop - _HEADER_BYTES) // self._frame_bytes)
        if last <= first:
            return header
        skipped = max(0, start - _HEADER_BYTES) - first * self._frame_bytes
        samples = self._decoded(first, last - first)
        return header + samples[skipped : skipped + stop - max(start, _HEADER_BYTES)]

    def close(self) -> None:
        """Let go of the file."""
        self._sound.close()
        self._stream.close()

    def _decoded(self, first: int, count: int) -> bytes:
        decoded = np.zeros((count, self._sound.channels), np.float32)
        with self._lock, suppress(*UNDECODABLE):  # silence for what is damaged keeps what follows in its place
            if self._sound.tell() == first or self._sound.seek(first) == first:
                samples = read_frames(self._sound, count).samples
                decoded[: len(samples)] = samples
        if decoded.shape[1] > self._channels:
            decoded = decoded.mean(axis=1, keepdims=True)
        limited = np.clip(np.nan_to_num(decoded, posinf=1, neginf=-1), -1, 1)
        rounded: bytes = np.round(limited * 32_767).astype("<i2").tobytes()
        return rounded

    def _header(self) -> bytes:
        rate, n_bytes = self._sound.samplerate, self._frames * self._frame_bytes
        return struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            *(b"RIFF", _HEADER_BYTES - 8 + n_bytes, b"WAVE", b"fmt ", 16, 1, self._channels, rate),
            *(rate * self._frame_bytes, self._frame_bytes, 16, b"data", n_bytes),
        )


def playable(stream: BufferedReader, path: Path) -> tuple[FileContent | WavContent, str]:
    """What to send of an open file so that a browser can play it, and its media type.

    Raises:
        AudioError: It is not a sound.
    """
    written_so = not is_odd(stream)
    sound = opened_sound(stream, path)
    media_type = _PLAYABLE.get((sound.format, sound.subtype))
    if media_type is None or sound.channels > 2 or not written_so:
        return WavContent(stream, sound), "audio/wav"
    sound.close()
    stream.seek(0)
    return FileContent(stream), media_type
