"""Indexes of made-up sounds of one window each, filled as any other: what they hold is random, and takes its place.

One that is there already is gone on with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from menura import Bundle, Library
from menura.audio.walk import SoundFile, Stamp
from menura.index.changes import Embedded
from menura.inputs.counted import counted

SEED = 0
_BATCH = 50_000
_FIRST_NS = 1_700_000_000_000_000_000
_DURATION_S = (0.2, 1.0)


def short_path(number: int) -> str:
    """The path of a sound, a hundred in a folder."""
    return f"{number // 100:05}/{number:07}.wav"


def made_up(count: int, home: Path, path_of: Callable[[int], str] = short_path) -> Library:
    """A library of so many sounds, whose folder is `home`/sounds and whose data directory `home`/menura."""
    (home / "sounds").mkdir(parents=True, exist_ok=True)
    bundle = Bundle.load()
    library = Library.open(home / "sounds", bundle, home / "menura")
    index = library._opened()
    there = index.info().sounds
    starts = range(there, count, _BATCH)
    for start in counted(starts, "filling, batch by batch", len(starts)):
        index.write(_batch(range(start, min(start + _BATCH, count)), bundle.spec.n_hidden, path_of))
    index.finish([], [])
    index.encode(bundle.output_weight)
    return library


def _batch(numbers: range, width: int, path_of: Callable[[int], str]) -> list[Embedded]:
    rng = np.random.default_rng((SEED, numbers.start))
    rows = rng.standard_normal((len(numbers), 1, width), dtype=np.float32)
    durations_s = rng.uniform(*_DURATION_S, len(numbers)).tolist()
    return [
        Embedded(
            SoundFile(path_of(number), Stamp(round(88_200 * duration_s), _FIRST_NS + 10_000_019 * number)),
            hashlib.sha256(number.to_bytes(8, "little")).digest(),
            duration_s,
            np.zeros(1),
            row,
        )
        for number, row, duration_s in zip(numbers, rows, durations_s, strict=True)
    ]
