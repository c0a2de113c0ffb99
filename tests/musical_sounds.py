"""Notes and loops, of which pitch and tempo are known because they were made so."""

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 22_050


def write_note(path: Path, hz: float, duration_s: float = 0.5) -> Path:
    """Seven partials of a tone."""
    at_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * sum(np.sin(2 * np.pi * hz * n * at_s) / n for n in range(1, 8)), RATE_HZ)
    return path


def write_loop(path: Path, bpm: float, n_beats: int = 8) -> Path:
    """A loud hiss on every beat, a soft one between each two."""
    beat = 60 / bpm * RATE_HZ
    played = np.zeros(round(n_beats * beat))
    hiss = np.random.default_rng(0).normal(0, 0.3, RATE_HZ // 8) * np.exp(-np.arange(RATE_HZ // 8) / 400)
    for n in range(2 * n_beats):
        at = round(n * beat / 2)
        played[at : at + len(hiss)] += hiss[: len(played) - at] * (1.0, 0.3)[n % 2]
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, played, RATE_HZ)
    return path
