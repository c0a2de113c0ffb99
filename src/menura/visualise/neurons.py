"""Where the neurons of a network are: its layers, and which part of a spectrogram a convolutional neuron hears.

A filter of a convolutional layer is one neuron repeated over the spectrogram, so it is looked at in one place: the
middle of its map. It hears nothing outside of its receptive field there; in mn04, whose squeeze-and-excitation weighs
channels by the whole clip, nothing else does more than weigh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from menura.network.mobilenet import REACHES
from menura.specs import MN04_CHANNELS, SIDES, MobileNetTowerSpec, NetworkSpec, Side, TowerSpec
from menura.visualise.box import Box, whole_box

Kind = Literal["filters", "neurons", "fc1", "fc2"]
"""What a layer's neurons are: filters of a tower's convolution, the neurons that read mn04, or those of the FCN."""


@dataclass(frozen=True)
class Layer:
    """A layer of neurons.

    Attributes:
        name: As in the paper, `imitation conv1` to `recording conv3`, `fc1`, `fc2`; in a tower that is mn04,
            `imitation layer0` to `imitation layer16` and `imitation neurons`.
        kind: What its neurons are.
        depth: Of a convolutional layer, as in its name; 0 for others.
        n_neurons: Filters of a convolutional layer, else neurons.
        boxes: For each side that reaches the layer, the part of its input that one neuron hears.
    """

    name: str
    kind: Kind
    depth: int
    n_neurons: int
    boxes: Mapping[Side, Box]

    @property
    def is_convolutional(self) -> bool:
        """Whether its neurons are filters."""
        return self.kind == "filters"


def layers_of(spec: NetworkSpec) -> list[Layer]:
    """Every layer of both towers, of mn04 those that something is kept of, and of the fully connected network."""
    of_towers = [layer for side in SIDES for layer in _layers_of_tower(spec.tower(side), side)]
    whole = {side: whole_box(spec.tower(side).front_end) for side in SIDES}
    return [*of_towers, Layer("fc1", "fc1", 0, spec.n_hidden, whole), Layer("fc2", "fc2", 0, 1, whole)]


def map_shape(tower: TowerSpec, depth: int) -> tuple[int, int]:
    """(mel, time) of a convolutional layer's map, before its pooling."""
    shape = list(tower.front_end.shape)
    for step in _steps_to(tower, depth):
        for axis in (0, 1):
            shape[axis] = (shape[axis] + 2 * step.padding[axis] - step.kernel[axis]) // step.stride[axis] + 1
    mel, time = shape
    return mel, time


def receptive_box(tower: TowerSpec, depth: int, unit: tuple[int, int]) -> Box:
    """What the unit at (mel, time) of a layer's map, before its pooling, hears of the input."""
    low, high = list(unit), list(unit)
    for step in reversed(_steps_to(tower, depth)):
        for axis in (0, 1):
            low[axis] = low[axis] * step.stride[axis] - step.padding[axis]
            high[axis] = high[axis] * step.stride[axis] - step.padding[axis] + step.kernel[axis] - 1
    first_mel, first_frame = (max(0, place) for place in low)
    last_mel, last_frame = (min(place, size - 1) for place, size in zip(high, tower.front_end.shape, strict=True))
    return Box(first_mel, last_mel - first_mel + 1, first_frame, last_frame - first_frame + 1)


def middle_box(tower: TowerSpec, depth: int) -> Box:
    """What the unit in the middle of a layer's map hears."""
    return receptive_box(tower, depth, middle_unit(tower, depth))


def middle_unit(tower: TowerSpec, depth: int) -> tuple[int, int]:
    """(mel, time) of the unit in the middle of a layer's map."""
    mel, time = map_shape(tower, depth)
    return mel // 2, time // 2


def layer_of_mn04(tower: MobileNetTowerSpec, side: Side, depth: int) -> Layer:
    """One of mn04's layers 0 to 16, whether anything is kept of it or not."""
    return Layer(f"{side} layer{depth}", "filters", depth, MN04_CHANNELS[depth], {side: middle_box(tower, depth)})


def _layers_of_tower(tower: TowerSpec, side: Side) -> list[Layer]:
    if not isinstance(tower, MobileNetTowerSpec):
        return [
            Layer(f"{side} conv{depth}", "filters", depth, layer.filters, {side: middle_box(tower, depth)})
            for depth, layer in enumerate(tower.layers, start=1)
        ]
    layers = [layer_of_mn04(tower, side, depth) for depth in sorted({pool.layer for pool in tower.pools})]
    if tower.n_neurons:
        layers.append(Layer(f"{side} neurons", "neurons", 0, tower.n_neurons, {side: whole_box(tower.front_end)}))
    return layers


class _Step(NamedTuple):
    """A convolution or a pooling; sizes are (mel, time)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)


def _steps_to(tower: TowerSpec, depth: int) -> list[_Step]:
    """What lies between the input and the map of a layer."""
    if isinstance(tower, MobileNetTowerSpec):
        return [_Step((kernel,) * 2, (stride,) * 2, (kernel // 2,) * 2) for kernel, stride in REACHES[: depth + 1]]
    steps = []
    for layer in tower.layers[:depth]:
        steps += [_Step(layer.kernel, (1, 1)), _Step(layer.pool, layer.pool)]
    return steps[:-1]
