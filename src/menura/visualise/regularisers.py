"""What the field has added to activation maximisation since the paper, so that patterns look less like noise."""

from __future__ import annotations

import torch
from torch import Tensor, nn

N_SHIFTS = 4


def shifts_of(jitter: int, seed: int, side: int) -> list[tuple[int, int]]:
    """(bands, frames) to move an input by, the same throughout an ascent; without jitter, once by nothing."""
    if jitter == 0:
        return [(0, 0)]
    generator = torch.Generator().manual_seed(2 * seed + side)
    drawn = torch.randint(-jitter, jitter + 1, (N_SHIFTS, 2), generator=generator)
    return [(int(bands), int(frames)) for bands, frames in drawn]


def shifted(x: Tensor, by: tuple[int, int]) -> Tensor:
    """(n, 1, mel, frames) moved, what leaves at one end coming in at the other."""
    return x if by == (0, 0) else torch.roll(x, by, dims=(2, 3))


def blurred(x: Tensor, spread: float) -> Tensor:
    """(n, 1, mel, frames) smoothed by a Gaussian of that standard deviation in bands and frames, the edges repeated."""
    reach = max(1, round(3 * spread))
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / spread) ** 2)
    taps = taps / taps.sum()
    padded = nn.functional.pad(x, (reach, reach, reach, reach), mode="replicate")
    along_time = nn.functional.conv2d(padded, taps[None, None, None, :])
    return nn.functional.conv2d(along_time, taps[None, None, :, None])


def variation(x: Tensor) -> Tensor:
    """(n,) sum of the squared differences between neighbours of (n, 1, mel, frames): beta = 2 of the authors."""
    bands = x.diff(dim=2).square().sum(dim=(1, 2, 3))
    return bands + x.diff(dim=3).square().sum(dim=(1, 2, 3))
