"""Simulated vocal imitations of any recording: hear, choose, speak."""

from menura.simulate.imitate import simulate_imitation, simulate_imitations

__all__ = ["simulate_imitation", "simulate_imitations"]
