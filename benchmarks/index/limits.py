"""What the stages of filling could not take less than, on one thread of this machine.

Hashing is SHA-256 alone, of a file that is in memory; decoding is libsndfile alone; of the log-mel spectrogram it is
the Fourier transforms alone. Tower and projection are their multiplications, at the rate of NumPy's best product of
large matrices, which reaches the processor's peak.
"""

from __future__ import annotations

import hashlib
import math
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import soundfile
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from menura import Bundle
from menura.audio.windows import Windows
from menura.specs import FrontEndSpec

_SQUARE = 1_024
_ROUNDS = 5


def limits_ms(files: Sequence[Path], bundle: Bundle) -> dict[str, float]:
    """Median milliseconds a sound of each stage, as `benchmarks.index.filling` names them."""
    spec = bundle.spec.recording.front_end
    found: dict[str, list[float]] = {}
    with threadpool_limits(1):
        peak = multiply_adds_a_second()
        tower = multiply_adds(bundle.recording_tower.content, (1, 1, *spec.shape)) / peak
        projection = bundle.head.recording_weight.size / peak
        for file in files:
            content = file.read_bytes()
            clips = [window.samples for window in Windows(file, spec)]
            of_this = {
                "hash": seconds_of(lambda content=content: hashlib.sha256(content)),
                "decode": seconds_of(lambda file=file: soundfile.read(file, dtype="float32")),
                "log-mel": sum(transform_s(len(clip), spec) for clip in clips),
                "tower": tower * len(clips),
                "projection": projection * len(clips),
            }
            for stage, seconds in of_this.items():
                found.setdefault(stage, []).append(seconds)
    return {stage: round(1_000 * statistics.median(seconds), 3) for stage, seconds in found.items()}


def transform_s(n_samples: int, spec: FrontEndSpec) -> float:
    """Seconds of the transforms of the frames in which a clip of so many samples sounds."""
    n_frames = min(spec.n_frames, -(-n_samples // spec.hop_samples) + 1)
    frames = np.random.default_rng(0).standard_normal((n_frames, spec.frame_samples), dtype=np.float32)
    step = max(1, _SQUARE * 31 // spec.frame_samples)  # as large at once as the front ends take them

    def transform() -> None:
        for at in range(0, n_frames, step):
            np.fft.rfft(frames[at : at + step])

    return seconds_of(transform)


def seconds_of(work: Callable[[], object]) -> float:
    """The fewest seconds of several rounds: nothing takes less than what is needed."""
    taken = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def multiply_adds_a_second() -> float:
    """How many multiplications with addition NumPy's product of matrices makes in float32."""
    one: NDArray[np.float32] = np.ones((_SQUARE, _SQUARE), np.float32)
    return _SQUARE**3 / seconds_of(lambda: one @ one)


def multiply_adds(content: bytes, shape: Sequence[int]) -> int:
    """How many multiplications with addition a network in ONNX makes of an input of this shape."""
    model = onnx.load_from_string(content)
    for dim, size in zip(model.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        dim.dim_value = size
    graph = onnx.shape_inference.infer_shapes(model).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    shapes = {one.name: [dim.dim_value for dim in one.type.tensor_type.shape.dim] for one in values}
    shapes |= {one.name: list(one.dims) for one in graph.initializer}
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            total += math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
        elif node.op_type in {"Gemm", "MatMul"}:
            total += math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    return total
