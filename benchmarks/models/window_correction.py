"""How much of its chance to take off the best of many windows: chosen on validation, reported on the rest.

    python -m benchmarks.models.window_correction --data DATA --yardstick YARDSTICK --work RUNS [--write]

DATA and YARDSTICK are as for `real_voices.py`, and so are takes and candidates; validation recordings are imitated by
validation people, eight times each. With `--write`, writes `docs/results/window_correction.json`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.candidates import Cut, Samples, Yardstick, embedded
from benchmarks.models.real_voices import MOSAIC, SEED, SIMULATED, setting_of
from benchmarks.results import write_result
from menura.corpora.recordings import Split
from menura.evaluation.metrics import target_ranks
from menura.model.bundle import Bundle
from menura.model.score import best_windows

CORRECTIONS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
SETS = {"validation": (Split.VALIDATION, 8), "held out": (Split.HELD_OUT, 1)}  # and takes of each recording


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    bundle = Bundle.load()
    found: dict[str, Any] = {}
    for name, (split, n_takes) in SETS.items():
        setting = setting_of(arguments.data, arguments.work, split, n_takes)
        cut = Cut.of(setting.paths, bundle)
        for who in (SIMULATED, MOSAIC):
            takes = setting.takes[who].samples
            found[f"{name}, {who}"] = by_correction(cut, takes, np.array([*map(int, setting.takes[who].names)]), bundle)
    older = Yardstick.read(arguments.yardstick)
    found["older mosaics"] = by_correction(Cut.of(older.paths, bundle), older.takes, older.target, bundle)
    figures = {"sets": found}
    print(json.dumps(figures, indent=2))
    if arguments.write:
        command = "--data DATA --yardstick YARDSTICK --work RUNS --write"
        command = f"python -m benchmarks.models.window_correction {command}"
        data = "validation and held-out recordings, each set all candidates; and the yardstick's"
        write_result("window_correction", data=data, seed=SEED, figures=figures, command=command)


def by_correction(cut: Cut, takes: Sequence[Samples], target: NDArray[np.intp], bundle: Bundle) -> dict[str, Any]:
    """MRR with each correction, and of how many candidates how many have more windows than one."""
    of_windows = [cut.of_windows(query, bundle) for query in embedded(takes, bundle)]
    mrr = {}
    for correction in CORRECTIONS:
        scores = np.stack([best_windows(one, cut.n_windows, correction) for one in of_windows])
        mrr[str(correction)] = round(float((1 / target_ranks(scores, target)).mean()), 4)
    return {"candidates": len(cut.n_windows), "of many windows": int((cut.n_windows > 1).sum()), "mrr": mrr}


if __name__ == "__main__":
    main()
