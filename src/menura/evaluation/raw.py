"""Raw results: what every method scored, and where every query ranked among which candidates.

`raw.npz` holds, for m methods, i imitations, s sounds and r runs (no pickles: `numpy.load` reads it as it is):

    methods, imitations, sounds     their names, (m,), (i,), (s,)
    target                          (i,) the column of the sound that each imitation imitates
    label                           (s,) the class of each sound
    scores                          (m, i, s) single precision, higher is more similar
    candidates                      (r, s) whether a sound is ranked in a run
    group                           (r, s) in a run, an imitation is ranked among the candidates of its target's group
    ranks                           (m, r, i) from 1; 0 where the imitation is not ranked in the run

`queries.csv` has a line for each method, run and query. `similarities.json` is what the evaluator of the QVIM challenge
reads: for each query's file name, the score of each item's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.corpora.catalogue import Catalogue
from menura.evaluation.evaluate import Evaluated
from menura.evaluation.ranking import ALL, Ranked
from menura.whole import written_whole

_COLUMNS = (
    "method",
    "run",
    "imitation_id",
    "sound_id",
    "category",
    "rank",
    "n_candidates",
    "score",
    "ndcg",
    "class_mrr",
)


def write_raw(
    methods: Mapping[str, Evaluated], catalogue: Catalogue, parts: Sequence[Catalogue], folder: Path
) -> list[str]:
    """Write `raw.npz` and `queries.csv` to a folder; returns their names."""
    row_of = {item.id: row for row, item in enumerate(catalogue.imitations)}
    column_of = {sound.id: column for column, sound in enumerate(catalogue.sounds)}
    ranks = np.zeros((len(methods), len(parts), len(row_of)), np.int32)
    with written_whole(folder / "queries.csv") as unfinished, unfinished.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, _COLUMNS)
        writer.writeheader()
        for number, (method, found) in enumerate(methods.items()):
            for run, ranked in enumerate(found.runs):
                for item in ranked:
                    row, column = row_of[item.imitation_id], column_of[item.sound_id]
                    ranks[number, run, row] = item.rank
                    writer.writerow(_line(method, run, item, float(found.scores[row, column])))
    with written_whole(folder / "raw.npz") as unfinished, unfinished.open("wb") as raw:
        np.savez_compressed(
            raw,
            methods=np.array(list(methods)),
            imitations=np.array(list(row_of)),
            sounds=np.array(list(column_of)),
            target=np.array([column_of[item.sound_id] for item in catalogue.imitations]),
            label=np.array([sound.label for sound in catalogue.sounds]),
            scores=np.stack([found.scores for found in methods.values()]).astype(np.float32),
            candidates=np.array([_is_in(part, catalogue) for part in parts]),
            group=np.array([_groups(part, catalogue) for part in parts]),
            ranks=ranks,
        )
    return ["raw.npz", "queries.csv"]


def write_similarities(scores: NDArray[np.floating], catalogue: Catalogue, folder: Path) -> str:
    """Write `similarities.json` to a folder; returns its name, or why there is none."""
    queries = [item.path.name for item in catalogue.imitations]
    items = [sound.path.name for sound in catalogue.sounds]
    for what, names in (("queries", queries), ("items", items)):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            return (
                f"no similarities.json: several {what} are called {twice}, and the evaluator knows them by name alone"
            )
    found = {
        query: {item: float(score) for item, score in zip(items, row, strict=True)}
        for query, row in zip(queries, scores, strict=True)
    }
    with written_whole(folder / "similarities.json") as unfinished:
        unfinished.write_text(json.dumps(found), encoding="utf-8")
    return "similarities.json"


def _line(method: str, run: int, item: Ranked, score: float) -> dict[str, object]:
    return {"method": method, "run": run, "score": score, **asdict(item)}


def _is_in(part: Catalogue, catalogue: Catalogue) -> list[bool]:
    there = {sound.id for sound in part.sounds}
    return [sound.id in there for sound in catalogue.sounds]


def _groups(part: Catalogue, catalogue: Catalogue) -> list[str]:
    group = {sound.id: sound.category if part.ranked_within_category else ALL for sound in part.sounds}
    return [group.get(sound.id, "") for sound in catalogue.sounds]
