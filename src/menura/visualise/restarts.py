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

from menura.visualise.alike import alikeness
from menura.visualise.ascent import AscentSettings, ascend
from menura.visualise.ground import Ground
from menura.visualise.objectives import Activation


@dataclass(frozen=True)
class Best:
    """What was reached of n neurons from k starts each.

    Attributes:
        inputs: One array (n, mel, frames) for each side: the best start's.
        reached: (n, k) objectives, in the order of the starts.
        alike: (n,) how alike the patterns of the starts are, see `alikeness`; the mean over both sides.
        n_steps: (n,) steps of the best start.
        converged: (n,) whether the best start converged.
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
    by_neuron = [x.numpy().reshape(n, n_starts, *x.shape[1:]) for x in found.inputs]
    alike = [np.mean([alikeness(x[index]) for x in by_neuron]) for index in range(n)]
    return Best(
        tuple(x[best].numpy() for x in found.inputs),
        reached.numpy(),
        np.array(alike, np.float32),
        found.n_steps[best].numpy(),
        found.converged[best].numpy(),
    )
