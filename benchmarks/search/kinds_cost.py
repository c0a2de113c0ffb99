"""What it takes to know the kinds of all sounds of a large library: the first time, and from the file that is kept.

    python -m benchmarks.search.kinds_cost [--sounds 100000] [--model MODEL] [--write]

The projections are random numbers of a window each: what they say makes no difference to the time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.results import write_result
from menura.audio.walk import Stamp
from menura.index.kinds import LikelyKinds
from menura.index.snapshot import Table
from menura.index.sound import Sound
from menura.model.bundle import Bundle
from menura.search.known_kinds import KnownKinds

Made = TypeVar("Made")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=int, default=100_000)
    parser.add_argument("--model")
    parser.add_argument("--write", action="store_true", help="keep it in docs/results/")
    options = parser.parse_args()
    bundle = Bundle.load(options.model)
    kinds = bundle.kinds
    assert kinds is not None
    with tempfile.TemporaryDirectory() as folder:
        table = made_up(options.sounds, bundle.spec.n_hidden, Path(folder))
        known, first_s = timed(lambda: LikelyKinds.of(table, kinds))
        _, again_s = timed(lambda: LikelyKinds.of(table, kinds))
        _, counted_s = timed(lambda: known.counts(table.sound_ids[::2]))
        _, filtered_s = timed(lambda: known.having(0))
        (file,) = Path(folder).glob("kinds-*")
        n_bytes = file.stat().st_size
        told = KnownKinds(kinds, bundle.name)
        sounds = [Sound(row + 1, f"{row}.wav", 3.0, Stamp(1, 1), b"", row, 1) for row in range(20)]
        _, shown_s = timed(lambda: told.told(table, sounds))
    figures = {
        "sounds": options.sounds,
        "the first time": first_s,
        "from the file": again_s,
        "counting the kinds of half of them": counted_s,
        "those of a kind": filtered_s,
        "the kinds of 20 sounds that are shown": shown_s,
        "bytes": n_bytes,
    }
    if options.write:
        write_result("kinds_cost", data=f"{options.sounds:,} made-up sounds", seed=0, figures=figures)
    else:
        print(figures)


def made_up(n_sounds: int, width: int, folder: Path) -> Table:
    """A table of random projections, mapped as an index's."""
    mapped = np.memmap(folder / "projections-00000000.f32", np.float32, "w+", shape=(n_sounds, width))
    mapped[:] = np.random.default_rng(0).normal(0, 5, mapped.shape)
    sounds = np.arange(n_sounds)
    return Table(sounds + 1, sounds, np.ones(n_sounds, np.int64), mapped)


def timed(work: Callable[[], Made]) -> tuple[Made, float]:
    """What some work gives, and the seconds that it takes."""
    started = time.perf_counter()
    made = work()
    return made, round(time.perf_counter() - started, 5)


if __name__ == "__main__":
    main()
