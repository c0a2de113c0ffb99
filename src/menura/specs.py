"""The numbers of the system, each with its unit, and the sizes that follow from them.

A `FrontEndSpec` says how sound becomes a log-mel spectrogram, a `TowerSpec` what a tower does with it, and a
`NetworkSpec` joins two towers. Sizes that follow from others are properties, so they cannot disagree.

Source: section 3 and figure 1 of the paper (TL-IMINET).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

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
    dynamic_range_db: float = 80.0

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
    def hop_s(self) -> float:
        """Time from one frame to the next, in seconds."""
        return self.hop_samples / self.sample_rate_hz

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the log-mel spectrogram: (mel bands, frames)."""
        return (self.n_mels, self.n_frames)


@dataclass(frozen=True)
class ConvSpec:
    """One 'valid' convolution of stride 1, ReLU, then max-pooling; sizes are (mel, time)."""

    filters: int
    kernel: tuple[int, int]
    pool: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class TowerSpec:
    """A front end and the convolutional layers on top of it."""

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

    def to_dict(self) -> dict[str, Any]:
        """The spec as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkSpec:
        """The spec that `to_dict` wrote; a `ModelError` if anything is missing or out of range."""
        try:
            return cls(
                imitation=_tower_from_dict(values["imitation"]),
                recording=_tower_from_dict(values["recording"]),
                n_hidden=int(values["n_hidden"]),
            )
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise ModelError(f"the network's sizes cannot be read: {error!r}") from error


def _tower_from_dict(values: dict[str, Any]) -> TowerSpec:
    layers = tuple(
        ConvSpec(int(layer["filters"]), _pair(layer["kernel"]), _pair(layer["pool"])) for layer in values["layers"]
    )
    return TowerSpec(FrontEndSpec(**values["front_end"]), layers)


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
    imitation=TowerSpec(
        IMITATION_FRONT_END,
        (
            ConvSpec(48, (6, 6), (2, 2)),
            ConvSpec(48, (6, 6), (2, 2)),
            ConvSpec(48, (6, 6), (1, 2)),
        ),
    ),
    recording=TowerSpec(
        RECORDING_FRONT_END,
        (
            ConvSpec(24, (5, 5), (2, 4)),
            ConvSpec(48, (5, 5), (2, 4)),
            ConvSpec(48, (5, 5)),
        ),
    ),
)
