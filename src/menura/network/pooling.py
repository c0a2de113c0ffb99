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
        return torch.cat([kept for pool in self.pools for kept in _pool(outputs[pool.layer], pool)], dim=1)


def _pool(x: Tensor, pool: PoolSpec) -> list[Tensor]:
    """The (batch, channels) statistics of each cell."""
    rows = [cell for part in _parts(x, 2, pool.grid[0]) for cell in _parts(part, 3, pool.grid[1])]
    return [_spread(cell) if pool.statistic == "spread" else cell.mean((2, 3)) for cell in rows]


def _parts(x: Tensor, axis: int, n: int) -> list[Tensor]:
    """An axis cut into `n` equal parts, each of one place at least: neighbours share one if they do not come out even.

    Where they begin and end is as in torch's adaptive pooling, which cannot be exported for any number of frames.
    """
    if n == 1:
        return [x]
    size = x.shape[axis]
    bounds = [(part * size // n, ((part + 1) * size + n - 1) // n) for part in range(n)]
    return [x.narrow(axis, begin, end - begin) for begin, end in bounds]


def _spread(x: Tensor) -> Tensor:
    about_mean = x - x.mean((2, 3), keepdim=True)
    return torch.sqrt(about_mean.square().mean((2, 3)) + _TINY_VARIANCE)
