"""A neuron's pattern: the best that it came to from several starts, and how much they differ.

One start ends in one of many local maxima. Many neurons of a convolution beyond the first have one above it that a few
more starts find, so a pattern is shown with the spread of what was reached, and how alike the others are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from menura.visualise.alike import alikeness
from menura.visualise.ascent import ascend
from menura.visualise.climb import AscentSettings, Climb
from menura.visualise.ground import Ground
from menura.visualise.objectives import Activation

_MORE_STEPS, _MORE_SIZE, _MORE_RISE = 60, 0.02, 0.002


@dataclass(frozen=True)
class Best:
    """What was reached of n neurons from k starts each.

    Attributes:
        inputs: One array (n, mel, frames) for each side: the best start's.
        reached: (n, k) objectives, in the order of the starts; the best one's as it is after `come_to_rest`.
        alike: (n,) how alike the patterns of the starts are, see `alikeness`; the mean over both sides.
        n_steps: (n,) steps of the best start.
        converged: (n,) whether the best start converged: sixty more steps raise it by less than 0.2 %.
    """

    inputs: tuple[NDArray[np.float32], ...]
    reached: NDArray[np.float32]
    alike: NDArray[np.float32]
    n_steps: NDArray[np.int64]
    converged: NDArray[np.bool_]


def best_of_starts(
    activation: Activation,
    grounds: Sequence[Ground],
    neurons: Sequence[int],
    settings: AscentSettings,
    stepped: Callable[[float], None] = lambda _: None,
    *,
    n_starts: int,
    slope: float = 1.0,
) -> Best:
    """The best of several ascents of each of some neurons, all of them in one batch; arguments as `ascend` has them."""
    n = len(neurons)
    found = ascend(
        activation,
        grounds,
        np.repeat(neurons, n_starts).tolist(),
        settings,
        stepped,
        starts=np.tile(range(n_starts), n).tolist(),
        slope=slope,
    )
    reached = found.objective[:, -1].reshape(n, n_starts)
    best = torch.arange(n) * n_starts + reached.argmax(dim=1)
    best_inputs = tuple(x[best] for x in found.inputs)
    inputs, objective, converged = come_to_rest(activation, grounds, neurons, settings, best_inputs, slope=slope)
    reached.view(-1)[best] = objective
    by_neuron = [x.numpy().reshape(n, n_starts, *x.shape[1:]) for x in found.inputs]
    alike = [np.mean([alikeness(x[index]) for x in by_neuron]) for index in range(n)]
    return Best(
        tuple(x.numpy() for x in inputs),
        reached.numpy(),
        np.array(alike, np.float32),
        found.n_steps[best].numpy(),
        converged.numpy(),
    )


def come_to_rest(
    activation: Activation,
    grounds: Sequence[Ground],
    neurons: Sequence[int],
    settings: AscentSettings,
    inputs: tuple[Tensor, ...],
    *,
    slope: float,
) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
    """Take sixty steps of one length from where ascents rest, and again from the best, until these raise nothing.

    Never more than `settings.max_steps`. Steps that have shrunk say that they lead nowhere, not that others would not.

    Returns:
        The inputs, (n, mel, frames) for each side; the objectives (n,); and whether the last sixty steps raised each
        by less than 0.2 %.
    """
    climb = Climb(activation, grounds, [(neuron, 0) for neuron in neurons], settings, slope)
    climb.go_on_from(tuple(x[:, None] for x in inputs), _MORE_SIZE)
    rising = torch.ones(len(neurons), dtype=torch.bool)
    for _ in range(settings.max_steps // _MORE_STEPS):
        before, at = climb.best.clone(), rising.nonzero().squeeze(1)
        for _ in range(_MORE_STEPS):
            climb.step(at, shrinking=False)
        climb.go_back(at)
        rising &= climb.best - before > _MORE_RISE * before.abs()
        if not rising.any():
            break
    return tuple(x.squeeze(1) for x in climb.best_inputs), climb.best, ~rising
