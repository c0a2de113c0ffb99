"""Drum loops of known tempo, played by a made-up drummer on the recorded one-shots of drum machines.

What is played is drawn from a seed: tempo, bars of four beats, kick, snare and hats or what else a kit has, how hard
and how late each stroke comes. A loop is as long as its beats, and what rings on at its end rings at its beginning, as
in loops that are sold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import read_audio

RATE_HZ = 44_100
SLOWEST_BPM, FASTEST_BPM = 75.0, 175.0
_PARTS = {
    "kick": ("kick", "bd", "bass-drum"),
    "snare": ("snare", "rim", "clap", "clave"),
    "hat": ("hhclosed", "hihat-close", "hihat", "closedhat", "hat", "hithat", "cabasa", "maraca", "tamb"),
    "more": ("tom", "conga", "cowbell", "bongo", "open"),
}
_LATEST_S = 0.008  # a stroke comes so much too early or too late, at most
_MOST_SWING = 0.3  # of a sixteenth


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop: its tempo, its number of beats, and its (n,) samples at `RATE_HZ`."""

    bpm: float
    n_beats: int
    samples: NDArray[np.float32]


class Kit:
    """The one-shots of a drum machine, by what they play.

    Args:
        files: Its recordings, of which the names say what they are of.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._strokes = {
            part: [read_audio(file, RATE_HZ) for file in files if any(word in file.name.lower() for word in words)]
            for part, words in _PARTS.items()
        }

    @property
    def is_whole(self) -> bool:
        """Whether it has a kick, a snare and a hat, or what stands for them."""
        return all(self._strokes[part] for part in ("kick", "snare", "hat"))

    def loop(self, seed: int) -> Loop:
        """The loop of a seed."""
        rng = np.random.default_rng(seed)
        bpm = float(np.exp(rng.uniform(np.log(SLOWEST_BPM), np.log(FASTEST_BPM))))
        if rng.random() < 0.7:  # most are made to whole numbers
            bpm = float(round(bpm))
        n_beats = 4 * int(rng.choice([1, 1, 2, 2, 4]))
        played = np.zeros(round(n_beats * 60 / bpm * RATE_HZ), np.float32)
        swing = rng.uniform(0, _MOST_SWING) * (rng.random() < 0.4)
        for part, pattern in _pattern(rng).items():
            if not self._strokes[part]:
                continue
            stroke = self._strokes[part][rng.integers(len(self._strokes[part]))]
            for sixteenth in range(4 * n_beats):
                if rng.random() < pattern[sixteenth % 16]:
                    late = sixteenth + swing * (sixteenth % 2)
                    at = round((late * 15 / bpm + rng.uniform(-_LATEST_S, _LATEST_S)) * RATE_HZ)
                    _strike(played, stroke, at, rng.uniform(0.5, 1.0))
        return Loop(bpm, n_beats, (0.9 / np.abs(played).max() * played).astype(np.float32))


def _pattern(rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """How likely each part plays on each sixteenth of a bar."""
    kick, snare, hat, more = np.zeros((4, 16))
    style = rng.integers(4)
    kick[[[0, 4, 8, 12], [0, 8], [0, 10], [0, 6, 10]][style]] = 0.97
    snare[[4, 12]] = 0.97
    kick[rng.integers(0, 16, 3)] += rng.uniform(0, 0.5)
    snare[rng.integers(0, 16, 2)] += rng.uniform(0, 0.3)
    hat[:: int(rng.choice([1, 2, 2, 4]))] = rng.uniform(0.7, 1.0)
    if rng.random() < 0.3:
        hat[:] = 0.0
        hat[2::4] = 1.0  # off the beat
    if rng.random() < 0.5:
        more[rng.integers(0, 16, 3)] = rng.uniform(0.3, 0.9)
    return {"kick": kick, "snare": snare, "hat": hat * (rng.random() < 0.9), "more": more}


def _strike(played: NDArray[np.float32], stroke: NDArray[np.float32], at: int, level: float) -> None:
    """Add a stroke, of which the end rings at the beginning."""
    stroke = stroke[: len(played)]
    places = (at + np.arange(len(stroke))) % len(played)
    played[places] += np.float32(level) * stroke
