"""What is maximised: the activation of one neuron, as a function of the spectrograms that reach it.

ReLU is replaced by leaky ReLU of slope 0.3, so that an input below the threshold has a gradient too, and the weights
stay as they are (paper, section 4.1). Activations are taken before max-pooling: one unit, not the best of several.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn

from menura.network.iminet import IMINET
from menura.network.towers import ConvTower
from menura.specs import Side
from menura.visualise.neurons import Layer

SLOPE = 0.3

Activation = Callable[[tuple[Tensor, ...], Tensor], Tensor]
"""(inputs, neurons) to activations: each input is (n, 1, mel, frames), the i-th for the i-th of (n,) neurons; (n,)."""


def leaky(network: IMINET) -> IMINET:
    """A copy in evaluation mode with frozen weights, whose towers have leaky ReLUs."""
    copied = deepcopy(network.folded())
    for tower in (copied.imitation_tower, copied.recording_tower):
        for layer in tower.children():
            if hasattr(layer, "relu"):
                layer.relu = nn.LeakyReLU(SLOPE, inplace=True)
    # Faster convolutions on CPU; torch's stubs do not know the argument.
    copied.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return copied.requires_grad_(False)


def activation_of(network: IMINET, layer: Layer) -> Activation:
    """The activation of the neurons of a layer, given what they hear (`layer.boxes`).

    Args:
        network: What `leaky` made.
        layer: Of that network. FC2's activation is its logit: the sigmoid would have no gradient where it is certain.
    """
    if layer.is_convolutional:
        (side,) = layer.boxes
        return _of_filters(tower_of(network, side), layer.depth)
    return _of_hidden(network) if layer.name == "fc1" else _of_output(network)


def tower_of(network: IMINET, side: Side) -> ConvTower:
    """The tower of a side of a network whose layers `layers_of` names."""
    tower = network.tower(side)
    assert isinstance(tower, ConvTower)
    return tower


def maps_of(tower: ConvTower, depth: int, inputs: Tensor) -> Tensor:
    """What the convolution of a tower's layer gives, before ReLU and pooling: (n, filters, mel, time)."""
    layers = list(tower.children())
    for layer in layers[: depth - 1]:
        inputs = layer(inputs)
    convolved: Tensor = cast(nn.Sequential, layers[depth - 1]).get_submodule("conv")(inputs)
    return convolved


def _of_filters(tower: ConvTower, depth: int) -> Activation:
    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        units = maps_of(tower, depth, inputs[0])[torch.arange(len(neurons)), neurons]
        return nn.functional.leaky_relu(units.flatten(1).squeeze(1), SLOPE)

    return activation


def _of_hidden(network: IMINET) -> Activation:
    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        sums = network.embed_imitation(inputs[0]) + network.project_recording(inputs[1])
        return nn.functional.leaky_relu(sums[torch.arange(len(neurons)), neurons], SLOPE)

    return activation


def _of_output(network: IMINET) -> Activation:
    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        del neurons  # there is one
        sums = network.embed_imitation(inputs[0]) + network.project_recording(inputs[1])
        return nn.functional.leaky_relu(sums, SLOPE) @ network.fc2.weight[0] + network.fc2.bias

    return activation
