"""mn04: a MobileNetV3 of width 0.4 that knows the 527 classes of AudioSet, and the tower that is made of it.

Sources: Howard et al., *Searching for MobileNetV3*, ICCV 2019, for the layers; Schmid, Koutini, Widmer, *Efficient
large-scale audio tagging via transformer-to-CNN knowledge distillation*, ICASSP 2023, for the network and its weights.

| layer | what |
|---|---|
| 0 | 3x3 convolution of stride 2, hard-swish |
| 1 to 15 | bottlenecks: 1x1 convolution to more channels, one filter a channel, 1x1 convolution back |
| 16 | 1x1 convolution, hard-swish |

Every convolution is followed by batch normalisation, and all of them keep the size ('same' padding). A bottleneck is
added to what it was given where the shapes agree. Spectrograms may have any number of frames.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from menura.errors import ModelError
from menura.network.folding import fold
from menura.network.pooling import Pooling
from menura.specs import MN04_CHANNELS, MobileNetTowerSpec


class _Bottleneck(NamedTuple):
    kernel: int
    expanded: int
    stride: int = 1
    squeezed: bool = False  # whether the expanded channels are weighed by squeeze-and-excitation
    activation: type[nn.Module] = nn.Hardswish


_BOTTLENECKS = (  # layers 1 to 15; MN04_CHANNELS has what goes in and comes out
    _Bottleneck(3, 8, activation=nn.ReLU),
    _Bottleneck(3, 24, 2, activation=nn.ReLU),
    _Bottleneck(3, 32, activation=nn.ReLU),
    _Bottleneck(5, 32, 2, squeezed=True, activation=nn.ReLU),
    _Bottleneck(5, 48, squeezed=True, activation=nn.ReLU),
    _Bottleneck(5, 48, squeezed=True, activation=nn.ReLU),
    _Bottleneck(3, 96, 2),
    _Bottleneck(3, 80),
    _Bottleneck(3, 72),
    _Bottleneck(3, 72),
    _Bottleneck(3, 192, squeezed=True),
    _Bottleneck(3, 272, squeezed=True),
    _Bottleneck(5, 272, 2, squeezed=True),
    _Bottleneck(5, 384, squeezed=True),
    _Bottleneck(5, 384, squeezed=True),
)

REACHES = ((3, 2), *((sizes.kernel, sizes.stride) for sizes in _BOTTLENECKS), (1, 1))
"""Kernel and stride of the widest convolution in each of layers 0 to 16; the others hear single points."""


class MobileNetTower(nn.Module):
    """mn04 on a log-mel spectrogram, and what is kept of its layers.

    Shapes: (batch, 1, 128 mel bands, frames) in, whatever the number of frames, (batch, `spec.n_features`) out.

    Args:
        spec: What is kept.
        batch_norm: Normalise each convolution's output over the batch, as mn04 was trained. `folded` turns the result
            into the same function without it.
    """

    def __init__(self, spec: MobileNetTowerSpec, *, batch_norm: bool = False) -> None:
        super().__init__()
        self.spec = spec
        self.net = MobileNet(batch_norm=batch_norm)
        self.pooling = Pooling(spec.pools)
        n_pooled = sum(pool.n_features for pool in spec.pools)
        neurons = [nn.Linear(n_pooled, spec.n_neurons), nn.ReLU()] if spec.n_neurons else []
        self.perceptron = nn.Sequential(*neurons)

    def forward(self, log_mel: Tensor) -> Tensor:
        """The features of each clip."""
        features: Tensor = self.perceptron(self.pooled(log_mel))
        return features

    def pooled(self, x: Tensor, *, after: int | None = None) -> Tensor:
        """What is kept of the layers, (batch, numbers kept), before any neuron reads it; `x` as in `outputs`."""
        kept: Tensor = self.pooling(self.net.outputs(x, self.pooling.layers, after=after))
        return kept

    def folded(self) -> MobileNetTower:
        """The same function in evaluation mode, with batch normalisation folded into the convolutions."""
        plain = MobileNetTower(self.spec)
        plain.net = self.net.folded()
        plain.perceptron.load_state_dict(self.perceptron.state_dict())
        return plain.eval()


class MobileNet(nn.Sequential):
    """The layers of mn04, `layer0` to `layer16`, without the classifier.

    Shapes: (batch, 1, 128 mel bands, frames) in, (batch, 384, 4, frames / 32, rounded up) out.

    Args:
        batch_norm: See `MobileNetTower`.
    """

    def __init__(self, *, batch_norm: bool = False) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        layers["layer0"] = _convolution(
            1, MN04_CHANNELS[0], REACHES[0][0], nn.Hardswish, stride=REACHES[0][1], batch_norm=batch_norm
        )
        shapes = pairwise(MN04_CHANNELS[:-1])
        for number, (sizes, (given, made)) in enumerate(zip(_BOTTLENECKS, shapes, strict=True), start=1):
            layers[f"layer{number}"] = _BottleneckLayer(given, sizes, made, batch_norm=batch_norm)
        given, made = MN04_CHANNELS[-2:]
        layers[f"layer{len(layers)}"] = _convolution(given, made, 1, nn.Hardswish, batch_norm=batch_norm)
        super().__init__(layers)

    def outputs(self, x: Tensor, layers: Collection[int], *, after: int | None = None) -> dict[int, Tensor]:
        """What comes out of some of the layers, computed no further than to the last of them.

        Args:
            x: (batch, 1, mel, time), or what came out of a layer.
            layers: The numbers of those asked for, none before `after`.
            after: The layer that `x` came out of; None for the network's input.

        Returns:
            For each layer's number, (batch, `MN04_CHANNELS[number]`, mel, time).
        """
        found = {} if after is None or after not in layers else {after: x}
        for number, layer in enumerate(self.children()):
            if after is not None and number <= after:
                continue
            if number > max(layers):
                break
            x = layer(x)
            if number in layers:
                found[number] = x
        return found

    def folded(self) -> MobileNet:
        """The same function in evaluation mode, with batch normalisation folded into the convolutions."""
        plain = MobileNet()
        with torch.no_grad():
            for name, part in plain.named_modules():
                source = self.get_submodule(name)
                if isinstance(source, _Convolution):
                    part.get_submodule("conv").load_state_dict(fold(source.conv, getattr(source, "norm", None)))
                elif isinstance(source, _SqueezeExcitation):
                    part.load_state_dict(source.state_dict())
        return plain.eval()


def load_mn04(file: Path) -> MobileNet:
    """mn04 as it was published, batch normalisation and all, in evaluation mode; its classifier is left out.

    Args:
        file: The weights as safetensors, under the names that they were published with.

    Raises:
        ModelError: The file is missing, damaged or of another network.
    """
    network = MobileNet(batch_norm=True)
    try:
        published = load_file(file)
        ours = {_our_name(name): tensor for name, tensor in published.items() if name.startswith("features.")}
        network.load_state_dict(ours)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{file}: not the weights of mn04 ({reason}); get them with `menura data get mn04`") from error
    return network.eval()


def load_classifier(file: Path) -> nn.Sequential:
    """What mn04 tells AudioSet's 527 classes by: (n, 384) means of its last layer to (n, 527) logits.

    Args:
        file: As for `load_mn04`.

    Raises:
        ModelError: As for `load_mn04`.
    """
    classifier = nn.Sequential(nn.Linear(384, 512), nn.Hardswish(), nn.Linear(512, 527))
    try:
        published = load_file(file)
        parts = {"0": "2", "2": "5"}  # ours and theirs
        for our, their in parts.items():
            tensors = {name: published[f"classifier.{their}.{name}"] for name in ("weight", "bias")}
            classifier.get_submodule(our).load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{file}: not mn04 with its classifier ({reason}); `menura data get mn04` gets it") from error
    return classifier.eval()


_CONVOLUTION_PARTS = ("conv", "norm")
_SQUEEZE_PARTS = {"fc1": "reduce", "fc2": "restore"}


def _our_name(published: str) -> str:
    """Our name of one of mn04's tensors, such as `features.4.block.1.0.weight`, there."""
    whole = re.fullmatch(r"features\.(\d+)\.([01])\.(\w+)", published)
    if whole:
        number, part, tensor = whole.groups()
        return f"layer{number}.{_CONVOLUTION_PARTS[int(part)]}.{tensor}"
    in_block = re.fullmatch(r"features\.(\d+)\.block\.(\d)\.(?:([01])|conc_se_layers\.0\.(fc[12]))\.(\w+)", published)
    if not in_block or not 1 <= int(in_block[1]) <= len(_BOTTLENECKS):
        raise KeyError(f"an unknown tensor {published}")
    number, place, part, squeeze_part, tensor = in_block.groups()
    steps = _steps(MN04_CHANNELS[int(number) - 1], _BOTTLENECKS[int(number) - 1])
    if int(place) >= len(steps):
        raise KeyError(f"an unknown tensor {published}")
    step = _SQUEEZE_PARTS[squeeze_part] if squeeze_part else _CONVOLUTION_PARTS[int(part)]
    return f"layer{number}.{steps[int(place)]}.{step}.{tensor}"


