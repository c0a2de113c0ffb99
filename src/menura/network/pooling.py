"""From a network's layers to a vector of fixed length, whatever the clip's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from menura.specs import PoolSpec

_TINY_VARIANCE = 1e-6  # keeps the slope of the square root finite where nothing varies


class Pooling(nn.Module):
    """Statistics of the layers' channels over cells of the (mel, time) plane, one after another.

    Shapes: by layer (batch, channels, mel, time) in, (batch, features) out. Of one pool the features are ordered by
    the cell's place in mel, then in time, then by channel.
    """

    def __init__(self, pools: Sequence[PoolSpec]) -> None:
        super().__init__()
        self.pools = tuple(pools)
        self.layers = frozenset(pool.layer for pool in pools)

    def forward(self, outputs: Mapping[int, Tensor]) -> Tensor:
        """The features of each clip."""
        return torch.cat([_pool(outputs[pool.layer], pool) for pool in self.pools], dim=1)


def _pool(x: Tensor, pool: PoolSpec) -> Tensor:
    """The statistic of each cell, (batch, cells x channels)."""
    over = [_shares(x.shape[axis], n, x) for axis, n in zip((2, 3), pool.grid, strict=True)]
    means = _mean(x, *over)
    if pool.statistic == "mean":
        return _flat(means)
    cells = [(mel, time) for mel in range(pool.grid[0]) for time in range(pool.grid[1])]
    spreads = []
    for mel, time in cells:
        about_mean = x - means[:, :, mel : mel + 1, time : time + 1]
        spreads.append(_flat(_mean(about_mean.square(), over[0][mel : mel + 1], over[1][time : time + 1])))
    return torch.sqrt(torch.cat(spreads, dim=1) + _TINY_VARIANCE)


def _shares(size: int, n: int, like: Tensor) -> Tensor:
    """What each place of an axis counts in the mean of each of `n` equal parts, (n, size).

    A part has one place at least: neighbours share one if they do not come out even, as in torch's adaptive pooling.
    That cannot be exported for any number of frames, nor can cuts, but comparisons can.
    """
    place = torch.arange(size, device=like.device)
    part = torch.arange(n, device=like.device)[:, None]
    inside = (((place + 1) * n > part * size) & (place * n < (part + 1) * size)).to(like.dtype)
    return inside / inside.sum(1, keepdim=True)


def _mean(x: Tensor, mel_shares: Tensor, time_shares: Tensor) -> Tensor:
    """Means over parts of the axes, (batch, channels, parts of mel, parts of time)."""
    return mel_shares @ (x @ time_shares.T)


def _flat(cells: Tensor) -> Tensor:
    """(batch, channels, mel, time) ordered by cell, then by channel."""
    return cells.permute(0, 2, 3, 1).flatten(1)
