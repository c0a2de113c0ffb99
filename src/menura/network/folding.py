"""Batch normalisation folded into the convolution before it."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def fold(conv: nn.Module, norm: nn.BatchNorm2d | None) -> dict[str, Tensor]:
    """Weights of the one convolution, with a bias, that does what `norm(conv(x))` does with fixed statistics."""
    assert isinstance(conv, nn.Conv2d)
    bias = torch.zeros_like(conv.weight[:, 0, 0, 0]) if conv.bias is None else conv.bias
    if norm is None:
        return {"weight": conv.weight, "bias": bias}
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return {
        "weight": conv.weight * gain[:, None, None, None],
        "bias": (bias - norm.running_mean) * gain + norm.bias,
    }
