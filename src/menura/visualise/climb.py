"""Many ascents at once: where each is on its way up, the best place that it has seen, and its next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from menura.visualise.ground import Ground
from menura.visualise.objectives import Activation
from menura.visualise.regularisers import blurred, shifted, shifts_of, variation

_STALLED_STEPS = 4
_STALLED_RISE = 5e-4
_FAR_BELOW = 0.2


@dataclass(frozen=True)
class AscentSettings:
    """How to ascend. The defaults are the paper's objective; what the field has added since is off.

    Attributes:
        penalty: lambda, the weight of each input's squared distance from silence.
        tolerance: An ascent has converged when `patience` steps have raised its best objective by less than this share.
        patience: See `tolerance`.
        max_steps: Steps after which an ascent that has not converged is given up.
        seed: Of the random starts.
        jitter: The activation is the mean over 4 shifts of up to so many bands and frames (Mordvintsev et al. 2015).
        blur: After each step, smooth with a Gaussian of this many bands and frames (Yosinski et al. 2015).
        total_variation: Weight of the sum of squared differences between neighbours (Mahendran and Vedaldi 2016).
    """

    penalty: float = 0.1
    tolerance: float = 1e-3
    patience: int = 15
    max_steps: int = 400
    seed: int = 0
    jitter: int = 0
    blur: float = 0.0
    total_variation: float = 0.0


class Climb:
    """Where every ascent is on its way up, and the best place that it has seen."""

    def __init__(
        self,
        activation: Activation,
        grounds: Sequence[Ground],
        begun: Sequence[tuple[int, int]],
        settings: AscentSettings,
        slope: float,
    ) -> None:
        """Begin.

        Args:
            activation: Of the neurons, given their inputs, before their own ReLU.
            grounds: What each input climbs on.
            begun: For each ascent, its neuron and the number of its random start.
            settings: How.
            slope: Of the neurons' own ReLU below its threshold; 1 if they have none.
        """
        self.activation, self.grounds, self.settings = activation, grounds, settings
        self.neurons, self.slope = torch.tensor([neuron for neuron, _ in begun]), slope
        # One generator an ascent: its start does not depend on which others are in the batch.
        self.inputs = tuple(
            torch.stack([_start(ground, settings.seed, neuron, start, side) for neuron, start in begun])[:, None]
            for side, ground in enumerate(grounds)
        )
        # Of the penalties: 2 lambda, and at most 16 for each tile's four neighbours.
        self.curvature = 2 * settings.penalty + 16 * settings.total_variation
        self.shifts = [shifts_of(settings.jitter, settings.seed, side) for side in range(len(grounds))]
        n = len(begun)
        self.slopes = torch.ones(n)  # of the own ReLU: 1 as long as the sum is climbed
        self.settled = torch.zeros(n, dtype=torch.bool)
        self.best, _, self.gradients = self._evaluate(self.inputs, torch.arange(n))
        self.best_inputs = tuple(x.clone() for x in self.inputs)
        self.best_gradients = tuple(x.clone() for x in self.gradients)
        self.first_step = min(ground.first_step for ground in grounds)
        self.sizes = torch.full((n,), self.first_step)
        self.stalled = torch.zeros(n, dtype=torch.long)
        self.reference = self.best.clone()

    def go_on_from(self, inputs: tuple[Tensor, ...], size: float) -> None:
        """Have every ascent be at an input that was found before, with steps of one size."""
        everyone = torch.arange(len(self.neurons))
        self.settled[:], self.slopes[:], self.sizes[:] = True, self.slope, size
        self.inputs = tuple(x.clone() for x in inputs)
        self.best, _, self.gradients = self._evaluate(self.inputs, everyone)
        self.best_inputs = tuple(x.clone() for x in self.inputs)
        self.best_gradients = tuple(x.clone() for x in self.gradients)

    def go_back(self, at: Tensor) -> None:
        """Take some ascents back to the best that they have seen."""
        for place, best in zip((*self.inputs, *self.gradients), (*self.best_inputs, *self.best_gradients), strict=True):
            place[at] = best[at]

    def step(self, at: Tensor, *, shrinking: bool = True) -> None:
        """One step of the ascents at some places of the batch; those that stall have shorter ones from then on."""
        settings = self.settings
        length = (self.sizes[at] / self.curvature)[:, None, None, None]
        moved = [x[at] + length * g[at] for x, g in zip(self.inputs, self.gradients, strict=True)]
        smooth = [blurred(x, settings.blur) if settings.blur else x for x in moved]
        inputs = tuple(x.clamp(one.lowest, one.highest) for x, one in zip(smooth, self.grounds, strict=True))
        value, _, gradients = self._evaluate(inputs, at)
        rose = value > self.best[at]
        self.best[at[rose]] = value[rose]
        for place, slope, new, gradient in zip(self.inputs, self.gradients, inputs, gradients, strict=True):
            place[at], slope[at] = new, gradient
        for kept, new in zip((*self.best_inputs, *self.best_gradients), (*inputs, *gradients), strict=True):
            kept[at[rose]] = new[rose]
        if shrinking:
            self._shrink(at, value)

    def settle(self, at: Tensor) -> Tensor:
        """Whether each of some ascents that rest goes on: once, if it is below its threshold or below silence."""
        goes_on = torch.zeros(len(at), dtype=torch.bool)
        fresh = (~self.settled[at]).nonzero().squeeze(1)
        if not len(fresh):
            return goes_on
        places = at[fresh]
        self.settled[places], self.slopes[places] = True, self.slope
        here = tuple(x[places] for x in self.best_inputs)
        silent = tuple(torch.full_like(x, one.silence) for x, one in zip(here, self.grounds, strict=True))
        value, sums, gradients = self._evaluate(here, places)
        value_there, _, gradients_there = self._evaluate(silent, places)
        better = value_there > value
        goes_on[fresh] = better | ((sums < 0) & (self.slope < 1))
        reached = torch.maximum(
            self.best[places], torch.where(better, value_there, value)
        )  # but for rounding, the latter
        self.best[places] = self.reference[places] = reached
        for kept, place, one, other in zip(
            (*self.best_inputs, *self.best_gradients),
            (*self.inputs, *self.gradients),
            (*here, *gradients),
            (*silent, *gradients_there),
            strict=True,
        ):
            kept[places] = place[places] = torch.where(better[:, None, None, None], other, one)
        self.sizes[places] = self.first_step
        self.stalled[places] = 0
        return goes_on

    def _shrink(self, at: Tensor, value: Tensor) -> None:
        """Halve the steps of those that have stalled, and take those back that are far below their best."""
        best, reference = self.best[at], self.reference[at]
        rising = best > reference + _STALLED_RISE * reference.abs()
        self.reference[at] = torch.where(rising, best, reference)
        stalled = torch.where(rising, 0, self.stalled[at] + 1)
        halved = stalled >= _STALLED_STEPS
        self.stalled[at] = torch.where(halved, 0, stalled)
        self.sizes[at] = torch.where(halved, self.sizes[at] / 2, self.sizes[at])
        self.go_back(at[halved & (value < best - _FAR_BELOW * best.abs())])

    def _evaluate(self, inputs: tuple[Tensor, ...], at: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """Objectives (n,), sums before the neurons' own ReLU (n,), and the objectives' gradients by each input."""
        with torch.enable_grad():
            inputs = tuple(x.detach().requires_grad_() for x in inputs)
            sums = torch.stack(
                [
                    self.activation(
                        tuple(shifted(x, by) for x, by in zip(inputs, shifts, strict=True)), self.neurons[at]
                    )
                    for shifts in zip(*self.shifts, strict=True)
                ]
            )
            value = torch.where(sums < 0, self.slopes[at] * sums, sums).mean(dim=0)
            for x, one in zip(inputs, self.grounds, strict=True):
                value = value - self.settings.penalty * (x - one.silence).square().sum(dim=(1, 2, 3))
                if self.settings.total_variation:
                    value = value - self.settings.total_variation * variation(x)
            gradients = torch.autograd.grad(value.sum(), inputs)
        return value.detach(), sums.detach().mean(dim=0), gradients


def _start(ground: Ground, seed: int, neuron: int, start: int, side: int) -> Tensor:
    """Standard normal, as a normalised clip is; where silence is the lowest level, half of the tiles have it."""
    (state,) = np.random.SeedSequence((seed, neuron, start, side)).generate_state(1)
    noise = torch.randn(ground.shape, generator=torch.Generator().manual_seed(int(state)))
    return (ground.silence + noise).clamp(ground.lowest, ground.highest)
