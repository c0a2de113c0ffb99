"""The numbers of the system, each with its unit, and the sizes that follow from them.

A `FrontEndSpec` says how sound becomes a log-mel spectrogram, a `TowerSpec` what a tower does with it, and a
`NetworkSpec` joins two towers. Sizes that follow from others are properties, so they cannot disagree.

There are two kinds of tower. A `ConvTowerSpec` is one of the paper's: its first convolutions, whose last output is
kept whole, on a clip of fixed length. A `MobileNetTowerSpec` is a network that knows AudioSet, of whose layers
statistics are kept, on a clip of any length.

Sources: section 3 and figure 1 of the paper (TL-IMINET); Howard et al., *Searching for MobileNetV3*, ICCV 2019, and
Schmid, Koutini, Widmer, *Efficient large-scale audio tagging via transformer-to-CNN knowledge distillation*, ICASSP
2023 (the network mn04 and its front end).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from menura.errors import ModelError


@dataclass(frozen=True)
class FrontEndSpec:
    """How a clip becomes the log-mel spectrogram that a tower sees.

    The first `n_samples` samples at `sample_rate_hz`, zero-padded, are cut into `n_frames` frames of
    `frame_samples` (Hann window, frame k centred on sample k x hop, zeros beyond the ends), whose power spectra are
    summed in `n_mels` Slaney mel bands from `f_min_hz` to `f_max_hz` and expressed in dB relative to the
    clip's maximum, no lower than -`dynamic_range_db`.
    """

    sample_rate_hz: int
    duration_s: float
    n_mels: int
    f_min_hz: float
    f_max_hz: float
    frame_samples: int
    hop_samples: int
    n_frames: int
    dynamic_range_db: float = 60.0

    def __post_init__(self) -> None:
        if not 0 <= self.f_min_hz < self.f_max_hz <= self.sample_rate_hz / 2:
            raise ValueError(
                f"mel bands from {self.f_min_hz} to {self.f_max_hz} Hz do not fit in 0 to {self.sample_rate_hz / 2} Hz"
            )
        available = 1 + self.n_samples // self.hop_samples
        if not 0 < self.n_frames <= available:
            raise ValueError(f"{self.n_frames} frames asked of a clip that gives {available}")

    @property
    def n_samples(self) -> int:
        """Length of a clip in samples."""
        return round(self.duration_s * self.sample_rate_hz)

    @property
    def silence(self) -> float:
        """What a tower is given where no sound is."""
        return 0.0

    @property
    def hop_s(self) -> float:
        """Time from one frame to the next, in seconds."""
        return self.hop_samples / self.sample_rate_hz

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the log-mel spectrogram: (mel bands, frames)."""
        return (self.n_mels, self.n_frames)


KALDI_FLOOR, KALDI_OFFSET, KALDI_SCALE = 1e-5, 4.5, 5.0


@dataclass(frozen=True)
class KaldiFrontEndSpec(FrontEndSpec):
    """The front end of mn04, after Kaldi's, in loudness as it is or relative to the clip's loudest.

    The difference y[n] = x[n + 1] - `pre_emphasis` x[n] is cut into frames as above, but of each only the middle
    `window_samples` count, under a symmetric Hann window. The bands are evenly spaced on the mel scale
    1127 ln(1 + f / 700) and triangles of height 1 in it. Levels are `(ln(power + 1e-5) + 4.5) / 5`, as mn04 was
    trained, or ln(power) / 5 moved so that the clip's highest is `loudest`, and no lower than `dynamic_range_db` below
    it: then a clip is the same at any volume, and what is silent in one is as silent in another. In pictures, levels
    are in dB relative to the clip's maximum, as above.
    """

    window_samples: int = 800
    pre_emphasis: float = 0.97
    loudest: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 < self.window_samples <= self.frame_samples:
            raise ValueError(f"a window of {self.window_samples} samples in a frame of {self.frame_samples}")

    @property
    def silence(self) -> float:
        """What a tower is given where no sound is."""
        if self.loudest is None:
            return (math.log(KALDI_FLOOR) + KALDI_OFFSET) / KALDI_SCALE
        return self.loudest - self.dynamic_range_db * math.log(10) / 10 / KALDI_SCALE


@dataclass(frozen=True)
class ConvSpec:
    """One 'valid' convolution of stride 1, ReLU, then max-pooling; sizes are (mel, time)."""

    filters: int
    kernel: tuple[int, int]
    pool: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class ConvTowerSpec:
    """A tower as the paper has it: a front end and the convolutional layers on top of it."""

    front_end: FrontEndSpec
    layers: tuple[ConvSpec, ...]

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """Shape of the last layer's output: (filters, mel, time)."""
        mel, time = self.front_end.shape
        filters = 1
        for layer in self.layers:
            mel = (mel - layer.kernel[0] + 1) // layer.pool[0]
            time = (time - layer.kernel[1] + 1) // layer.pool[1]
            filters = layer.filters
            if mel < 1 or time < 1:
                raise ValueError(f"a {self.front_end.shape} log-mel spectrogram is too small for {self.layers}")
        return (filters, mel, time)

    @property
    def n_features(self) -> int:
        """Length of the flat output."""
        filters, mel, time = self.output_shape
        return filters * mel * time


MN04_CHANNELS = (8, 8, *[16] * 5, *[32] * 4, *[48] * 2, *[64] * 3, 384)
"""Channels that come out of each of mn04's layers 0 to 16; the means of the last are its embedding of a clip."""

Statistic = Literal["mean", "spread"]


