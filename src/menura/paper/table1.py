"""The paper's table 1: three networks trained and ranked on the halves of a corpus, run by run (section 3).

The ranks of each training are kept in a file of their own; a reproduction that was stopped goes on after the last of
these, and within a training after its last epoch. Beside the networks stand baselines that need no training.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch

from menura.evaluation.comparable import why_not_comparable
from menura.evaluation.evaluate import Evaluated, evaluate_system
from menura.evaluation.ranking import Ranked, rank_part, summarise
from menura.evaluation.raw import write_raw
from menura.evaluation.scoring import score_all
from menura.evaluation.systems import BASELINES
from menura.evaluation.tables import Table, every_pair, make_table
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
from menura.training.pairwise import PairwiseTraining
from menura.training.settings import FineTuning
from menura.whole import written_whole

PUBLISHED = {
    TIED: {"AI": 0.401, "CS": 0.327, "ED": 0.158, "SS": 0.380},
    SCRATCH: {"AI": 0.397, "CS": 0.309, "ED": 0.225, "SS": 0.377},
    TRANSFER: {"AI": 0.462, "CS": 0.349, "ED": 0.246, "SS": 0.390},
}
"""MRR on VocalSketch 1.0.4, mean of 10 runs (table 1 of the paper)."""

_RANKS_FILE = "ranks.json"


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
        The table, with a test of each later configuration against each before it, and of the last against each
        baseline; the published figures stand in it only where `why_not_comparable` has nothing to say.
    """
    catalogue = experiment.catalogue
    wanted = [(run, configuration) for run in range(runs) for configuration in configurations(pretrained, run)]
    if few := catalogue.few_imitations(experiment.settings.imitations_per_sound):
        told(few)
    told(estimate(experiment, wanted))
    ranked: dict[str, list[list[Ranked]]] = {}
    for number, (run, configuration) in enumerate(wanted, start=1):
        result = run_configuration(experiment, configuration, run)
        ranked.setdefault(configuration.name, []).append(result)
        told(f"{number} of {len(wanted)}: run {run + 1}, {configuration.name}: {in_words(result)}")
    trained = list(ranked)
    halves = [catalogue.split_half(run)[1] for run in range(runs)]
    baselines = {
        name: evaluate_system(system, catalogue, halves, experiment.cache) for name, system in BASELINES.items()
    }
    ranked |= {name: found.runs for name, found in baselines.items()}
    write_raw(baselines, catalogue, halves, experiment.work / "baselines")
    compared = [*every_pair(trained), *((trained[-1], name) for name in BASELINES)]
    return make_table(ranked, compared, {} if why_not_comparable(catalogue) else PUBLISHED)


def run_configuration(experiment: Experiment, configuration: Configuration, run: int) -> list[Ranked]:
    """Train a configuration on the training half of split `run` and rank the other half, unless that is done."""
    train = partial(trained_network, experiment, configuration, run)
    return rank_testing_half(experiment, configuration.name, run, experiment.home(configuration, run), train)


def rank_testing_half(
    experiment: Experiment, name: str, run: int, home: Path, train: Callable[[], IMINET | DualEncoder]
) -> list[Ranked]:
    """The ranks that a network gives the testing half of split `run`, unless `home` has them; then they are there.

    Args:
        experiment: What is ranked.
        name: Of the network, in the raw results.
        run: The split.
        home: The folder of the training.
        train: Makes the network, if it is needed.
    """
    result = home / _RANKS_FILE
    if result.exists():
        return [Ranked(**item) for item in json.loads(result.read_text(encoding="utf-8"))]
    network = train()
    _, testing_half = experiment.catalogue.split_half(run)
    testing = load_catalogue_inputs(testing_half, network.spec, experiment.cache)
    scores = score_all(network, testing.imitations, testing.recordings)
    ranked = rank_part(scores, testing_half, testing_half)
    write_raw({name: Evaluated(scores, [ranked])}, testing_half, [testing_half], home)
    with written_whole(result) as unfinished:
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
    to_do = [c for run, c in wanted if not (experiment.home(c, run) / _RANKS_FILE).exists()]
    training_half, _ = experiment.catalogue.split_half(0)
    n_imitations = len(training_half.choose_imitations(settings.imitations_per_sound, 0).imitations)
    n_steps = -(-2 * n_imitations // settings.batch_size) * settings.epochs
    untrained = configurations(None)  # as many numbers as with pre-trained towers, which may not be there yet
    alike = {c.name: next((other for other in untrained if other.spec == c.spec), c) for c in to_do}
    seconds_a_step = {name: _seconds_a_step(c, settings) for name, c in alike.items()}
    seconds = sum(seconds_a_step[c.name] for c in to_do) * n_steps
    return (
        f"{len(to_do)} of {len(wanted)} trainings to do, {n_steps} steps each: about {_duration(seconds)} on this "
        "machine, without inputs, baselines and pre-trainings that are not there yet, which tell their own time; "
        "stop at any time, the same command goes on"
    )


def _duration(seconds: float) -> str:
    return f"{seconds / 3_600:.1f} h" if seconds >= 3_600 else f"{seconds / 60:.0f} min"


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
