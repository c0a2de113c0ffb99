"""What a system for sound search by vocal imitation is made of, whichever it is.

A system hears a sound in three steps, so that one piece of code can measure all of them:

1. `describe(samples, sample_rate_hz)`: a descriptor of one sound, the same for imitations and recordings.
2. `learn(descriptors, seed)`: what the system learns from sounds without being told what they are, if anything.
3. `keep(descriptor, learned)`: what is kept of a sound to search by; its size is what a sound costs a library.

Then it compares queries with candidates, which needs nobody to tell it anything (`System`); or it classifies the query
by what it was told of other imitations, and finds the sounds of that class (`SupervisedSystem`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

Descriptor = NDArray[np.float32]

Describe = Callable[[NDArray[np.floating], float], Descriptor]
"""Of (n,) mono samples, n >= 1, finite, at any rate in Hz."""

Learned = Mapping[str, NDArray[np.float32]]
"""Arrays by name."""


def beginning(
    samples: NDArray[np.floating], sample_rate_hz: float, duration_s: float, to_hz: int
) -> NDArray[np.float32]:
    """The first seconds of a sound, (n,) at its rate, at the rate that a system hears."""
    first = np.asarray(samples[: round(duration_s * sample_rate_hz)], dtype=np.float32)
    resampled: NDArray[np.float32] = soxr.resample(first, sample_rate_hz, to_hz)
    return resampled


def as_described(descriptor: Descriptor, _: Learned) -> Descriptor:
    """What is kept of a sound is its descriptor."""
    return descriptor


class Classifier(Protocol):
    """What tells classes of sounds apart."""

    @property
    def n_numbers(self) -> int:
        """How many numbers it holds."""

    def decide(self, queries: NDArray[np.floating]) -> NDArray[np.float64]:
        """(q, classes), higher for the likelier class, of (q, d) queries."""


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How a system hears sounds; see the module.

    Attributes:
        name: As it stands in tables.
        describe: What it hears of a sound.
        learn: Of the descriptors of a training set, with a seed of 0 or more; None where nothing is learned.
        keep: Of a descriptor and what was learned; the descriptor itself by default.
    """

    name: str
    describe: Describe
    learn: Callable[[Sequence[Descriptor], int], Learned] | None = None
    keep: Callable[[Descriptor, Learned], Descriptor] = as_described


@dataclass(frozen=True, kw_only=True)
class System(Hearing):
    """A system that compares sounds.

    Attributes:
        scores: (q, c), higher being more similar, of q queries and c candidates as they were kept.
    """

    scores: Callable[[Sequence[Descriptor], Sequence[Descriptor]], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class SupervisedSystem(Hearing):
    """A system that recognises the class of an imitation, among those that it was shown imitations of.

    Attributes:
        train: A classifier of (n, d) kept vectors whose classes are (n,) numbers from 0, each of which occurs.
    """

    train: Callable[[NDArray[np.float32], NDArray[np.intp]], Classifier]
