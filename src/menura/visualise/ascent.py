"""Activation maximisation: gradient ascent on the input, for one or two inputs at once (paper, section 4.1).

For the i-th neuron of a layer with activation A and inputs x (one for a convolutional neuron, two for an FC neuron),

    maximise A(x) - lambda sum ||x||^2,        lambda = 0.1 (equations 1 and 2),

from random inputs. Neurons of a layer ascend in one batch; one that has converged leaves it.

Step t goes from x to (1 - g) x + g x', with g = min(1/2, d / (t + d)) and x' = dA/dx / (2 lambda), which would be the
maximum if A were linear: gradient ascent with a step of g / (2 lambda). A tower is linear only in pieces, and a maximum
mostly lies where max-pooling changes its mind: steps have to shrink to come to rest there, with d = 5, and sooner in a
deep network (see `Ground`). The best input seen counts.

0 is silence to the paper's towers. To one that is given levels in their own unit it is not: there x is the distance
from silence, and a step ends where no clip has such a level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from menura.visualise.ground import Ground
from menura.visualise.objectives import Activation
from menura.visualise.regularisers import blurred, shifted, shifts_of, variation

LARGEST_STEP = 0.5


@dataclass(frozen=True)
class AscentSettings:
    """How to ascend. The defaults are the paper's objective; what the field has added since is off.

    Attributes:
        penalty: lambda, the weight of each input's squared distance from silence.
        tolerance: A neuron has converged when `patience` steps have raised its best objective by less than this share.
        patience: See `tolerance`.
        max_steps: Steps after which a neuron that has not converged is given up.
        seed: Of the random start.
        jitter: The activation is the mean over 4 shifts of up to so many bands and frames (Mordvintsev et al. 2015).
        blur: After each step, smooth with a Gaussian of this many bands and frames (Yosinski et al. 2015).
        total_variation: Weight of the sum of squared differences between neighbours (Mahendran and Vedaldi 2016).
    """

    penalty: float = 0.1
    tolerance: float = 1e-2
    patience: int = 10
    max_steps: int = 300
    seed: int = 0
    jitter: int = 0
    blur: float = 0.0
    total_variation: float = 0.0


@dataclass(frozen=True)
class Ascended:
    """What an ascent reached, for n neurons.

    Attributes:
        inputs: One tensor (n, mel, frames) for each side.
        objective: (n, steps + 1) the best so far, at the start and after each step.
        n_steps: (n,) steps until the neuron converged or was given up.
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
    stepped: Callable[[int], None] = lambda _: None,
) -> Ascended:
    """Inputs that maximise the activation of each of some neurons.

    Args:
        activation: Of the neurons, given their inputs.
        grounds: What each input climbs on.
        neurons: Which ones.
        settings: How.
        stepped: Called after each step with the number of neurons that have converged.
    """
    climb = _Climb(activation, grounds, torch.tensor(neurons), settings)
    history = [climb.best.clone()]
    n_steps = torch.zeros(len(neurons), dtype=torch.long)
    active = torch.ones(len(neurons), dtype=torch.bool)
    decay = min(ground.decay for ground in grounds)
    for number in range(settings.max_steps):
        climb.step(active.nonzero().squeeze(1), min(LARGEST_STEP, decay / (number + decay)))
        history.append(climb.best.clone())
        n_steps[active] += 1
        if len(history) > settings.patience:
            before = history[-1 - settings.patience]
            active &= climb.best - before >= settings.tolerance * climb.best.abs()
        stepped(int((~active).sum()))
        if not active.any():
            break
    inputs = tuple(x.squeeze(1) for x in climb.best_inputs)
    return Ascended(inputs, torch.stack(history, dim=1), n_steps, ~active)


class _Climb:
    """Where every neuron of a layer is on its way up, and the best place that it has seen."""

    def __init__(
        self, activation: Activation, grounds: Sequence[Ground], neurons: Tensor, settings: AscentSettings
    ) -> None:
        self.activation, self.grounds, self.neurons, self.settings = activation, grounds, neurons, settings
        # One generator a neuron: its start does not depend on which others are in the batch.
        starts = [[_start(ground, settings.seed, int(i), side) for i in neurons] for side, ground in enumerate(grounds)]
        self.inputs = tuple(torch.stack(one_side)[:, None] for one_side in starts)
        # Of the penalties: 2 lambda, and at most 16 for each tile's four neighbours.
        self.curvature = 2 * settings.penalty + 16 * settings.total_variation
        self.shifts = [shifts_of(settings.jitter, settings.seed, side) for side in range(len(grounds))]
        self.best, self.gradients = self._evaluate(self.inputs, neurons)
        self.best_inputs = tuple(x.clone() for x in self.inputs)

    def step(self, at: Tensor, size: float) -> None:
        """One step of the neurons at some places of the batch, `size` of the way to where a linear A is greatest."""
        settings = self.settings
        length = size / self.curvature
        moved = [x[at] + length * g[at] for x, g in zip(self.inputs, self.gradients, strict=True)]
        smooth = [blurred(x, settings.blur) if settings.blur else x for x in moved]
        inputs = tuple(x.clamp(one.lowest, one.highest) for x, one in zip(smooth, self.grounds, strict=True))
        value, gradients = self._evaluate(inputs, self.neurons[at])
        rose = value > self.best[at]
        self.best[at[rose]] = value[rose]
        everything = zip(self.inputs, self.gradients, self.best_inputs, inputs, gradients, strict=True)
        for place, slope, best, new, gradient in everything:
            place[at], slope[at] = new, gradient
            best[at[rose]] = new[rose]

    def _evaluate(self, inputs: tuple[Tensor, ...], neurons: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Objectives (n,) and their gradients with respect to each input."""
        with torch.enable_grad():
            inputs = tuple(x.detach().requires_grad_() for x in inputs)
            value = self._mean_activation(inputs, neurons)
            for x, one in zip(inputs, self.grounds, strict=True):
                value = value - self.settings.penalty * (x - one.silence).square().sum(dim=(1, 2, 3))
                if self.settings.total_variation:
                    value = value - self.settings.total_variation * variation(x)
            gradients = torch.autograd.grad(value.sum(), inputs)
        return value.detach(), gradients

    def _mean_activation(self, inputs: tuple[Tensor, ...], neurons: Tensor) -> Tensor:
        moved = [
            self.activation(tuple(shifted(x, by) for x, by in zip(inputs, shifts, strict=True)), neurons)
            for shifts in zip(*self.shifts, strict=True)
        ]
        return torch.stack(moved).mean(dim=0)


def _start(ground: Ground, seed: int, neuron: int, side: int) -> Tensor:
    """Standard normal, as a normalised clip is; where silence is the lowest level, half of the tiles have it."""
    (state,) = np.random.SeedSequence((seed, neuron, side)).generate_state(1)
    noise = torch.randn(ground.shape, generator=torch.Generator().manual_seed(int(state)))
    return (ground.silence + noise).clamp(ground.lowest, ground.highest)
