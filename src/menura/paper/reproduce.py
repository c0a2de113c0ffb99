"""Table 1 of the paper, reproduced: every configuration over every run, beside baselines that need no training."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch

from menura.corpora.catalogue import Catalogue
from menura.corpora.classes import ClassCatalogue
from menura.errors import UsageError
from menura.evaluation.baseline_scores import baseline_scores
from menura.evaluation.baselines import BASELINES
from menura.evaluation.ranking import Ranked, rank_part, summarise
from menura.evaluation.tables import Table, make_table, neighbours
from menura.memory import keep_freed_memory
from menura.network.checkpoint import load_tower, save_network, save_tower
from menura.network.iminet import IMINET
from menura.network.towers import Tower
from menura.paper.table1 import (
    PUBLISHED,
    Configuration,
    Pretrained,
    configurations,
    run_configuration,
    trained_network,
)
from menura.specs import TL_IMINET, TowerSpec
from menura.training.pairwise import FineTuning, PairwiseTraining
from menura.training.source_tasks import PreTraining, pretrained_tower
from menura.whole import written_whole


def reproduce_table1(
    catalogue: Catalogue,
    pretrained: Pretrained | None,
    settings: FineTuning,
    *,
    runs: int,
    work: Path,
    told: Callable[[str], None],
) -> Table:
    """Train and rank everything that is not done yet.

    Args:
        catalogue: VocalSketch, or a corpus laid out like it.
        pretrained: The towers for the last configuration, which is left out without them.
        settings: Of the fine-tuning.
        runs: How many splits.
        work: A folder for everything that is kept; the same one goes on where it was stopped.
        told: Called with lines about what is going on.

    Returns:
        The table, with a test of each later configuration against the one before it, and of the last against each
        baseline.
    """
    _require_same_settings(settings, catalogue, work)
    wanted = [(run, configuration) for run in range(runs) for configuration in configurations(pretrained)]
    told(_estimate(catalogue, settings, wanted, work))
    ranked: dict[str, list[list[Ranked]]] = {}
    for number, (run, configuration) in enumerate(wanted, start=1):
        result = run_configuration(configuration, catalogue, settings, work, run)
        ranked.setdefault(configuration.name, []).append(result)
        told(f"{number} of {len(wanted)}: run {run + 1}, {configuration.name}: {_in_words(result)}")
    trained = list(ranked)
    for name in BASELINES:
        scores = baseline_scores(name, catalogue, work / "baselines")
        ranked[name] = [rank_part(scores, catalogue, catalogue.split_half(run)[1]) for run in range(runs)]
    compared = [*neighbours(trained), *((trained[-1], name) for name in BASELINES)]
    return make_table(ranked, compared, PUBLISHED)


THREE = MappingProxyType(
    {
        "pre-trained only": "run-00/pre-trained-only",
        "from scratch": "run-00/TL-IMINET-without-pre-training",
        "pre-trained and fine-tuned": "run-00/TL-IMINET-with-pre-training",
    }
)
"""The networks that the paper's figures compare, in their order, and where `three_networks` keeps them."""


def three_networks(
    catalogue: Catalogue, pretrained: Pretrained, settings: FineTuning, work: Path, told: Callable[[str], None]
) -> dict[str, IMINET]:
    """The networks of `THREE`, those of the first run of table 1, trained unless they are there.

    Of the first, the fully connected layers are as they were drawn. Arguments as for `reproduce_table1`.
    """
    _require_same_settings(settings, catalogue, work)
    _, scratch, transfer = configurations(pretrained)
    untuned, *tuned = THREE
    torch.manual_seed(0)
    networks = {untuned: transfer.build().eval()}
    (work / THREE[untuned]).mkdir(parents=True, exist_ok=True)
    save_network(networks[untuned], work / THREE[untuned])
    for name, configuration in zip(tuned, (scratch, transfer), strict=True):
        told(f"{name}: {configuration.name}, trained or read from {work}")
        networks[name] = trained_network(configuration, catalogue, settings, work, run=0)
    return networks


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


def pretrained_towers(
    speech: ClassCatalogue, environment: ClassCatalogue, settings: PreTraining, work: Path
) -> Pretrained:
    """Both towers trained on their source tasks (all clips: the table does not measure these tasks), kept in `work`."""

    def tower(catalogue: ClassCatalogue, spec: TowerSpec, limit: int | None) -> Tower:
        file = work / f"{catalogue.name}-{settings.name}-tower.safetensors"
        if not file.exists():
            classifier = pretrained_tower(catalogue, spec, settings, work, limit=limit)
            save_tower(classifier.tower, file)
        return load_tower(file, spec)

    return Pretrained(tower(speech, TL_IMINET.imitation, 1), tower(environment, TL_IMINET.recording, None))


def _require_same_settings(settings: FineTuning, catalogue: Catalogue, work: Path) -> None:
    """A work folder holds one experiment: results of other settings or another corpus must not end in its table."""
    file = work / "experiment.json"
    stated = {"corpus": f"{catalogue.name}: {catalogue.summary}", "settings": asdict(settings)}
    if file.exists():
        if json.loads(file.read_text(encoding="utf-8")) != stated:
            raise UsageError(f"{work}: holds a reproduction with another corpus or other settings; name another folder")
        return
    with written_whole(file) as unfinished:
        unfinished.write_text(json.dumps(stated, indent=2) + "\n", encoding="utf-8")


def _estimate(
    catalogue: Catalogue, settings: FineTuning, wanted: Sequence[tuple[int, Configuration]], work: Path
) -> str:
    """How long what is not done yet will take, from one step of each configuration."""
    to_do = [c for run, c in wanted if not (work / f"run-{run:02d}" / c.directory / "ranks.json").exists()]
    n_pairs = len(catalogue.sounds) // 2 * settings.imitations_per_sound * 2
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


def _in_words(ranked: Sequence[Ranked]) -> str:
    summaries = summarise(ranked, seed=0, n_resamples=2)
    return ", ".join(f"{category} {summary.mrr:.3f}" for category, summary in summaries.items())
