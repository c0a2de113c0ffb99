"""The two baselines that need no training, on the imitations that the shipped model is measured on.

    python -m benchmarks.models.held_out_baselines --data DATA

DATA is the folder that `menura train default` was given.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models.default_model import summary
from benchmarks.results import write_result
from menura.audio.files import read_audio
from menura.corpora.recordings import Split, load_recordings
from menura.evaluation.systems import BASELINES
from menura.inputs.pair_features import imitation_seed
from menura.simulate import simulate_imitations
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END
from menura.training.recipe import Recipe


def main() -> None:
    """Measure both and write `docs/results/held_out_baselines.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    recipe = Recipe()
    recordings = load_recordings(parser.parse_args().data, recipe.seed)
    paths = [recording.path for recording in recordings if recording.split is Split.HELD_OUT]
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for the workers, which are as many as the cores
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        described = list(pool.map(describe, paths, chunksize=8))
    figures = {}
    for name, baseline in BASELINES.items():
        candidates = [of_sound[name][0] for of_sound in described]
        queries = [query for of_sound in described for query in of_sound[name][1]]
        scores = baseline.scores(queries, candidates)
        own = scores[np.arange(len(queries)), np.repeat(np.arange(len(candidates)), recipe.n_test_imitations)]
        figures[name] = summary((scores >= own[:, None]).sum(axis=1), len(candidates))
    write_result(
        "held_out_baselines",
        data="the held-out recordings and simulated imitations of docs/results/default_model.json",
        seed=recipe.seed,
        figures=figures,
        command="python -m benchmarks.models.held_out_baselines --data DATA",
    )


def describe(path: Path) -> dict[str, tuple[Any, list[Any]]]:
    """Each baseline's descriptor of a recording, and those of its imitations."""
    recipe, rate_hz = Recipe(), RECORDING_FRONT_END.sample_rate_hz
    recording = read_audio(path, rate_hz, duration_s=RECORDING_FRONT_END.duration_s)
    seeds = [imitation_seed(recipe.seed + 1, path, take) for take in range(recipe.n_test_imitations)]
    imitations = list(simulate_imitations(recording, rate_hz, seeds))
    return {
        name: (
            baseline.describe(recording, rate_hz),
            [baseline.describe(imitation, IMITATION_FRONT_END.sample_rate_hz) for imitation in imitations],
        )
        for name, baseline in BASELINES.items()
    }


if __name__ == "__main__":
    main()
