"""Simulated vocal imitations of any recording: hear, choose, speak."""

from menura.simulate.imitate import (
    LISTENED_S,
    Performance,
    is_silent,
    simulate_imitation,
    simulate_imitations,
    simulate_performances,
)
from menura.simulate.strategy import Strategy

__all__ = [
    "LISTENED_S",
    "Performance",
    "Strategy",
    "is_silent",
    "simulate_imitation",
    "simulate_imitations",
    "simulate_performances",
]
