"""Where the neurons of a network are: its layers, and which part of a spectrogram a convolutional neuron hears.

A filter of a convolutional layer is one neuron repeated over the spectrogram, so it is looked at in one place: the
middle of its map. It hears nothing outside of its receptive field there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from menura.errors import ModelError
from menura.specs import ConvTowerSpec, FrontEndSpec, NetworkSpec, Side, TowerSpec


@dataclass(frozen=True)
class Box:
    """A rectangle of a log-mel spectrogram, in bands and frames."""

    first_mel: int
    n_mels: int
    first_frame: int
    n_frames: int

    @property
    def shape(self) -> tuple[int, int]:
        """(mel bands, frames)."""
        return (self.n_mels, self.n_frames)

    @property
    def slices(self) -> tuple[slice, slice]:
        """What cuts it out of a (..., mel, frames) spectrogram."""
        mel = slice(self.first_mel, self.first_mel + self.n_mels)
        return mel, slice(self.first_frame, self.first_frame + self.n_frames)


@dataclass(frozen=True)
class Layer:
    """A layer of neurons.

    Attributes:
        name: As in the paper: `imitation conv1` to `recording conv3`, `fc1`, `fc2`.
        depth: Of a convolutional layer, from 1; 0 for a fully connected one.
        n_neurons: Filters of a convolutional layer, else neurons.
        boxes: For each side that reaches the layer, the part of its input that one neuron hears.
    """

    name: str
    depth: int
    n_neurons: int
    boxes: Mapping[Side, Box]

    @property
    def is_convolutional(self) -> bool:
        """Whether it belongs to one tower."""
        return self.depth > 0


def layers_of(spec: NetworkSpec) -> list[Layer]:
    """Every layer of both towers and of the fully connected network.

    Raises:
        ModelError: A tower is of another kind than the paper's.
    """
    towers: dict[Side, ConvTowerSpec] = {
        "imitation": _paper_tower(spec.imitation),
        "recording": _paper_tower(spec.recording),
    }
    convolutional = [
        Layer(f"{side} conv{depth}", depth, layer.filters, {side: middle_box(tower, depth)})
        for side, tower in towers.items()
        for depth, layer in enumerate(tower.layers, start=1)
    ]
    whole = {side: _whole(tower.front_end) for side, tower in towers.items()}
    return [*convolutional, Layer("fc1", 0, spec.n_hidden, whole), Layer("fc2", 0, 1, whole)]


def map_shape(tower: ConvTowerSpec, depth: int) -> tuple[int, int]:
    """(mel, time) of a convolutional layer's map, before its pooling."""
    mel, time = tower.front_end.shape
    for number, layer in enumerate(tower.layers[:depth], start=1):
        mel, time = mel - layer.kernel[0] + 1, time - layer.kernel[1] + 1
        if number < depth:
            mel, time = mel // layer.pool[0], time // layer.pool[1]
    return mel, time


def receptive_box(tower: ConvTowerSpec, depth: int, unit: tuple[int, int]) -> Box:
    """What the unit at (mel, time) of a layer's map, before its pooling, hears of the input."""
    size, stride = [1, 1], [1, 1]
    for number, layer in enumerate(tower.layers[:depth], start=1):
        for axis in (0, 1):
            size[axis] += (layer.kernel[axis] - 1) * stride[axis]
            if number < depth:
                size[axis] += (layer.pool[axis] - 1) * stride[axis]
                stride[axis] *= layer.pool[axis]
    return Box(unit[0] * stride[0], size[0], unit[1] * stride[1], size[1])


def middle_box(tower: ConvTowerSpec, depth: int) -> Box:
    """What the unit in the middle of a layer's map hears."""
    mel, time = map_shape(tower, depth)
    return receptive_box(tower, depth, (mel // 2, time // 2))


def _paper_tower(tower: TowerSpec) -> ConvTowerSpec:
    if not isinstance(tower, ConvTowerSpec):
        raise ModelError("patterns can be made for towers like the paper's alone, and this model's are of another kind")
    return tower


def _whole(front_end: FrontEndSpec) -> Box:
    return Box(0, front_end.n_mels, 0, front_end.n_frames)
