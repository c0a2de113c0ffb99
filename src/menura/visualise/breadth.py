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
        whole: The same of a layer whose neurons hear whole clips; None: as of the others.
        restarts: Starts of every neuron; None: `RESTARTS` of a convolutional neuron, one of a neuron that hears whole
            clips, whose ascent costs as much as those of a dozen others.
    """

    neurons: int = 0
    whole: int | None = None
    restarts: int | None = None

    def neurons_of(self, layer: Layer) -> list[int]:
        """Which neurons of a layer, ascending."""
        most = self.neurons if layer.is_convolutional or self.whole is None else self.whole
        if not 0 < most < layer.n_neurons:
            return list(range(layer.n_neurons))
        return [int(place) for place in np.linspace(0, layer.n_neurons - 1, most).round()]

    def starts_of(self, layer: Layer) -> int:
        """How many starts each neuron of a layer has."""
        return self.restarts or (RESTARTS if layer.is_convolutional else 1)


def usual_breadth(spec: NetworkSpec) -> Breadth:
    """What five minutes are enough for, on two cores that have other work to do."""
    return Breadth(48, whole=24) if _is_the_papers(spec) else Breadth(2)


def quick_breadth(spec: NetworkSpec) -> Breadth:
    """What one minute is enough for."""
    return Breadth(4, restarts=1) if _is_the_papers(spec) else Breadth(1, restarts=1)


def _is_the_papers(spec: NetworkSpec) -> bool:
    return all(isinstance(spec.tower(side), ConvTowerSpec) for side in SIDES)
