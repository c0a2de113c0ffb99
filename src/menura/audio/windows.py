"""A recording cut into overlapping windows of the recording tower's length.

A recording may be longer than a tower hears. It is cut into windows that overlap by half; the last one ends where the
recording ends, so that every window of a long recording is full. A recording shorter than one window is one window.
"""

from __future__ import annotations

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


def window_count(n_samples: int, spec: FrontEndSpec) -> int:
    """How many windows a recording is cut into.

    Args:
        n_samples: The recording's length at the front end's rate.
        spec: The front end of the recording tower.

    Returns:
        1 or more: full windows that begin half a window apart, and a last one that ends with the recording.
    """
    return 1 + -(-max(0, n_samples - spec.n_samples) // _hop(spec))


def window_start(number: int, n_samples: int, spec: FrontEndSpec) -> int:
    """The sample with which a window begins, `number` counting from 0; arguments as for `window_count`."""
    return min(number * _hop(spec), max(0, n_samples - spec.n_samples))


def _hop(spec: FrontEndSpec) -> int:
    return max(1, spec.n_samples // 2)


def iter_windows(path: str | Path, spec: FrontEndSpec) -> Iterator[Window]:
    """The windows of a file at the front end's rate, as many as `window_count` says and where `window_start` does.

    At no time is more of the file in memory than a window and a block. Errors are those of `read_audio`; they may come
    after the first windows.
    """
    n, rate_hz = spec.n_samples, spec.sample_rate_hz
    held = np.zeros(0, np.float32)  # what was decoded last, from sample `begin` on
    waiting: list[NDArray[np.float32]] = []  # what comes after it: joined only when a window is full
    begin = number = total = 0

    def window(first: int) -> Window:
        samples = held[first - begin : first - begin + n]
        return Window(first / rate_hz, (first + len(samples)) / rate_hz, samples.copy())

    for block in stream_audio(path, rate_hz):
        waiting.append(block)
        total += len(block)
        if number * _hop(spec) + n > total:
            continue
        held = np.concatenate([held, *waiting])
        waiting.clear()
        while (start := number * _hop(spec)) + n <= total:
            yield window(start)
            number += 1
        keep_from = min(start, total - n)  # the last window may begin before the next regular one
        held, begin = held[keep_from - begin :], keep_from
    if number < window_count(total, spec):
        held = np.concatenate([held, *waiting])
        yield window(window_start(number, total, spec))
