"""A table of methods by category: MRR over all runs with its spread, and tests of what differs."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from menura.evaluation.differences import Difference, Runs, by_sound, differences
from menura.evaluation.metrics import recall_at_k
from menura.evaluation.ranking import ALL, bootstrap_interval, paired_p_value, summarise
from menura.whole import written_whole


@dataclass(frozen=True)
class Row:
    """One method's result in one category, over all runs.

    Attributes:
        method: Its name.
        category: AI, CS, ED or SS, or whatever the corpus has.
        mrr: Mean over the runs of the mean over imitations.
        std: Standard deviation over the runs; 0 for a single one.
        interval: 95 % interval of the mean by bootstrap over sounds.
        n_candidates: How many recordings an imitation was ranked among, rounded where that differs from run to run.
        chance_mrr: What a random order would earn, mean over the runs.
        recall_at_1: Share of imitations whose sound came first.
        recall_at_5: Share of imitations whose sound was among the first five; None where there are no more candidates.
        recall_at_10: Share of imitations whose sound was among the first ten; likewise.
        ndcg: By class label.
        class_mrr: As QVIM has it: all sounds of the class are right; None in what was kept before it was measured.
        published: The paper's MRR on VocalSketch, where it has one.
    """

    method: str
    category: str
    mrr: float
    std: float
    interval: tuple[float, float]
    n_candidates: int
    chance_mrr: float
    recall_at_1: float | None
    recall_at_5: float | None
    recall_at_10: float | None
    ndcg: float
    class_mrr: float | None
    published: float | None


@dataclass(frozen=True)
class Table:
    """All rows, and tests of the differences between methods.

    A test flips signs of the differences in mean reciprocal rank by sound, each averaged over all runs that it was
    tested in, so that a sound counts once.
    """

    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]

    @property
    def p_values(self) -> dict[str, float]:
        """By 'one against other', over all categories, not corrected for the number of tests."""
        return {f"{test.one} against {test.other}": test.p_value for test in self.differences if test.category == ALL}


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
    return Table(tuple(rows), differences(ranked, compared))


def every_pair(methods: Sequence[str]) -> list[tuple[str, str]]:
    """Each method with each one before it."""
    return [(later, earlier) for place, later in enumerate(methods) for earlier in methods[:place]]


def compare(ours: Runs, theirs: Runs) -> float:
    """p-value of the difference between two methods' mean reciprocal ranks of the same sounds."""
    one, other = by_sound(ours), by_sound(theirs)
    return paired_p_value(list(one.values()), [other[sound] for sound in one], seed=0)


def write_table(table: Table, folder: Path, about: Mapping[str, Any]) -> None:
    """Write `table.csv` (the rows) and `table.json` (these, the tests, and what they are about) to a folder."""
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
    tests = [asdict(test) for test in table.differences]
    result = {**about, "rows": rows, "p_values": table.p_values, "tests": tests}
    text = json.dumps(result, indent=2, ensure_ascii=False)
    with written_whole(folder / "table.json") as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")


def _rows(method: str, runs: Runs, published: Mapping[str, float]) -> list[Row]:
    summaries = [summarise(ranked, seed=run) for run, ranked in enumerate(runs)]
    rows = []
    for category in summaries[0]:
        every = [item for ranked in runs for item in ranked if item.category == category]
        ranks = np.array([item.rank for item in every])
        means = [summary[category].mrr for summary in summaries]
        n_candidates = round(float(np.mean([summary[category].n_candidates for summary in summaries])))
        by_class = [item.class_mrr for item in every if item.class_mrr is not None]
        rows.append(
            Row(
                method=method,
                category=category,
                mrr=float(np.mean(means)),
                std=float(np.std(means, ddof=1)) if len(means) > 1 else 0.0,
                interval=bootstrap_interval(1 / ranks, [item.sound_id for item in every], seed=0),
                n_candidates=n_candidates,
                chance_mrr=float(np.mean([summary[category].chance_mrr for summary in summaries])),
                recall_at_1=_share(ranks, 1, n_candidates),
                recall_at_5=_share(ranks, 5, n_candidates),
                recall_at_10=_share(ranks, 10, n_candidates),
                ndcg=float(np.mean([item.ndcg for item in every])),
                class_mrr=float(np.mean(by_class)) if len(by_class) == len(every) else None,
                published=published.get(category),
            )
        )
    return rows


def _share(ranks: NDArray[np.intp], k: int, n_candidates: int) -> float | None:
    """Recall at k; among no more than k candidates it says nothing."""
    return recall_at_k(ranks, k) if k < n_candidates else None
