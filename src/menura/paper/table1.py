"""The paper's table 1: three networks trained and ranked on the halves of a corpus, run by run (section 3).

The ranks of each training are kept in a file of their own; a reproduction that was stopped goes on after the last of
these, and within a training after its last epoch. Beside the networks stand baselines that need no training.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from menura.evaluation.ranking import Ranked, rank_part, summarise
from menura.evaluation.scoring import score_all
from menura.evaluation.system_scores import rank_system
from menura.evaluation.systems import BASELINES
from menura.evaluation.tables import Table, make_table, neighbours
from menura.inputs.catalogue_inputs import load_catalogue_inputs
from menura.memory import keep_freed_memory
from menura.network.dual_encoder import DualEncoder
from menura.network.iminet import IMINET
from menura.paper.networks import (
    SCRATCH,
    TIED,
    TRANSFER,
    Configuration,
    Experiment,
    Pretrained,
    configurations,
    trained_network,
)
from menura.training.pairwise import FineTuning, PairwiseTraining
from menura.whole import written_whole

PUBLISHED = {
    TIED: {"AI": 0.401, "CS": 0.327, "ED": 0.158, "SS": 0.380},
    SCRATCH: {"AI": 0.397, "CS": 0.309, "ED": 0.225, "SS": 0.377},
    TRANSFER: {"AI": 0.462, "CS": 0.349, "ED": 0.246, "SS": 0.390},
}
"""MRR on VocalSketch 1.0.4, mean of 10 runs (table 1 of the paper)."""

RANKS_FILE = "ranks.json"
"""In the folder of a training: what it ranked."""


def reproduce_table1(
    experiment: Experiment, pretrained: Pretrained | None, *, runs: int, told: Callable[[str], None]
) -> Table:
    """Train and rank everything that is not done yet.

    Args:
        experiment: What to train on, how, and where it is kept; the same one goes on where it was stopped.
        pretrained: The towers for the last configuration, which is left out without them.
        runs: How many splits.
        told: Called with lines about what is going on.

    Returns:
        The table, with a test of each later configuration against the one before it, and of the last against each
        baseline.
    """
    wanted = [(run, configuration) for run in range(runs) for configuration in configurations(pretrained)]
    told(estimate(experiment, wanted))
    ranked: dict[str, list[list[Ranked]]] = {}
    for number, (run, configuration) in enumerate(wanted, start=1):
        result = run_configuration(experiment, configuration, run)
        ranked.setdefault(configuration.name, []).append(result)
        told(f"{number} of {len(wanted)}: run {run + 1}, {configuration.name}: {in_words(result)}")
    trained = list(ranked)
    for name, baseline in BASELINES.items():
        ranked[name] = rank_system(baseline, experiment.catalogue, runs=runs, cache=experiment.cache)
    compared = [*neighbours(trained), *((trained[-1], name) for name in BASELINES)]
    return make_table(ranked, compared, PUBLISHED)


def run_configuration(experiment: Experiment, configuration: Configuration, run: int) -> list[Ranked]:
    """Train a configuration on the training half of split `run` and rank the other half, unless that is done."""

    def rank() -> list[Ranked]:
        return rank_testing_half(experiment, trained_network(experiment, configuration, run), run)

    return kept_ranks(experiment.home(configuration, run) / RANKS_FILE, rank)


def rank_testing_half(experiment: Experiment, network: IMINET | DualEncoder, run: int) -> list[Ranked]:
    """The ranks that a network gives the testing half of split `run`."""
    _, testing_half = experiment.catalogue.split_half(run)
    testing = load_catalogue_inputs(testing_half, network.spec, experiment.cache)
    scores = score_all(network, testing.imitations, testing.recordings)
    return rank_part(scores, testing_half, testing_half)


def kept_ranks(file: Path, rank: Callable[[], list[Ranked]]) -> list[Ranked]:
    """What a file holds, or what `rank` gives, then kept there."""
    if file.exists():
        return [Ranked(**item) for item in json.loads(file.read_text(encoding="utf-8"))]
    ranked = rank()
    with written_whole(file) as unfinished:
        unfinished.write_text(json.dumps([asdict(item) for item in ranked]), encoding="utf-8")
    return ranked


def unbeaten_baselines(table: Table) -> list[str]:
    """A line for each trained method and each baseline that has at least its mean MRR over the categories."""

    def mean(method: str) -> float:
        return float(np.mean([row.mrr for row in table.rows if row.method == method]))

    trained = [method for method in dict.fromkeys(row.method for row in table.rows) if method not in BASELINES]
    return [
        f"{method} does not beat {baseline}: {mean(method):.3f} against {mean(baseline):.3f}, mean of the categories"
        for method in trained
        for baseline in BASELINES
        if mean(baseline) >= mean(method)
    ]


def estimate(experiment: Experiment, wanted: Sequence[tuple[int, Configuration]]) -> str:
    """How long what is not done yet will take, from one step of each configuration."""
    settings = experiment.settings
    to_do = [c for run, c in wanted if not (experiment.home(c, run) / RANKS_FILE).exists()]
    n_pairs = len(experiment.catalogue.sounds) // 2 * settings.imitations_per_sound * 2
    n_steps = -(-n_pairs // settings.batch_size) * settings.epochs
    seconds_a_step = {c.name: _seconds_a_step(c, settings) for c in {c.name: c for c in to_do}.values()}
    hours = sum(seconds_a_step[c.name] for c in to_do) * n_steps / 3_600
    return (
        f"{len(to_do)} of {len(wanted)} trainings to do, {n_steps} steps each: about {hours:.1f} h on this machine; "
        "stop at any time, the same command goes on"
    )


def _seconds_a_step(configuration: Configuration, settings: FineTuning) -> float:
    """Of the second step: the first one pays for what later ones find ready."""
    keep_freed_memory()
    network = configuration.build().train()
    n = settings.batch_size // 2
    batch = (
        torch.randn(n, 1, *network.spec.imitation.front_end.shape),
        torch.randn(n, 1, *network.spec.recording.front_end.shape),
        torch.arange(n).repeat(2, 2).reshape(-1, 2) % n,
        torch.cat([torch.ones(n), torch.zeros(n)]),
    )
    module = PairwiseTraining(network, settings)
    for _ in range(2):
        started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.precision == "bf16"):
            module.loss(batch).backward()
    return time.perf_counter() - started


def in_words(ranked: Sequence[Ranked]) -> str:
    """MRR by category."""
    summaries = summarise(ranked, seed=0, n_resamples=2)
    return ", ".join(f"{category} {summary.mrr:.3f}" for category, summary in summaries.items())