@dataclass(frozen=True)
class PoolSpec:
    """What is kept of one layer's output: a statistic of each channel over each cell of a grid.

    The grid divides the output into equal parts of the (mel, time) axes, neighbours sharing a row where they do not
    come out even. (1, 1) is the whole, (1, 4) the quarters of the time. The spread is the standard deviation.
    """

    layer: int
    statistic: Statistic = "mean"
    grid: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        if not 0 <= self.layer < len(MN04_CHANNELS):
            raise ValueError(f"layer {self.layer} asked of a network with layers 0 to {len(MN04_CHANNELS) - 1}")
        if self.statistic not in get_args(Statistic):
            raise ValueError(f"{self.statistic!r} is no statistic: {', '.join(get_args(Statistic))}")
        if min(self.grid) < 1:
            raise ValueError(f"a grid of {self.grid} parts")

    @property
    def n_features(self) -> int:
        """How many numbers are kept."""
        return MN04_CHANNELS[self.layer] * self.grid[0] * self.grid[1]


@dataclass(frozen=True)
class MobileNetTowerSpec:
    """The network mn04, what is kept of its layers, in this order, and how many neurons (ReLU) read it, if any."""

    front_end: KaldiFrontEndSpec
    pools: tuple[PoolSpec, ...]
    n_neurons: int = 0

    @property
    def n_features(self) -> int:
        """Length of the output."""
        return self.n_neurons or sum(pool.n_features for pool in self.pools)


TowerSpec = ConvTowerSpec | MobileNetTowerSpec


Side = Literal["imitation", "recording"]
"""What one of the two towers hears."""

SIDES: tuple[Side, Side] = ("imitation", "recording")


@dataclass(frozen=True)
class NetworkSpec:
    """Two towers that share no weights, joined by FC1 (`n_hidden` neurons) and FC2 (one neuron)."""

    imitation: TowerSpec
    recording: TowerSpec
    n_hidden: int = 108

    @property
    def n_joint(self) -> int:
        """Length of the two flat outputs, concatenated."""
        return self.imitation.n_features + self.recording.n_features

    def tower(self, side: Side) -> TowerSpec:
        """The tower of a side."""
        return self.imitation if side == "imitation" else self.recording

    def to_dict(self) -> dict[str, Any]:
        """The spec as plain JSON values."""
        return {**{side: tower_to_dict(self.tower(side)) for side in SIDES}, "n_hidden": self.n_hidden}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkSpec:
        """The spec that `to_dict` wrote; a `ModelError` if anything is missing or out of range."""
        try:
            imitation, recording = (tower_from_dict(values[side]) for side in SIDES)
            return cls(imitation, recording, int(values["n_hidden"]))
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise ModelError(f"the network's sizes cannot be read: {error!r}") from error


_MOBILENET = "mobilenet"


def tower_to_dict(spec: TowerSpec) -> dict[str, Any]:
    """A tower's spec as plain JSON values. One without a `kind` is the paper's, as when there was no other."""
    return {"kind": _MOBILENET, **asdict(spec)} if isinstance(spec, MobileNetTowerSpec) else asdict(spec)


def tower_from_dict(values: dict[str, Any]) -> TowerSpec:
    """The spec that `tower_to_dict` wrote; a `KeyError`, `TypeError` or `ValueError` if it is not one."""
    if "kind" not in values:
        layers = tuple(
            ConvSpec(int(layer["filters"]), _pair(layer["kernel"]), _pair(layer["pool"])) for layer in values["layers"]
        )
        return ConvTowerSpec(FrontEndSpec(**values["front_end"]), layers)
    if values["kind"] != _MOBILENET:
        raise ValueError(f"a tower of the kind {values['kind']!r}, which this Menura does not know")
    pools = (PoolSpec(int(pool["layer"]), pool["statistic"], _pair(pool["grid"])) for pool in values["pools"])
    return MobileNetTowerSpec(KaldiFrontEndSpec(**values["front_end"]), tuple(pools), int(values["n_neurons"]))


def _pair(values: list[int]) -> tuple[int, int]:
    mel, time = values
    return (int(mel), int(time))


IMITATION_FRONT_END = FrontEndSpec(
    sample_rate_hz=16_000,
    duration_s=4.0,
    n_mels=39,
    f_min_hz=0.0,
    f_max_hz=5_000.0,
    frame_samples=133,  # 8.33 ms
    hop_samples=133,
    n_frames=482,
)

RECORDING_FRONT_END = FrontEndSpec(
    sample_rate_hz=44_100,
    duration_s=3.0,
    n_mels=128,
    f_min_hz=0.0,
    f_max_hz=22_050.0,
    frame_samples=1_024,  # 23 ms
    hop_samples=1_024,
    n_frames=128,
)

TL_IMINET = NetworkSpec(
    imitation=ConvTowerSpec(
        IMITATION_FRONT_END, (ConvSpec(48, (6, 6), (2, 2)), ConvSpec(48, (6, 6), (2, 2)), ConvSpec(48, (6, 6), (1, 2)))
    ),
    recording=ConvTowerSpec(
        RECORDING_FRONT_END, (ConvSpec(24, (5, 5), (2, 4)), ConvSpec(48, (5, 5), (2, 4)), ConvSpec(48, (5, 5)))
    ),
)


def mn04_front_end(duration_s: float, *, loudest: float | None = None) -> KaldiFrontEndSpec:
    """The front end that mn04 was trained with, on clips of some length; or its like in relative loudness, of 60 dB."""
    return KaldiFrontEndSpec(
        sample_rate_hz=32_000,
        duration_s=duration_s,
        n_mels=128,
        f_min_hz=0.0,
        f_max_hz=15_000.0,
        frame_samples=1_024,
        hop_samples=320,  # 10 ms
        n_frames=-(-round(32_000 * duration_s) // 320),
        dynamic_range_db=80.0 if loudest is None else 60.0,
        loudest=loudest,
    )
