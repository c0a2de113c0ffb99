"""Activation maximisation: gradient ascent on the input, for one or two inputs at once (paper, section 4.1).

For the i-th neuron of a layer with activation A and inputs x (one for a convolutional neuron, two for an FC neuron),

    maximise A(x) - lambda sum ||x||^2,        lambda = 0.1 (equations 1 and 2),

from random inputs. Many ascents go on in one batch; one that has converged leaves it.

A step goes from x to (1 - g) x + g x', with x' = dA/dx / (2 lambda), which would be the maximum if A were linear:
gradient ascent with a step of g / (2 lambda). A tower is linear only in pieces, and a maximum mostly lies where
max-pooling changes its mind: steps have to shrink to come to rest there. g is halved when four steps have raised the
best objective by less than a two-thousandth; an ascent that is then far below its best input goes back to it. The best
input seen counts.

A neuron's own leaky ReLU has a maximum of its own below the threshold, where a neuron rests that could be switched on.
So the sum before it is climbed first, which has no such maximum. Where that ends below the threshold, or where silence
is worth more, the ascent goes on with what the leaky ReLU leaves of the sum, from the better of both.

0 is silence to the paper's towers. To one that is given levels in their own unit it is not: there x is the distance
from silence, and a step ends where no clip has such a level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from menura.visualise.climb import AscentSettings, Climb
from menura.visualise.ground import Ground
from menura.visualise.objectives import Activation

_HALF_DONE = 40  # steps after which half of an ascent is done, as it is told


@dataclass(frozen=True)
class Ascended:
    """What n ascents reached.

    Attributes:
        inputs: One tensor (n, mel, frames) for each side.
        objective: (n, steps + 1) the best so far, at the start and after each step.
        n_steps: (n,) steps until the ascent converged or was given up.
        converged: (n,) whether it converged.
    """

    inputs: tuple[Tensor, ...]
    objective: Tensor
    n_steps: Tensor
    converged: Tensor


def ascend(
    activation: Activation,
    grounds: Sequence[Ground],
    neurons: Sequence[int],
    settings: AscentSettings,
    stepped: Callable[[float], None] = lambda _: None,
    *,
    starts: Sequence[int] | None = None,
    slope: float = 1.0,
) -> Ascended:
    """Inputs that maximise the activation of each of some neurons.

    Args:
        activation: Of the neurons, given their inputs, before their own ReLU.
        grounds: What each input climbs on.
        neurons: Which ones; a neuron may be named several times.
        settings: How.
        stepped: Called after each step with about what share of all is done.
        starts: For each of `neurons`, the number of its random start; by default 0.
        slope: Of the neurons' own ReLU below its threshold; 1 if they have none.
    """
    begun = [(int(neuron), start) for neuron, start in zip(neurons, starts or [0] * len(neurons), strict=True)]
    climb = Climb(activation, grounds, begun, settings, slope)
    history = [climb.best.clone()]
    n_steps = torch.zeros(len(neurons), dtype=torch.long)
    rested = torch.zeros(len(neurons), dtype=torch.long)
    active = torch.ones(len(neurons), dtype=torch.bool)
    for number in range(1, settings.max_steps + 1):
        at = active.nonzero().squeeze(1)
        climb.step(at)
        history.append(climb.best.clone())
        n_steps[at] += 1
        rested[at] += 1
        if len(history) > settings.patience:
            slow = climb.best - history[-1 - settings.patience] < settings.tolerance * climb.best.abs()
            resting = (active & slow & (rested >= settings.patience)).nonzero().squeeze(1)
            going_on = climb.settle(resting)
            history[-1] = climb.best.clone()
            active[resting] = going_on
            rested[resting] = 0
        stepped(1 - float(active.float().mean()) * _HALF_DONE / (number + _HALF_DONE))
        if not active.any():
            break
    inputs = tuple(x.squeeze(1) for x in climb.best_inputs)
    return Ascended(inputs, torch.stack(history, dim=1), n_steps, ~active)
