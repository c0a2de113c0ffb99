"""A recording cut into overlapping windows of the recording tower's length, where it sounds.

A recording may be longer than a tower hears. Its windows overlap by half, and each begins where sound begins: what
stays 40 dB below the loudest of the next window's length is passed over, digital silence altogether. So a one-shot
after ten seconds of silence is heard as it is without them, and a place that is shown is one where something sounds.
The last window may run past the end, where towers hear silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import stream_audio
from menura.audio.mono import SILENCE
from menura.errors import AudioError
from menura.specs import FrontEndSpec

_SOFT = 0.01  # of the loudest hundredth of a second: 40 dB below it
_FRAME_S = 0.01


class Window(NamedTuple):
    """A part of a recording: its begin and end in seconds, and its (n,) samples, without offset."""

    start_s: float
    end_s: float
    samples: NDArray[np.float32]


class Windows:
    """The windows of a file at the front end's rate, in their order; it can be gone through once.

    At no time is more of the file in memory than two windows and a block. Errors are those of `read_audio`, and an
    `AudioError` for a file that is silent from beginning to end; they may come after the first windows.

    Attributes:
        duration_s: Length of what has been read: of the whole file, once its last window has come.
    """

    def __init__(self, path: str | Path, spec: FrontEndSpec) -> None:
        self._path = path
        self._spec = spec
        self.duration_s = 0.0

    def __iter__(self) -> Iterator[Window]:
        cutter = _Cutter(self._spec)
        found = False
        for block in stream_audio(self._path, self._spec.sample_rate_hz):
            self.duration_s = cutter.add(block) / self._spec.sample_rate_hz
            for window in cutter.windows():
                found = True
                yield window
        for window in cutter.windows(at_end=True):
            found = True
            yield window
        if not found:
            raise AudioError(f"{self._path}: silent from beginning to end")


def without_offset(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The (n,) samples of a window less their mean, n >= 1."""
    return samples - np.float32(samples.mean(dtype=np.float64))


class _Cutter:
    """Cuts what comes in blocks. All places are in samples from the beginning of the recording."""

    def __init__(self, spec: FrontEndSpec) -> None:
        self._length = spec.n_samples
        self._rate_hz = spec.sample_rate_hz
        self._frame = max(1, round(_FRAME_S * spec.sample_rate_hz))
        self._held = np.zeros(0, np.float32)  # from sample `begin` on
        self._waiting: list[NDArray[np.float32]] = []  # what comes after it: joined only when there is enough
        self._begin = self._total = 0
        self._next = 0  # no window begins before this
        self._covered = 0  # up to here windows have heard everything

    def add(self, block: NDArray[np.float32]) -> int:
        """Take what comes next; how much has come in all."""
        self._waiting.append(block)
        self._total += len(block)
        return self._total

    def windows(self, *, at_end: bool = False) -> Iterator[Window]:
        """The windows that are whole; at the end, all that are left."""
        # A window may begin as late as the length of one after `next`, and is known when it is there as a whole.
        while self._next < self._total and (at_end or self._next + 2 * self._length <= self._total):
            self._join()
            start = self._start()
            if start is None:
                self._next += self._length
                continue
            end = min(start + self._length, self._total)
            yield self._window(start, end)
            self._covered, self._next = end, start + max(1, self._length // 2)
            if at_end and end == self._total:
                return

    def _start(self) -> int | None:
        """Where the next window begins; None where nothing new is heard in the length of one."""
        ahead = self._held[self._next - self._begin :][: self._length]
        n_frames = -(-len(ahead) // self._frame)
        padded = np.pad(ahead, (0, n_frames * self._frame - len(ahead)), mode="edge").reshape(n_frames, self._frame)
        level = np.ptp(padded, axis=1)
        sounds = level > SILENCE
        new = max(0, self._covered - self._next) // self._frame
        if not sounds[new:].any():
            return None
        first = int(np.argmax(sounds & (level > _SOFT * level.max())))
        return self._next + first * self._frame

    def _window(self, start: int, end: int) -> Window:
        samples = self._held[start - self._begin : end - self._begin]
        return Window(start / self._rate_hz, end / self._rate_hz, without_offset(samples))

    def _join(self) -> None:
        """Have everything from `next` on in one piece, and let go of what is before it."""
        if self._waiting:
            self._held = np.concatenate([self._held, *self._waiting])
            self._waiting.clear()
        self._held, self._begin = self._held[max(0, self._next - self._begin) :], max(self._next, self._begin)
