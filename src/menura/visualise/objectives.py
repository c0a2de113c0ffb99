"""What is maximised: the activation of one neuron, as a function of the spectrograms that reach it.

ReLU is replaced by leaky ReLU of slope 0.3, so that an input below the threshold has a gradient too, and the weights
stay as they are (paper, section 4.1). Activations are taken before max-pooling: one unit, not the best of several.

mn04 stays as it is: its layers end in convolutions without a threshold, and what excites it with leaky ReLUs in all of
its depth excites the network itself little. Only the neurons that read it are leaky.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn

from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNetTower
from menura.network.towers import ConvTower, Tower
from menura.visualise.box import Box
from menura.visualise.neurons import Layer, middle_unit

SLOPE = 0.3

Activation = Callable[[tuple[Tensor, ...], Tensor], Tensor]
"""(inputs, neurons) to sums: each input is (n, 1, mel, frames), the i-th for the i-th of (n,) neurons; (n,).

A sum is what a neuron's own ReLU is given; that ReLU is left to the ascent (see `slope_of`)."""


def leaky(network: IMINET) -> IMINET:
    """A copy in evaluation mode with frozen weights, in which the ReLUs of towers like the paper's are leaky."""
    copied = deepcopy(network.folded())
    for tower in (copied.imitation_tower, copied.recording_tower):
        if isinstance(tower, MobileNetTower):
            if tower.spec.n_neurons:
                tower.perceptron[1] = nn.LeakyReLU(SLOPE)
            continue
        for layer in tower.children():
            if hasattr(layer, "relu"):
                layer.relu = nn.LeakyReLU(SLOPE, inplace=True)
    # Faster convolutions on CPU; torch's stubs do not know the argument.
    copied.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return copied.requires_grad_(False)


def activation_of(network: IMINET, layer: Layer) -> Activation:
    """The activation of the neurons of a layer before their own ReLU, given what they hear (`layer.boxes`).

    Args:
        network: What `leaky` made.
        layer: Of that network. FC2's activation is its logit: the sigmoid would have no gradient where it is certain.
    """
    if layer.kind == "fc1":
        return _of_hidden(network)
    if layer.kind == "fc2":
        return _of_output(network)
    ((side, box),) = layer.boxes.items()
    tower = network.tower(side)
    if isinstance(tower, ConvTower):
        return _of_filters(tower, layer.depth)
    return _of_channels(tower, layer.depth, box) if layer.kind == "filters" else _of_neurons(tower)


def slope_of(network: IMINET, layer: Layer) -> float:
    """Slope of the neurons' own ReLU below its threshold; 1 of FC2 and of mn04's channels, which have none."""
    if layer.is_convolutional:
        (side,) = layer.boxes
        return SLOPE if isinstance(network.tower(side), ConvTower) else 1.0
    return 1.0 if layer.kind == "fc2" else SLOPE


def maps_of(tower: Tower, depth: int, inputs: Tensor) -> Tensor:
    """What the last convolution of a tower's layer gives, before ReLU and pooling: (n, filters, mel, time)."""
    if isinstance(tower, MobileNetTower):
        return _channels_of(tower, depth, inputs)
    layers = list(tower.children())
    for layer in layers[: depth - 1]:
        inputs = layer(inputs)
    convolved: Tensor = cast(nn.Sequential, layers[depth - 1]).get_submodule("conv")(inputs)
    return convolved


def sums_of(tower: MobileNetTower, inputs: Tensor) -> Tensor:
    """What the neurons that read mn04 add up, before ReLU: (n, neurons)."""
    sums: Tensor = tower.perceptron[0](tower.pooled(inputs))
    return sums


def _channels_of(tower: MobileNetTower, depth: int, inputs: Tensor) -> Tensor:
    """mn04's layer, before its hard-swish where it ends in one; a bottleneck's, with what is added to it."""
    layer = tower.net.get_submodule(f"layer{depth}")
    before = tower.net.outputs(inputs, [depth - 1])[depth - 1] if depth else inputs
    convolved: Tensor = (layer.get_submodule("conv") if hasattr(layer, "activation") else layer)(before)
    return convolved


def _of_filters(tower: ConvTower, depth: int) -> Activation:
    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        units = maps_of(tower, depth, inputs[0])[torch.arange(len(neurons)), neurons]
        return units.flatten(1).squeeze(1)

    return activation


def _of_channels(tower: MobileNetTower, depth: int, box: Box) -> Activation:
    """Of the unit in the middle of a channel, what it does not hear being silent.

    Padding is of zeros, not of silence, so a part of a clip cannot stand for it as in a tower like the paper's.
    """
    front_end = tower.spec.front_end
    mel, time = middle_unit(tower.spec, depth)
    above, after = front_end.n_mels - box.first_mel - box.n_mels, front_end.n_frames - box.first_frame - box.n_frames
    around = (box.first_frame, after, box.first_mel, above)

    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        clips = nn.functional.pad(inputs[0], around, value=front_end.silence)
        return maps_of(tower, depth, clips)[torch.arange(len(neurons)), neurons, mel, time]

    return activation


def _of_neurons(tower: MobileNetTower) -> Activation:
    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        return sums_of(tower, inputs[0])[torch.arange(len(neurons)), neurons]

    return activation


def _of_hidden(network: IMINET) -> Activation:
    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        sums = network.embed_imitation(inputs[0]) + network.project_recording(inputs[1])
        return sums[torch.arange(len(neurons)), neurons]

    return activation


def _of_output(network: IMINET) -> Activation:
    def activation(inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        del neurons  # there is one
        sums = network.embed_imitation(inputs[0]) + network.project_recording(inputs[1])
        return nn.functional.leaky_relu(sums, SLOPE) @ network.fc2.weight[0] + network.fc2.bias

    return activation
