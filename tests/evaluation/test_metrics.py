"""The measures are what their closed forms say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.evaluation.metrics import chance_mrr, class_mrr, mean_reciprocal_rank, ndcg, recall_at_k, target_ranks


def test_a_perfect_ranking_scores_one():
    scores = np.eye(5)
    assert mean_reciprocal_rank(scores, np.arange(5)) == 1
    assert recall_at_k(target_ranks(scores, np.arange(5)), 1) == 1
    assert ndcg(scores, np.eye(5, dtype=bool)) == 1


def test_known_ranks():
    scores = [[0.9, 0.5, 0.1], [0.9, 0.5, 0.1], [0.9, 0.5, 0.1]]
    assert target_ranks(scores, [0, 1, 2]).tolist() == [1, 2, 3]
    assert mean_reciprocal_rank(scores, [0, 1, 2]) == pytest.approx(11 / 18)
    assert [recall_at_k([1, 2, 3], k) for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_ties_count_against_the_system():
    assert target_ranks(np.zeros((2, 4)), [0, 3]).tolist() == [4, 4]
    assert recall_at_k(target_ranks(np.zeros((2, 4)), [0, 3]), 3) == 0


@given(n=st.integers(1, 60), seed=st.integers(0, 99))
def test_chance_is_the_mean_over_all_places(n, seed):
    order = np.random.default_rng(seed).permutation(n).astype(float)
    assert mean_reciprocal_rank(np.tile(order, (n, 1)), np.arange(n)) == pytest.approx(chance_mrr(n))


def test_chance_of_known_sizes():
    assert chance_mrr(1) == 1
    assert chance_mrr(2) == 0.75
    assert chance_mrr(121) == pytest.approx(0.0444, abs=5e-5)  # the random row of a published benchmark


def test_known_ndcg():
    # Relevant in the second and third of three places: (1/log2(3) + 1/log2(4)) / (1 + 1/log2(3)).
    expected = (1 / np.log2(3) + 1 / 2) / (1 + 1 / np.log2(3))
    assert ndcg([[3, 2, 1]], [[False, True, True]]) == pytest.approx(expected)


def test_class_wise_mrr_by_hand():
    relevant = [[True, True, False], [True, True, False]]
    found = class_mrr([[0.5, 0.9, 0.7], [0.9, 0.8, 0.1]], relevant)  # at places 3 and 1; at 1 and 2
    assert found == pytest.approx(((1 / 3 + 1) / 1.5 + 1) / 2)
    assert class_mrr([[1, 1, 1]], [[True, False, False]]) == pytest.approx(1 / 3)  # of a tie, the last


def test_tied_candidates_share_their_places():
    discounts = 1 / np.log2([2, 3, 4])
    assert ndcg([[1, 1, 1]], [[True, False, False]]) == pytest.approx(discounts.mean())
    assert ndcg([[1, 1, 1]], [[False, False, True]]) == pytest.approx(discounts.mean())


@given(seed=st.integers(0, 999))
def test_measures_depend_on_order_alone(seed):
    rng = np.random.default_rng(seed)
    scores, targets = rng.standard_normal((6, 9)), rng.integers(0, 9, 6)
    relevant = rng.random((6, 9)) < 0.4
    relevant[:, 0] = True
    squeezed = 1 / (1 + np.exp(-scores))
    assert mean_reciprocal_rank(scores, targets) == mean_reciprocal_rank(squeezed, targets)
    assert ndcg(scores, relevant) == pytest.approx(ndcg(squeezed, relevant))
    assert 0 < ndcg(scores, relevant) <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_reciprocal_rank(np.zeros((0, 3)), []), "none of them zero"),
        (lambda: mean_reciprocal_rank([[np.nan, 1]], [0]), "not finite"),
        (lambda: mean_reciprocal_rank([[0, 1]], [2]), "targets from 2 to 2 among 2"),
        (lambda: mean_reciprocal_rank([[0, 1]], [0, 1]), "1 queries but targets"),
        (lambda: recall_at_k([1], 0), "k is 0"),
        (lambda: recall_at_k([], 1), "no queries"),
        (lambda: ndcg([[0, 1], [0, 1]], [[True, False], [False, False]]), "query 1 has no relevant"),
        (lambda: ndcg([[0, 1]], [[True]]), "relevance has the shape"),
        (lambda: chance_mrr(0), "one at least"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
