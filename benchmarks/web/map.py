"""How long a map takes to lay out, and how steady it is when sounds are added.

    python -m benchmarks.web.map

Layouts are made as the server makes them: one thread, one process. What is laid out is made up: points about many
centres, of which some are near each other, as the sounds of a library are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import write_result
from menura.map.layout import SEED, lay_out

SIZES = (10_000, 100_000)
WIDTH = 108
ADDED = 0.02  # of the sounds come later
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
DATA = f"made-up projections of {WIDTH} numbers about centres that lie about fewer centres"


def main() -> None:
    """Measure, and write `docs/results/map.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layouts-of", type=int, help=argparse.SUPPRESS)  # the process that lays out one size
    told = parser.parse_args()
    if told.layouts_of is not None:
        print(json.dumps(layouts(told.layouts_of)))
        return
    figures: dict[str, Any] = {"layout": {str(size): in_one_thread(size) for size in SIZES}}
    write_result("map", data=DATA, seed=SEED, figures=figures)


def in_one_thread(size: int) -> dict[str, float]:
    """`layouts` in a process that has one thread, as the server's."""
    command = [sys.executable, "-m", "benchmarks.web.map", "--layouts-of", str(size)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def layouts(size: int) -> dict[str, float]:
    """Seconds for a layout from nothing, and for one that goes on when a few sounds have come; how far others move."""
    features = sounds(size)
    n_old = round((1 - ADDED) * size)
    places, seconds, processor_s = timed(features[:n_old], None)
    known = np.full((size, 2), np.nan, np.float32)
    known[:n_old] = places
    after, going_on_s, going_on_processor_s = timed(features, known)
    moved = np.linalg.norm(after[:n_old] - places, axis=1) / np.ptp(places, axis=0).max()
    return {
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor_s, 1),
        "going_on_seconds": round(going_on_s, 1),
        "going_on_processor_seconds": round(going_on_processor_s, 1),
        "moved_median_of_width": round(float(np.median(moved)), 4),
        "moved_95_percent_of_width": round(float(np.quantile(moved, 0.95)), 4),
    }


def timed(features: NDArray[np.float32], known: NDArray[np.float32] | None) -> tuple[NDArray[np.float32], float, float]:
    """A layout, and the seconds and the processor's seconds that it took."""
    started, used = time.perf_counter(), time.process_time()
    places = lay_out(features, known)
    return places, time.perf_counter() - started, time.process_time() - used


def sounds(size: int) -> NDArray[np.float32]:
    """(size, 108) as the sounds of a library lie: about kinds, which lie about families."""
    rng = np.random.default_rng(SEED)
    families = rng.standard_normal((20, WIDTH))
    kinds = families[rng.integers(20, size=size // 100)] + 0.5 * rng.standard_normal((size // 100, WIDTH))
    spread = rng.uniform(0.1, 0.6, (size, 1))
    own = kinds[rng.integers(len(kinds), size=size)] + spread * rng.standard_normal((size, WIDTH))
    found: NDArray[np.float32] = own.astype(np.float32)
    return found


if __name__ == "__main__":
    main()
