"""A recording cut into overlapping windows of the recording tower's length.

A recording may be longer than a tower hears. It is cut into windows that overlap by half; the last one ends where the
recording ends, so that every window of a long recording is full. A recording shorter than one window is one window.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import stream_audio
from menura.specs import FrontEndSpec


class Window(NamedTuple):
    """A part of a recording: its begin and end in seconds, and its (n,) samples."""

    start_s: float
    end_s: float
    samples: NDArray[np.float32]


def window_starts_s(duration_s: float, window_s: float) -> NDArray[np.float64]:
    """Where the windows of a recording begin, in seconds: 0, half a window, a window ..., the last ending with it.

    Args:
        duration_s: The recording's length.
        window_s: A window's length.

    Returns:
        (n,) ascending, n >= 1.
    """
    last_s = max(0.0, duration_s - window_s)
    hop_s = window_s / 2
    n_after_first = math.ceil(last_s / hop_s - 1e-6)  # rounding must not make one more
    starts: NDArray[np.float64] = np.minimum(np.arange(n_after_first + 1) * hop_s, last_s)
    return starts


def iter_windows(path: str | Path, spec: FrontEndSpec) -> Iterator[Window]:
    """The windows of a file at the front end's rate, those that `window_starts_s` lists, streamed.

    At no time is more of the file in memory than a window and a block. Errors are those of `read_audio`; they may come
    after the first windows.
    """
    n, hop, rate_hz = spec.n_samples, spec.n_samples // 2, spec.sample_rate_hz
    held = np.zeros(0, np.float32)  # what was decoded last, from sample `begin` on
    waiting: list[NDArray[np.float32]] = []  # what comes after it: joined only when a window is full
    begin = start = total = 0

    def window(first: int) -> Window:
        samples = held[first - begin : first - begin + n]
        return Window(first / rate_hz, (first + len(samples)) / rate_hz, samples.copy())

    for block in stream_audio(path, rate_hz):
        waiting.append(block)
        total += len(block)
        if start + n > total:
            continue
        held = np.concatenate([held, *waiting])
        waiting.clear()
        while start + n <= total:
            yield window(start)
            start += hop
        keep_from = min(start, max(0, total - n))  # the last window may begin before the next regular one
        held, begin = held[keep_from - begin :], keep_from
    last_end = start - hop + n if start else 0
    if last_end < total:
        held = np.concatenate([held, *waiting])
        yield window(max(0, total - n))
