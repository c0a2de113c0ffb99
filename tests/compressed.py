"""Compressed recordings of the kinds that PyAV reads, made by PyAV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

CODECS = {
    ".m4a": ("aac", "mp4"),
    ".mp4": ("aac", "mp4"),
    ".aac": ("aac", "adts"),
    ".wma": ("wmav2", "asf"),
    ".webm": ("libopus", "webm"),
    ".3gp": ("aac", "3gp"),
    ".amr": ("libopencore_amrnb", "amr"),
    ".mp2": ("mp2", "mp2"),
}
"""The codec and the container by which a file of each ending is written."""

COMPRESSED = [suffix for suffix in CODECS if suffix != ".mp2"]
"""The endings of those that only PyAV reads."""


def natural_rate_hz(suffix: str) -> int:
    """A rate that the codec has."""
    return {".amr": 8_000, ".webm": 48_000}.get(suffix, 44_100)


def encode(path: Path, samples: NDArray[np.float32], rate_hz: int, codec: str | None = None) -> Path:
    """Write (n, channels) samples in the format of the path's suffix; a skip without PyAV.

    The header of an m4a comes first, as that of a telephone's memo.
    """
    av = pytest.importorskip("av")
    usual, container = CODECS[path.suffix]
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": "faststart"} if container == "mp4" else {}
    with av.open(str(path), "w", format=container, options=options) as file:
        stream = file.add_stream(codec or usual, rate=rate_hz)
        stream.layout = layout
        stream.bit_rate = 12_200 if path.suffix == ".amr" else 128_000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        encoder = stream.codec_context
        resampler = av.AudioResampler(encoder.format.name, layout, rate_hz, frame_size=encoder.frame_size or 1_024)
        for ready in [*resampler.resample(frame), *resampler.resample(None), None]:
            file.mux(stream.encode(ready))
    return path
