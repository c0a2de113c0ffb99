"""A tower: the convolutional network that turns one log-mel spectrogram into features (paper, section 3.1)."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from menura.specs import ConvSpec, TowerSpec


class Tower(nn.Sequential):
    """Convolutional layers on a normalised log-mel spectrogram.

    Layers are named `conv1`, `conv2`, ... so that a neuron can be addressed as in the paper.

    Shapes: (batch, 1, mel bands, frames) in, (batch, `spec.n_features`) out, the latter (filters, mel, time) flattened.

    Args:
        spec: The tower's sizes.
        batch_norm: Normalise each convolution's output over the batch while training. `folded` turns the result
            into the same function without it, so a shipped tower always has the paper's layers and no more.
    """

    def __init__(self, spec: TowerSpec, *, batch_norm: bool = False) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        channels = 1
        for number, layer in enumerate(spec.layers, start=1):
            layers[f"conv{number}"] = _conv_layer(channels, layer, batch_norm)
            channels = layer.filters
        layers["flatten"] = nn.Flatten()
        super().__init__(layers)
        self.spec = spec

    def folded(self) -> Tower:
        """The same function in evaluation mode, with batch normalisation folded into the convolutions."""
        plain = Tower(self.spec)
        with torch.no_grad():
            for target, source in zip(plain.children(), self.children(), strict=True):
                if isinstance(source, nn.Flatten):
                    continue
                conv = _fold(source.get_submodule("conv"), getattr(source, "norm", None))
                target.get_submodule("conv").load_state_dict(conv)
        return plain.eval()


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


def _fold(conv: nn.Module, norm: nn.BatchNorm2d | None) -> dict[str, Tensor]:
    """Weights of the one convolution that does what `norm(conv(x))` does with fixed statistics."""
    assert isinstance(conv, nn.Conv2d) and conv.bias is not None
    if norm is None:
        return {"weight": conv.weight, "bias": conv.bias}
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return {
        "weight": conv.weight * gain[:, None, None, None],
        "bias": (conv.bias - norm.running_mean) * gain + norm.bias,
    }