def _steps(given: int, sizes: _Bottleneck) -> list[str]:
    """The parts of a bottleneck, in their order."""
    expand = ["expand"] if sizes.expanded != given else []
    squeeze = ["squeeze"] if sizes.squeezed else []
    return [*expand, "depthwise", *squeeze, "project"]


class _BottleneckLayer(nn.Sequential):
    def __init__(self, given: int, sizes: _Bottleneck, made: int, *, batch_norm: bool) -> None:
        expanded, activation = sizes.expanded, sizes.activation
        parts: dict[str, nn.Module] = {
            "depthwise": _convolution(
                expanded,
                expanded,
                sizes.kernel,
                activation,
                stride=sizes.stride,
                groups=expanded,
                batch_norm=batch_norm,
            ),
            "project": _convolution(expanded, made, 1, None, batch_norm=batch_norm),
        }
        steps = _steps(given, sizes)
        if "expand" in steps:
            parts["expand"] = _convolution(given, expanded, 1, activation, batch_norm=batch_norm)
        if "squeeze" in steps:
            parts["squeeze"] = _SqueezeExcitation(expanded)
        super().__init__(OrderedDict((step, parts[step]) for step in steps))
        self.residual = sizes.stride == 1 and given == made

    def forward(self, x: Tensor) -> Tensor:
        made = x
        for step in self:
            made = step(made)
        return x + made if self.residual else made


class _SqueezeExcitation(nn.Module):
    """Weighs channels by what is in all of them, on the mean over the (mel, time) axes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        reduced = (channels // 4 + 4) // 8 * 8  # a quarter, to a multiple of 8
        self.reduce = nn.Linear(channels, reduced)
        self.restore = nn.Linear(reduced, channels)

    def forward(self, x: Tensor) -> Tensor:
        weights = torch.sigmoid(self.restore(torch.relu(self.reduce(x.mean((2, 3))))))
        return x * weights[:, :, None, None]


class _Convolution(nn.Sequential):
    conv: nn.Conv2d


def _convolution(
    given: int,
    made: int,
    kernel: int,
    activation: type[nn.Module] | None,
    *,
    stride: int = 1,
    groups: int = 1,
    batch_norm: bool,
) -> _Convolution:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["conv"] = nn.Conv2d(
        given, made, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=not batch_norm
    )
    if batch_norm:
        parts["norm"] = nn.BatchNorm2d(made, eps=1e-3, momentum=0.01)
    if activation is not None:
        parts["activation"] = activation()
    return _Convolution(parts)
