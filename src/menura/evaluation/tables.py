"""A table of methods by category: MRR over all runs with its spread, and tests of what differs."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from menura.evaluation.metrics import recall_at_k
from menura.evaluation.ranking import Ranked, bootstrap_interval, paired_p_value, summarise
from menura.whole import written_whole

Runs = Sequence[Sequence[Ranked]]
"""The ranks of one method, run by run."""


@dataclass(frozen=True)
class Row:
    """One method's result in one category, over all runs.

    Attributes:
        method: Its name.
        category: AI, CS, ED or SS, or whatever the corpus has.
        mrr: Mean over the runs of the mean over imitations.
        std: Standard deviation over the runs; 0 for a single one.
        interval: 95 % interval of the mean by bootstrap over sounds.
        n_candidates: How many recordings an imitation was ranked among.
        chance_mrr: What a random order would earn.
        recall_at_1: Share of imitations whose sound came first.
        recall_at_5: Share of imitations whose sound was among the first five.
        recall_at_10: Share of imitations whose sound was among the first ten.
        ndcg: By class label.
        published: The paper's MRR on VocalSketch, where it has one.
    """

    method: str
    category: str
    mrr: float
    std: float
    interval: tuple[float, float]
    n_candidates: int
    chance_mrr: float
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    ndcg: float
    published: float | None


@dataclass(frozen=True)
class Table:
    """All rows, and p-values of differences between methods, by 'one against other'.

    The test flips signs of the differences in mean reciprocal rank by sound, each averaged over all runs that it was
    tested in, so that a sound counts once.
    """

    rows: tuple[Row, ...]
    p_values: Mapping[str, float]


def make_table(
    ranked: Mapping[str, Runs], compared: Sequence[tuple[str, str]], published: Mapping[str, Mapping[str, float]]
) -> Table:
    """The table of methods that ranked the same imitations in the same runs.

    Args:
        ranked: Each method's ranks.
        compared: Pairs of methods to test for a difference.
        published: MRR of methods by category, to stand beside.
    """
    rows = [row for method, runs in ranked.items() for row in _rows(method, runs, published.get(method, {}))]
    p_values = {f"{one} against {other}": compare(ranked[one], ranked[other]) for one, other in compared}
    return Table(tuple(rows), p_values)


def neighbours(methods: Sequence[str]) -> list[tuple[str, str]]:
    """Each method with the one before it."""
    return [(later, earlier) for earlier, later in pairwise(methods)]


def compare(ours: Runs, theirs: Runs) -> float:
    """p-value of the difference between two methods' mean reciprocal ranks of the same sounds."""
    one, other = _by_sound(ours), _by_sound(theirs)
    return paired_p_value(list(one.values()), [other[sound] for sound in one], seed=0)


def write_table(table: Table, folder: Path, about: Mapping[str, Any]) -> None:
    """Write `table.csv` (the rows) and `table.json` (these, the p-values, and what they are about) to a folder."""
    rows = [asdict(row) for row in table.rows]
    with (
        written_whole(folder / "table.csv") as unfinished,
        unfinished.open("w", newline="", encoding="utf-8") as out,
    ):
        names = [name for name in rows[0] if name != "interval"]
        writer = csv.DictWriter(out, [*names, "interval_low", "interval_high"], extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            low, high = row["interval"]
            writer.writerow(row | {"interval_low": low, "interval_high": high})
    text = json.dumps({**about, "rows": rows, "p_values": dict(table.p_values)}, indent=2, ensure_ascii=False)
    with written_whole(folder / "table.json") as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")


def _by_sound(runs: Runs) -> dict[str, float]:
    every: dict[str, list[float]] = {}
    for item in (item for ranked in runs for item in ranked):
        every.setdefault(item.sound_id, []).append(1 / item.rank)
    return {sound: float(np.mean(values)) for sound, values in every.items()}


def _rows(method: str, runs: Runs, published: Mapping[str, float]) -> list[Row]:
    summaries = [summarise(ranked, seed=run) for run, ranked in enumerate(runs)]
    rows = []
    for category, first in summaries[0].items():
        every = [item for ranked in runs for item in ranked if item.category == category]
        ranks = np.array([item.rank for item in every])
        means = [summary[category].mrr for summary in summaries]
        rows.append(
            Row(
                method=method,
                category=category,
                mrr=float(np.mean(means)),
                std=float(np.std(means, ddof=1)) if len(means) > 1 else 0.0,
                interval=bootstrap_interval(1 / ranks, [item.sound_id for item in every], seed=0),
                n_candidates=first.n_candidates,
                chance_mrr=first.chance_mrr,
                recall_at_1=recall_at_k(ranks, 1),
                recall_at_5=recall_at_k(ranks, 5),
                recall_at_10=recall_at_k(ranks, 10),
                ndcg=float(np.mean([item.ndcg for item in every])),
                published=published.get(category),
            )
        )
    return rows
