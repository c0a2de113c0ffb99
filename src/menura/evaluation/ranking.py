"""The evaluation of table 1: every imitation against the held-out recordings of its category (paper, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from menura.corpora.catalogue import Catalogue
from menura.evaluation.metrics import chance_mrr, class_mrr, ndcg, recall_at_k, target_ranks
from menura.evaluation.scoring import score_features
from menura.inputs.pair_features import PairFeatures
from menura.network.iminet import IMINET

ALL = "all"
"""The one category of a corpus that is ranked as a whole."""

INITIALS = {
    "acoustic instruments": "AI",
    "commercial synthesizers": "CS",
    "everyday sounds": "ED",
    "single synthesizer": "SS",
}


@dataclass(frozen=True)
class Ranked:
    """One imitation's rank: the sound it imitates, that sound's category, and how many candidates there were.

    `imitation_id` and `class_mrr` are not there in what was kept before they were.
    """

    sound_id: str
    category: str
    rank: int
    n_candidates: int
    ndcg: float
    imitation_id: str = ""
    class_mrr: float | None = None


@dataclass(frozen=True)
class Summary:
    """Means over all imitations of a category, with the 95 % interval of the MRR and what chance would give."""

    n_imitations: int
    n_candidates: int
    mrr: float
    mrr_interval: tuple[float, float]
    chance_mrr: float
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    ndcg: float

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON values, rounded to four digits."""
        values = asdict(self) | {"mrr_interval": [round(limit, 4) for limit in self.mrr_interval]}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}


def rank_within_categories(
    scores: NDArray[np.floating],
    recording_of: NDArray[np.intp],
    sound_ids: Sequence[str],
    categories: Sequence[str],
    labels: Sequence[str],
    *,
    imitation_ids: Sequence[str] | None = None,
) -> list[Ranked]:
    """Each imitation's rank among the recordings of its own sound's category.

    Args:
        scores: (i, s), higher is more similar.
        recording_of: (i,) the column that each imitation imitates.
        sound_ids: s ids.
        categories: s categories.
        labels: s class labels; all candidates of the imitated sound's label count as relevant for nDCG.
        imitation_ids: i ids, if the imitations have any.
    """
    of_column, label_of = np.array(categories), np.array(labels)
    ranked: list[Ranked] = []
    for category in sorted(set(categories)):
        columns = np.flatnonzero(of_column == category)
        rows = np.flatnonzero(np.isin(recording_of, columns))
        if not len(rows):
            continue
        within = scores[np.ix_(rows, columns)]
        targets = np.searchsorted(columns, recording_of[rows])
        ranks = target_ranks(within, targets)
        for row, target, rank, of_row in zip(rows, targets, ranks, within, strict=True):
            relevant = label_of[columns] == label_of[columns[target]]
            ranked.append(
                Ranked(
                    sound_ids[recording_of[row]],
                    category,
                    int(rank),
                    len(columns),
                    ndcg(of_row[None], relevant[None]),
                    imitation_ids[int(row)] if imitation_ids else "",
                    class_mrr(of_row[None], relevant[None]),
                )
            )
    return ranked


def rank_part(scores: NDArray[np.floating], whole: Catalogue, part: Catalogue) -> list[Ranked]:
    """The ranks of a part of a catalogue, as its published figures rank, from the scores of the whole.

    Args:
        scores: (i, s), all imitations and all sounds of `whole`, in its order.
        whole: The catalogue that was scored.
        part: Some of its sounds with their imitations, such as a testing half; it says how it is ranked.
    """
    columns = {sound.id: column for column, sound in enumerate(whole.sounds)}
    rows = {imitation.id: row for row, imitation in enumerate(whole.imitations)}
    place = {sound.id: index for index, sound in enumerate(part.sounds)}
    together = "" if part.ranked_within_category else ALL
    return rank_within_categories(
        scores[np.ix_([rows[item.id] for item in part.imitations], [columns[sound.id] for sound in part.sounds])],
        np.array([place[item.sound_id] for item in part.imitations], dtype=np.intp),
        [sound.id for sound in part.sounds],
        [together or INITIALS.get(sound.category, sound.category) for sound in part.sounds],
        [sound.label for sound in part.sounds],
        imitation_ids=[item.id for item in part.imitations],
    )


def summarise(ranked: Sequence[Ranked], *, seed: int, n_resamples: int = 2_000) -> dict[str, Summary]:
    """A summary for each category, in alphabetical order."""
    return {
        category: _summary([item for item in ranked if item.category == category], seed, n_resamples)
        for category in sorted({item.category for item in ranked})
    }


def rank_features(network: IMINET, features: PairFeatures, chosen: NDArray[np.integer]) -> Summary:
    """The summary of all imitations of the chosen recordings, each ranked against all of these."""
    logits, target = score_features(network, features, chosen)
    ids = [str(index) for index in chosen]
    return summarise(rank_within_categories(logits, target, ids, [ALL] * len(ids), ids), seed=0)[ALL]


def bootstrap_interval(
    values: NDArray[np.floating], groups: Sequence[str], *, seed: int, n_resamples: int = 2_000
) -> tuple[float, float]:
    """95 % interval of the mean of `values`, by resampling whole groups: imitations of one sound are not independent.

    Args:
        values: (n,).
        groups: n names, here the sounds.
        seed: Of the resampling.
        n_resamples: How many times.
    """
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    sums, counts = np.bincount(group, weights=values), np.bincount(group)
    drawn = np.random.default_rng(seed).integers(len(names), size=(n_resamples, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def paired_p_value(ours: Sequence[float], theirs: Sequence[float], *, seed: int, n_resamples: int = 10_000) -> float:
    """Two-sided p-value of a sign-flip permutation test on pairs, such as two models' MRR on the same sounds."""
    differences = np.asarray(ours) - np.asarray(theirs)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(n_resamples, len(differences)))
    flipped = np.abs((signs * differences).mean(axis=1))
    return float((1 + (flipped >= abs(differences.mean()) - 1e-12).sum()) / (1 + n_resamples))


def _summary(ranked: Sequence[Ranked], seed: int, n_resamples: int) -> Summary:
    ranks = np.array([item.rank for item in ranked])
    interval = bootstrap_interval(1 / ranks, [item.sound_id for item in ranked], seed=seed, n_resamples=n_resamples)
    return Summary(
        n_imitations=len(ranked),
        n_candidates=ranked[0].n_candidates,
        mrr=float((1 / ranks).mean()),
        mrr_interval=interval,
        chance_mrr=chance_mrr(ranked[0].n_candidates),
        recall_at_1=recall_at_k(ranks, 1),
        recall_at_5=recall_at_k(ranks, 5),
        recall_at_10=recall_at_k(ranks, 10),
        ndcg=float(np.mean([item.ndcg for item in ranked])),
    )
