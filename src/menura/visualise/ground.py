"""What an ascent goes over: where it begins, how far it may go, and how long its first step is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from menura.specs import FrontEndSpec, KaldiFrontEndSpec, NetworkSpec
from menura.visualise.neurons import Layer

_FIRST_STEP_IN_MN04 = 0.5  # its layers are far from linear


@dataclass(frozen=True)
class Ground:
    """One of the inputs that climb.

    Attributes:
        shape: (mel bands, frames).
        silence: What a tower is given where no sound is, from which distances are measured.
        lowest: The lowest level that there is.
        highest: The highest.
        first_step: g of the first steps, the share of the way to where a linear network would be greatest.
    """

    shape: tuple[int, int]
    silence: float = 0.0
    lowest: float = -math.inf
    highest: float = math.inf
    first_step: float = 1.0


def grounds_of(spec: NetworkSpec, layer: Layer) -> list[Ground]:
    """The ground of each side that reaches a layer, of what one neuron hears."""
    return [_ground(spec.tower(side).front_end, box.shape) for side, box in layer.boxes.items()]


def _ground(front_end: FrontEndSpec, shape: tuple[int, int]) -> Ground:
    """The paper's clips are normalised, so there any level is possible, and silence is their mean."""
    if not isinstance(front_end, KaldiFrontEndSpec):
        return Ground(shape, front_end.silence)
    highest = math.inf if front_end.loudest is None else front_end.loudest
    return Ground(shape, front_end.silence, lowest=front_end.silence, highest=highest, first_step=_FIRST_STEP_IN_MN04)
