"""Recipes for training compared: each step from the paper's to the shipped one, on the same data and for equal steps.

    python -m benchmarks.models.recipes --data DATA --validation VALIDATION --yardstick YARDSTICK --work RUNS

VALIDATION and YARDSTICK are what `corpora/voice_yardstick.py` made with `--split validation` and without: recipes are
chosen by the first, and reported on the second. Stopped, it goes on with the recipe that it was at. Writes
`docs/results/recipes.json`.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.results import write_result
from menura.corpora.plain import load_plain
from menura.corpora.recordings import load_recordings
from menura.evaluation.evaluate import rank_catalogue
from menura.evaluation.ranking import ALL, summarise
from menura.inputs.digest import run_digest
from menura.network.iminet import IMINET
from menura.training.default import train_recipe
from menura.training.recipe import LADDER, Recipe


def main() -> None:
    """Train and measure every recipe that is not done yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--yardstick", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs"))
    parser.add_argument("--steps", type=int, default=256)
    arguments = parser.parse_args()
    figures = {}
    for name, recipe in LADDER.items():
        budget = replace(recipe, n_steps=arguments.steps, n_imitations=min(recipe.n_imitations, 12), precision="bf16")
        figures[name] = measured(budget, arguments)
        print(name, json.dumps(figures[name]), flush=True)
    write_result(
        "recipes",
        data="all recipes on the same training recordings with simulated imitations; measured on held-out recordings "
        "imitated by the simulator's other people, and by real voices that no training heard (the yardstick)",
        seed=0,
        figures={"steps": arguments.steps, "recipes": figures},
        command="python -m benchmarks.models.recipes "
        "--data DATA --validation VALIDATION --yardstick YARDSTICK --work RUNS",
    )


def measured(recipe: Recipe, arguments: argparse.Namespace) -> dict[str, Any]:
    """Train a recipe, or find it trained, and measure it."""
    done = arguments.work / "recipes" / f"{digest(recipe, arguments)}.json"
    if done.exists():
        kept: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return kept
    started = time.perf_counter()
    trained = train_recipe(arguments.data, arguments.work, recipe)
    minutes = (time.perf_counter() - started) / 60
    figures = {
        "validation": on_yardstick(trained.network, arguments.validation, arguments.work),
        "yardstick": on_yardstick(trained.network, arguments.yardstick, arguments.work),
        "simulated": {"mrr": round(trained.held_out.mrr, 4), "recall_at_10": round(trained.held_out.recall_at_10, 4)},
        "minutes": round(minutes, 1),
    }
    done.parent.mkdir(parents=True, exist_ok=True)
    unfinished = done.with_suffix(".tmp")
    unfinished.write_text(json.dumps(figures), encoding="utf-8")
    unfinished.replace(done)
    return figures


def on_yardstick(network: IMINET, folder: Path, work: Path) -> dict[str, float]:
    """MRR and hits on imitations by real voices, each ranked among all recordings of the folder."""
    (ranked,) = rank_catalogue(network, load_plain(folder), runs=1, cache=work / "features")
    summary = summarise(ranked, seed=0)[ALL]
    return {
        "mrr": round(summary.mrr, 4),
        "recall_at_1": round(summary.recall_at_1, 4),
        "recall_at_10": round(summary.recall_at_10, 4),
        "candidates": summary.n_candidates,
    }


def digest(recipe: Recipe, arguments: argparse.Namespace) -> str:
    """Names a recipe with all recordings that it learns from and is measured on."""
    paths = [recording.path for recording in load_recordings(arguments.data, recipe.seed)]
    paths += [*load_plain(arguments.validation).paths, *load_plain(arguments.yardstick).paths]
    return run_digest(recipe, paths=paths, cache=arguments.work / "features")


if __name__ == "__main__":
    main()
