"""Sounds that are easy to describe in words."""

import numpy as np

RATE_HZ = 16_000


def tone(hz, duration_s):
    """Five harmonics, faded in and out, with a frequency per sample or one for all."""
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hz, round(duration_s * RATE_HZ))) / RATE_HZ
    wave = sum(np.sin(k * phase) / k for k in range(1, 6))
    fade = np.minimum(1, np.arange(len(wave)) / 800)
    return (0.2 * wave * fade * fade[::-1]).astype(np.float32)


def silence(duration_s):
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def noise(duration_s, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(duration_s * RATE_HZ)).astype(np.float32)
