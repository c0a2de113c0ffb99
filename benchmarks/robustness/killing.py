"""Kills Menura at random moments, and takes from it what it needs, to see that nothing is lost.

    python -m benchmarks.robustness.killing --work WORK [--kills 200]

Each kind of work (an index, its renewal after sounds were added, changed, moved and removed, an adaptation, a
training) is killed with SIGKILL at moments drawn evenly from the time that it takes undisturbed. After each kill the
index has to be whole, as `menura check --all` proves; then the same work is started again and has to end as the
undisturbed one did:

- an index with the same sounds, each of the same size, hash, duration and windows, and with the same projections bit
  for bit, and with the same files skipped for the same reasons;
- a training or an adaptation with the same weights bit for bit, and the same measured figures.

The folder of sounds is hashed before and after: names, bytes, modes and times. Then come full disks, read-only ones,
two programs at once and indexes of other formats; what needs to mount is left out, with the reason, where it may not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import write_result
from benchmarks.robustness.forks import done, run
from benchmarks.robustness.hardships import HARDSHIPS
from benchmarks.robustness.scenes import SCENES, SEED, fingerprint
from menura.errors import LibraryError
from menura.whole import written_whole

OF_200_KILLS = {"index": 75, "re-index": 75, "train": 38, "adapt": 12}


def main() -> None:
    """Kill, starve and lock out; write what was survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder to work in")
    parser.add_argument("--kills", type=int, default=200, help="in all kinds of work together")
    parser.add_argument("--only", nargs="*", help="some of the kinds of work and hardships; the result is not written")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    trials: dict[str, Callable[[Path], dict[str, Any]]] = {
        **{
            kind: partial(kill_often, kind, max(1, round(n * arguments.kills / 200)))
            for kind, n in OF_200_KILLS.items()
        },
        **HARDSHIPS,
    }
    for name in arguments.only or trials:
        kept = work / f"{name}.json"  # stopped, the same command goes on with what is not there yet
        if not kept.exists():
            shutil.rmtree(work / name, ignore_errors=True)
            figures = trials[name](work / name)
            with written_whole(kept) as unfinished:
                unfinished.write_text(json.dumps(figures))
            print(f"{name}: {figures}", file=sys.stderr)
    if not arguments.only:
        found = {name: json.loads((work / f"{name}.json").read_text()) for name in trials}
        figures = {
            "kills": {kind: found[kind] for kind in SCENES},
            "hardships": {name: found[name] for name in HARDSHIPS},
        }
        write_result(
            "killing",
            data="Sounds that the script makes, and the shipped model",
            seed=SEED,
            figures=figures,
            command=f"python -m benchmarks.robustness.killing --work WORK --kills {arguments.kills}",
        )


def kill_often(kind: str, kills: int, work: Path) -> dict[str, Any]:
    """Kill a kind of work so often; how often what was found."""
    scene, rng = SCENES[kind](work), np.random.default_rng((SEED, list(OF_200_KILLS).index(kind)))
    before = fingerprint(scene.sounds)
    for _ in range(2):  # the first warms up
        scene.prepare()
        started = time.monotonic()
        done(scene.work)
        seconds = time.monotonic() - started
    wanted = done(scene.outcome)
    counts: Counter[str] = Counter(kills=kills)
    faults = []
    began = time.monotonic()
    for number in range(1, kills + 1):
        scene.prepare()
        run(scene.work, kill_after_s=float(rng.uniform(0, seconds)))
        wrong, wrong_then, outcome = done(scene.aftermath)
        counts["whole after the kill"] += not wrong
        counts["ended as if never killed"] += outcome == wanted and not wrong_then
        if wrong or wrong_then or outcome != wanted:
            faults.append(wrong or wrong_then or "another outcome")
        left_s = (time.monotonic() - began) / number * (kills - number)
        print(f"{kind}: {number} of {kills} kills, {len(faults)} faults, {left_s / 60:.1f} min left", file=sys.stderr)
    counts["folder unchanged"] = int(fingerprint(scene.sounds) == before)
    return {**counts, "seconds_undisturbed": round(seconds, 2), "faults": sorted(set(faults))[:10]}


if __name__ == "__main__":
    try:
        main()
    except LibraryError as error:
        sys.exit(str(error))
