"""Table 1 of the paper, reproduced: every configuration over every run, beside baselines that need no training."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from menura.audio.files import read_audio
from menura.baselines import BASELINES
from menura.data.catalogue import Catalogue
from menura.data.classes import ClassCatalogue
from menura.network.checkpoint import load_tower, save_tower
from menura.network.towers import Tower
from menura.specs import TL_IMINET, TowerSpec
from menura.training.arrays import cache_key
from menura.training.pairwise import FineTuning, PairwiseTraining
from menura.training.ranking import Ranked, bootstrap_interval, paired_p_value, summarise
from menura.training.source_tasks import PreTraining, pretrained_tower
from menura.training.table1 import (
    PUBLISHED,
    Configuration,
    Pretrained,
    configurations,
    rank_scores,
    run_configuration,
)

_BASELINE_RATE_HZ = 22_050


@dataclass(frozen=True)
class Row:
    """One method's result in one category, over all runs.

    Attributes:
        method: Its name.
        category: AI, CS, ED or SS.
        mrr: Mean over the runs of the mean over imitations.
        std: Standard deviation over the runs; 0 for a single one.
        interval: 95 % interval of the mean by bootstrap over sounds.
        chance_mrr: What a random order would earn.
        hit_at_1: Share of imitations whose sound came first.
        hit_at_10: Share of imitations whose sound was among the first ten.
        ndcg: By class label.
        published: The paper's MRR on VocalSketch, where it has one.
    """

    method: str
    category: str
    mrr: float
    std: float
    interval: tuple[float, float]
    chance_mrr: float
    hit_at_1: float
    hit_at_10: float
    ndcg: float
    published: float | None


def reproduce_table1(
    catalogue: Catalogue,
    pretrained: Pretrained | None,
    settings: FineTuning,
    *,
    runs: int,
    work: Path,
    told: Callable[[str], None],
) -> tuple[list[Row], dict[str, float]]:
    """Train and rank everything that is not done yet.

    Args:
        catalogue: VocalSketch, or a corpus laid out like it.
        pretrained: The towers for the last configuration, which is left out without them.
        settings: Of the fine-tuning.
        runs: How many splits.
        work: A folder for everything that is kept; the same one goes on where it was stopped.
        told: Called with lines about what is going on.

    Returns:
        The table's rows, and for each later configuration the p-value of its difference from the one before it.
    """
    wanted = [(run, configuration) for run in range(runs) for configuration in configurations(pretrained)]
    told(_estimate(catalogue, settings, wanted, work))
    ranked: dict[str, list[list[Ranked]]] = {}
    for number, (run, configuration) in enumerate(wanted, start=1):
        result = run_configuration(configuration, catalogue, settings, work, run)
        ranked.setdefault(configuration.name, []).append(result)
        told(f"{number} of {len(wanted)}: run {run + 1}, {configuration.name}: {_in_words(result)}")
    for name, scores in _baseline_scores(catalogue, work, told).items():
        ranked[name] = [_rank_baseline(scores, catalogue.split_half(run)[1], catalogue) for run in range(runs)]
    names = [configuration.name for configuration in configurations(pretrained)]
    p_values = {
        f"{later} against {earlier}": _compare(ranked[later], ranked[earlier]) for earlier, later in pairwise(names)
    }
    return [row for name, of_runs in ranked.items() for row in _rows(name, of_runs)], p_values


def pretrained_towers(speech: ClassCatalogue, environment: ClassCatalogue, work: Path) -> Pretrained:
    """Both towers trained on their source tasks (all clips: the table does not measure these tasks), kept in `work`."""

    def tower(catalogue: ClassCatalogue, spec: TowerSpec, limit: int | None) -> Tower:
        file = work / f"{catalogue.name}-tower.safetensors"
        if not file.exists():
            classifier = pretrained_tower(catalogue, spec, PreTraining(), work, limit=limit)
            save_tower(classifier.tower, file)
        return load_tower(file, spec)

    return Pretrained(tower(speech, TL_IMINET.imitation, 1), tower(environment, TL_IMINET.recording, None))


def write_rows(rows: Sequence[Row], file: Path) -> None:
    """The table as CSV."""
    unfinished = file.with_name(f".{file.name}.tmp")
    with unfinished.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(asdict(rows[0])))
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    unfinished.replace(file)


def _rows(method: str, of_runs: Sequence[Sequence[Ranked]]) -> list[Row]:
    summaries = [summarise(ranked, seed=run) for run, ranked in enumerate(of_runs)]
    rows = []
    for category, first in summaries[0].items():
        every = [item for ranked in of_runs for item in ranked if item.category == category]
        means = [summary[category].mrr for summary in summaries]
        reciprocal = np.array([1 / item.rank for item in every])
        rows.append(
            Row(
                method=method,
                category=category,
                mrr=float(np.mean(means)),
                std=float(np.std(means, ddof=1)) if len(means) > 1 else 0.0,
                interval=bootstrap_interval(reciprocal, [item.sound_id for item in every], seed=0),
                chance_mrr=first.chance_mrr,
                hit_at_1=float(np.mean([item.rank == 1 for item in every])),
                hit_at_10=float(np.mean([item.rank <= 10 for item in every])),
                ndcg=float(np.mean([item.ndcg for item in every])),
                published=PUBLISHED.get(method, {}).get(category),
            )
        )
    return rows


def _compare(ours: Sequence[Sequence[Ranked]], theirs: Sequence[Sequence[Ranked]]) -> float:
    """p-value of the difference between two methods' mean reciprocal ranks of the same sounds in the same runs."""

    def by_sound(of_runs: Sequence[Sequence[Ranked]]) -> dict[tuple[int, str], float]:
        every: dict[tuple[int, str], list[float]] = {}
        for run, ranked in enumerate(of_runs):
            for item in ranked:
                every.setdefault((run, item.sound_id), []).append(1 / item.rank)
        return {key: float(np.mean(values)) for key, values in every.items()}

    one, other = by_sound(ours), by_sound(theirs)
    return paired_p_value(list(one.values()), [other[key] for key in one], seed=0)


