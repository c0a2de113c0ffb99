"""How often the report of a study says what is true, over many simulated studies.

Two systems that are alike, and two of which the second is better, in studies of several sizes. Where they are alike, a
test at 5 % should find a difference in 5 % of studies, and a claim should be rarer than that.

    python -m benchmarks.study.known_answer [--studies 200] [--work runs/study]

Each study's outcome is kept under `--work`, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import write_result
from benchmarks.study.raters import World, simulated_trials
from menura.study.analysis import comparisons_of

MEASURES = ("rr", "hit5", "rating")
WORLDS = {"alike": World(), "better": World(places=0.5, ratings=0.4)}
SIZES = ((8, 12), (16, 12), (32, 16))


def main() -> None:
    """Simulate, analyse, and write `docs/results/study.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200, help="how many of each kind and size")
    parser.add_argument("--work", type=Path, default=Path("runs/study"), help="where outcomes are kept")
    asked = parser.parse_args()
    figures = [
        summary(world, n_people, n_sounds, outcomes(world, n_people, n_sounds, asked.studies, asked.work))
        for world in WORLDS
        for n_people, n_sounds in SIZES
    ]
    write_result(
        "study",
        data="simulated people (benchmarks/study/raters.py), two systems",
        seed=0,
        figures={"studies": asked.studies, "rows": figures},
        command=f"python -m benchmarks.study.known_answer --studies {asked.studies}",
    )


def outcomes(world: str, n_people: int, n_sounds: int, count: int, work: Path) -> list[dict[str, Any]]:
    """What came out of studies 0 to `count`, from the file or now."""
    file = work / f"{world.replace(' ', '-')}-{n_people}-{n_sounds}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    done = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    with file.open("a", encoding="utf-8") as stream:
        for seed in range(len(done), count):
            line = json.dumps(outcome(WORLDS[world], n_people, n_sounds, seed))
            stream.write(line + "\n")
            stream.flush()
            done.append(line)
    return [json.loads(line) for line in done[:count]]


def outcome(world: World, n_people: int, n_sounds: int, seed: int) -> dict[str, Any]:
    """By measure: p of the permutation and of the mixed model, whether something is claimed, and the difference."""
    compared = comparisons_of(simulated_trials(world, n_people, n_sounds, seed), ["one", "two"], measures=MEASURES)
    return {
        one.measure: {
            "p": one.p_value,
            "mixed_p": None if one.mixed is None else one.mixed.p_value,
            "claim": one.claim,
            "difference": one.difference,
        }
        for one in compared
    }


def summary(world: str, n_people: int, n_sounds: int, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Shares of studies that find a difference, by either test and in what is claimed."""

    def share(key: str, measure: str) -> float:
        tested = [one[measure][key] for one in found]
        return round(float(np.mean([p is not None and p < 0.05 for p in tested])), 4)

    return {
        "world": world,
        "people": n_people,
        "sounds": n_sounds,
        "measures": {
            measure: {
                "by_permutation": share("p", measure),
                "by_mixed_model": share("mixed_p", measure),
                "claimed": round(float(np.mean([one[measure]["claim"] is True for one in found])), 4),
                "mean_difference": round(float(np.mean([one[measure]["difference"] for one in found])), 4),
            }
            for measure in MEASURES
        },
        "anything_claimed": round(float(np.mean([any(v["claim"] for v in one.values()) for one in found])), 4),
    }


if __name__ == "__main__":
    main()
