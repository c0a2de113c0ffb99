"""Towers: networks that turn one log-mel spectrogram into features; and the paper's (paper, section 3.1)."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from menura.network.folding import fold
from menura.network.mobilenet import MobileNetTower
from menura.specs import ConvSpec, ConvTowerSpec, MobileNetTowerSpec, TowerSpec


class ConvTower(nn.Sequential):
    """Convolutional layers on a normalised log-mel spectrogram.

    Layers are named `conv1`, `conv2`, ... so that a neuron can be addressed as in the paper.

    Shapes: (batch, 1, mel bands, frames) in, (batch, `spec.n_features`) out, the latter (filters, mel, time) flattened.

    Args:
        spec: The tower's sizes.
        batch_norm: Normalise each convolution's output over the batch while training. `folded` turns the result
            into the same function without it, so a shipped tower always has the paper's layers and no more.
    """

    def __init__(self, spec: ConvTowerSpec, *, batch_norm: bool = False) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        channels = 1
        for number, layer in enumerate(spec.layers, start=1):
            layers[f"conv{number}"] = _conv_layer(channels, layer, batch_norm)
            channels = layer.filters
        layers["flatten"] = nn.Flatten()
        super().__init__(layers)
        self.spec = spec

    def folded(self) -> ConvTower:
        """The same function in evaluation mode, with batch normalisation folded into the convolutions."""
        plain = ConvTower(self.spec)
        with torch.no_grad():
            for target, source in zip(plain.children(), self.children(), strict=True):
                if isinstance(source, nn.Flatten):
                    continue
                conv = fold(source.get_submodule("conv"), getattr(source, "norm", None))
                target.get_submodule("conv").load_state_dict(conv)
        return plain.eval()


Tower = ConvTower | MobileNetTower


def make_tower(spec: TowerSpec, *, batch_norm: bool = False) -> Tower:
    """A tower of the kind that its spec is of, with random weights; `batch_norm` as for that kind."""
    if isinstance(spec, MobileNetTowerSpec):
        return MobileNetTower(spec, batch_norm=batch_norm)
    return ConvTower(spec, batch_norm=batch_norm)


class Classifier(nn.Module):
    """A tower under a linear head, for pre-training; the head is thrown away afterwards (paper, section 3.1).

    Shapes: (batch, 1, mel bands, frames) in, (batch, `n_classes`) logits out.
    """

    def __init__(self, tower: Tower, n_classes: int, *, dropout: float = 0.5) -> None:
        super().__init__()
        self.tower = tower
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(tower.spec.n_features, n_classes))

    def forward(self, log_mel: Tensor) -> Tensor:
        """Class logits."""
        logits: Tensor = self.head(self.tower(log_mel))
        return logits


def _conv_layer(channels: int, layer: ConvSpec, batch_norm: bool) -> nn.Sequential:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["conv"] = nn.Conv2d(channels, layer.filters, layer.kernel)
    if batch_norm:
        parts["norm"] = nn.BatchNorm2d(layer.filters)
    parts["relu"] = nn.ReLU()
    if layer.pool != (1, 1):
        parts["pool"] = nn.MaxPool2d(layer.pool)
    return nn.Sequential(parts)