def _baseline_scores(
    catalogue: Catalogue, work: Path, told: Callable[[str], None]
) -> dict[str, NDArray[np.floating[Any]]]:
    """(imitations, sounds) scores of each baseline over the whole catalogue, kept in `work`."""
    paths = [*(item.path for item in catalogue.imitations), *(sound.path for sound in catalogue.sounds)]
    scores = {}
    for name, baseline in BASELINES.items():
        file = work / "baselines" / f"{name.replace(' ', '')}-{cache_key(paths=paths)}.npy"
        if not file.exists():
            told(f"{name} over {len(catalogue.imitations):,} imitations and {len(catalogue.sounds):,} sounds ...")
            described = [baseline.describe(read_audio(path, _BASELINE_RATE_HZ), _BASELINE_RATE_HZ) for path in paths]
            n = len(catalogue.imitations)
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = file.with_name(f".{file.name}")
            np.save(unfinished, baseline.scores(described[:n], described[n:]))
            unfinished.replace(file)
        scores[name] = np.load(file)
    return scores


def _rank_baseline(scores: NDArray[np.floating[Any]], half: Catalogue, catalogue: Catalogue) -> list[Ranked]:
    sounds = {sound.id: column for column, sound in enumerate(catalogue.sounds)}
    imitations = {imitation.id: row for row, imitation in enumerate(catalogue.imitations)}
    place = {sound.id: index for index, sound in enumerate(half.sounds)}
    rows = [imitations[imitation.id] for imitation in half.imitations]
    columns = [sounds[sound.id] for sound in half.sounds]
    recording_of = np.array([place[imitation.sound_id] for imitation in half.imitations], dtype=np.intp)
    return rank_scores(scores[np.ix_(rows, columns)], recording_of, half)


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
    network = configuration.build().train()
    n = settings.batch_size // 2
    batch = (
        torch.randn(n, 1, *network.spec.imitation.front_end.shape),
        torch.randn(n, 1, *network.spec.recording.front_end.shape),
        torch.arange(n).repeat(2, 2).reshape(-1, 2) % n,
        torch.cat([torch.ones(n), torch.zeros(n)]),
    )
    module = PairwiseTraining(network, settings)
    started = time.perf_counter()
    module.loss(batch).backward()
    return time.perf_counter() - started


def _in_words(ranked: Sequence[Ranked]) -> str:
    summaries = summarise(ranked, seed=0, n_resamples=2)
    return ", ".join(f"{category} {summary.mrr:.3f}" for category, summary in summaries.items())
