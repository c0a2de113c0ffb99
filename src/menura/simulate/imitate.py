"""One person's vocal imitation of a recording, from hearing it to the microphone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.simulate.choose import choose
from menura.simulate.hear import HEARD_S, Heard, hear
from menura.simulate.imitator import draw_imitator
from menura.simulate.microphone import record
from menura.simulate.speak import RATE_HZ, speak
from menura.simulate.strategy import Strategy
from menura.simulate.voices import RealVoices, draw_timbre

LISTENED_S = HEARD_S
"""How much of a recording is listened to, in seconds: more need not be read."""


@dataclass(frozen=True)
class Performance:
    """An imitation, and how it was made.

    Attributes:
        samples: at 16 kHz, shape (n_samples,), 0.15 to 4 s, peak at most 1.
        strategy: how the sound was imitated.
    """

    samples: NDArray[np.float32]
    strategy: Strategy


def simulate_imitation(samples: NDArray[np.float32], sample_rate_hz: float, seed: int) -> NDArray[np.float32]:
    """A vocal imitation of a recording, as one simulated person would make it.

    Args:
        samples: the recording, mono, shape (n,), n >= 1, finite; the first 5 s are listened to.
        sample_rate_hz: its sample rate.
        seed: picks the person, the choices and the microphone; the same recording and seed give the same imitation.

    Returns:
        The imitation at 16 kHz, shape (n_samples,), 0.15 to 4 s long, peak at most 1. Of silence, the noise of a room.

    Raises:
        ValueError: the samples are not a finite, non-empty mono signal.
    """
    return _perform(hear(samples, sample_rate_hz), seed).samples


def simulate_imitations(
    samples: NDArray[np.float32], sample_rate_hz: float, seeds: Iterable[int], voices: RealVoices | None = None
) -> Iterator[NDArray[np.float32]]:
    """What `simulate_imitation` gives for each seed, for less than the price of as many calls: hearing is done once.

    Spectra of `voices`, if given, are mixed into some of the imitations; nothing else about these changes.
    """
    return (performance.samples for performance in simulate_performances(samples, sample_rate_hz, seeds, voices))


def simulate_performances(
    samples: NDArray[np.float32], sample_rate_hz: float, seeds: Iterable[int], voices: RealVoices | None = None
) -> Iterator[Performance]:
    """What `simulate_imitations` gives, and how it was made."""
    heard = hear(samples, sample_rate_hz)
    return (_perform(heard, seed, voices) for seed in seeds)


def is_silent(samples: NDArray[np.float32], sample_rate_hz: float) -> bool:
    """Whether the first 5 s of a recording hold nothing to imitate; arguments and errors as `simulate_imitation`."""
    return hear(samples, sample_rate_hz).silent


def _perform(heard: Heard, seed: int, voices: RealVoices | None = None) -> Performance:
    who, what, voice, microphone, whose = np.random.default_rng(seed).spawn(5)
    person = draw_imitator(who)
    plan = choose(heard, person, what)
    spoken = speak(plan, person, voice, None if voices is None else draw_timbre(voices, whose))
    return Performance(record(spoken, RATE_HZ, microphone), plan.strategy)
