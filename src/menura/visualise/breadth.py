"""How much of a network is looked at: how many neurons of a layer, each from how many starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from menura.specs import SIDES, ConvTowerSpec, NetworkSpec
from menura.visualise.neurons import Layer

RESTARTS = 5
"""Starts of a convolutional neuron."""


@dataclass(frozen=True)
class Breadth:
    """How many neurons, and starts of each.

    Attributes:
        neurons: Of a layer at most, evenly over it; 0: all.
        restarts: Starts of every neuron; None: `RESTARTS` of a convolutional neuron, one of a neuron that hears whole
            clips, whose ascent costs as much as those of a dozen others.
    """

    neurons: int = 0
    restarts: int | None = None

    def neurons_of(self, layer: Layer) -> list[int]:
        """Which neurons of a layer, ascending."""
        if not 0 < self.neurons < layer.n_neurons:
            return list(range(layer.n_neurons))
        return [int(place) for place in np.linspace(0, layer.n_neurons - 1, self.neurons).round()]

    def starts_of(self, layer: Layer) -> int:
        """How many starts each neuron of a layer has."""
        return self.restarts or (RESTARTS if layer.is_convolutional else 1)


def usual_breadth(spec: NetworkSpec) -> Breadth:
    """What five minutes are enough for, on two cores that have other work to do."""
    return Breadth(48 if _is_the_papers(spec) else 2)


def quick_breadth(spec: NetworkSpec) -> Breadth:
    """What one minute is enough for."""
    return Breadth(8, restarts=1) if _is_the_papers(spec) else Breadth(1, restarts=1)


def _is_the_papers(spec: NetworkSpec) -> bool:
    return all(isinstance(spec.tower(side), ConvTowerSpec) for side in SIDES)
