"""Vocal imitations of any recording: heard, chosen, and spoken by a simulated voice or put together from a real one."""

from menura.simulate.imitate import (
    LISTENED_S,
    Performance,
    is_silent,
    simulate_imitation,
    simulate_imitations,
    simulate_performances,
)
from menura.simulate.mosaic import mosaic_imitations
from menura.simulate.mouth import Mouth, load_mouth, measure_mouth, save_mouth
from menura.simulate.strategy import Strategy

__all__ = [
    "LISTENED_S",
    "Mouth",
    "Performance",
    "Strategy",
    "is_silent",
    "load_mouth",
    "measure_mouth",
    "mosaic_imitations",
    "save_mouth",
    "simulate_imitation",
    "simulate_imitations",
    "simulate_performances",
]
