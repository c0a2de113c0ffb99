"""One person's vocal imitation of a recording, from hearing it to the microphone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from menura.simulate.choose import choose
from menura.simulate.hear import Heard, hear
from menura.simulate.imitator import draw_imitator
from menura.simulate.microphone import record
from menura.simulate.speak import RATE_HZ, speak


def simulate_imitation(samples: NDArray[np.float32], sample_rate_hz: float, seed: int) -> NDArray[np.float32]:
    """A vocal imitation of a recording, as one simulated person would make it.

    Args:
        samples: the recording, mono, shape (n,), n >= 1, finite; the first 5 s are listened to.
        sample_rate_hz: its sample rate.
        seed: picks the person, the choices and the microphone; the same recording and seed give the same imitation.

    Returns:
        The imitation at 16 kHz, shape (n_samples,), 0.15 to 4 s long, peak at most 1.

    Raises:
        ValueError: the samples are not a finite, non-empty mono signal.
    """
    return _perform(hear(samples, sample_rate_hz), seed)


def simulate_imitations(
    samples: NDArray[np.float32], sample_rate_hz: float, seeds: Iterable[int]
) -> Iterator[NDArray[np.float32]]:
    """What `simulate_imitation` gives for each seed, for less than the price of as many calls: hearing is done once."""
    heard = hear(samples, sample_rate_hz)
    return (_perform(heard, seed) for seed in seeds)


def _perform(heard: Heard, seed: int) -> NDArray[np.float32]:
    who, what, voice, microphone = np.random.default_rng(seed).spawn(4)
    person = draw_imitator(who)
    plan = choose(heard, person, what)
    return record(speak(plan, person, voice), RATE_HZ, microphone)
