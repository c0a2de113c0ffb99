"""Ranks within categories, their summaries and intervals, and the paired test."""

import numpy as np
import pytest

from menura.evaluation.ranking import Ranked, bootstrap_interval, paired_p_value, rank_within_categories, summarise
from menura.evaluation.tables import compare


def test_imitations_are_ranked_within_their_category():
    scores = np.array([[3, 2, 9, 9], [5, 4, 9, 9], [9, 9, 1, 2]], float)
    ranked = rank_within_categories(
        scores, np.array([0, 1, 2]), ["a", "b", "c", "d"], ["X", "X", "Y", "Y"], ["p", "q", "r", "r"]
    )
    assert [(item.sound_id, item.category, item.rank, item.n_candidates) for item in ranked] == [
        ("a", "X", 1, 2),
        ("b", "X", 2, 2),
        ("c", "Y", 2, 2),
    ]
    assert [item.ndcg for item in ranked] == pytest.approx([1, 1 / np.log2(3), 1])  # c and d are of one label


def test_a_summary_is_the_mean_over_imitations():
    ranked = [Ranked("a", "X", 1, 4, 1.0), Ranked("a", "X", 2, 4, 0.5), Ranked("b", "X", 4, 4, 0.2)]
    summary = summarise(ranked, seed=0)["X"]
    assert summary.mrr == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert summary.chance_mrr == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert (summary.recall_at_1, summary.recall_at_5) == (pytest.approx(1 / 3), 1)
    assert summary.mrr_interval[0] == pytest.approx(0.25)  # only the sound b drawn
    assert summary.mrr_interval[1] == pytest.approx(0.75)  # only the sound a drawn


def test_the_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        values = rng.normal(0, 1, (40, 1)) + 0.1 * rng.normal(0, 1, (40, 5))  # imitations of one sound go together
        low, high = bootstrap_interval(values.ravel(), np.repeat(np.arange(40), 5), seed=trial, n_resamples=400)
        covered += low <= 0 <= high
    assert 0.88 < covered / 200 <= 1


def test_the_paired_test_knows_chance_from_difference():
    rng = np.random.default_rng(0)
    one = rng.random(60)
    assert paired_p_value(one, one + rng.normal(0, 0.1, 60), seed=0) > 0.02
    assert paired_p_value(one + 0.2, one + rng.normal(0, 0.1, 60), seed=0) < 0.001
    assert paired_p_value(one, one, seed=0) == 1


def test_a_sound_counts_once_in_the_paired_test_however_many_runs_it_is_in():
    def runs(*ranks_by_run):
        return [[Ranked(f"s{i}", "X", rank, 4, 1.0) for i, rank in enumerate(ranks)] for ranks in ranks_by_run]

    ours, theirs = runs([1, 1, 1, 1, 1, 1]), runs([2, 2, 2, 2, 2, 2])
    assert compare(ours, theirs) == pytest.approx(compare(ours * 5, theirs * 5))
    assert compare(ours, theirs) == pytest.approx(2 / 2**6, abs=0.01)  # all signs alike, by chance
