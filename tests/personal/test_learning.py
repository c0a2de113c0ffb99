"""A map is learned of a habit, is worth what takes that it was not learned from say, and is not where there is none."""

import numpy as np
import pytest

from habits import HABIT, ROWS, WEIGHT, WIDTH, N, lessons, mrr, taken
from menura.errors import UsageError
from menura.personal.learning import STOPS, _descents, _Rivals, learn


def test_a_habit_is_learned_and_other_sounds_are_found_better():
    learned = learn(taken(np.arange(20), HABIT), WEIGHT)
    assert learned.map is not None
    assert learned.steps in STOPS
    assert mrr(learned.after) > mrr(learned.before) + 0.1
    others = taken(np.arange(50, 110), HABIT, seed=2)
    before = others.ranks(others.queries, WEIGHT)
    after = others.ranks(np.stack([learned.map.moved(query) for query in others.queries]), WEIGHT)
    assert mrr(after) > mrr(before) + 0.1


def test_where_takes_say_nothing_of_each_other_nothing_is_learned():
    """Queries that have nothing to do with their sounds: what one says is no help with the next."""
    n_kept = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        random = lessons(rng.normal(0, 3, (12, WIDTH)), rng.permutation(N)[:12])
        learned = learn(random, WEIGHT)
        n_kept += learned.map is not None
        if learned.map is None:
            assert learned.steps == 0
            np.testing.assert_array_equal(learned.after, learned.before)
    assert n_kept <= 2


def test_what_is_told_of_takes_left_out_is_by_maps_that_never_saw_their_sound():
    """Both takes of a sound are left out together: with one of them seen, the other would be found by heart."""
    rng = np.random.default_rng(3)
    sounds = np.repeat(rng.permutation(N)[:8], 2)
    random = np.repeat(rng.normal(0, 3, (8, WIDTH)), 2, axis=0)  # the two takes of a sound are one
    by_heart = _descents(lessons(random, sounds), np.ones(16, bool), WEIGHT)[max(STOPS)]
    all_of_them = lessons(random, sounds)
    seen = all_of_them.ranks(np.stack([by_heart.moved(query) for query in all_of_them.queries]), WEIGHT)
    learned = learn(all_of_them, WEIGHT)
    assert np.log(learned.before / seen).mean() > np.log(learned.before / learned.after).mean() + 0.3


def test_the_gradient_is_that_of_the_loss():
    told = taken(np.arange(4), HABIT)
    rivals = _Rivals.of(told, np.ones(4, bool))

    def loss(query: np.ndarray) -> float:
        scores = np.maximum(query + np.concatenate([ROWS[[2]], rivals.rows[~rivals.own[2]]]), 0) @ WEIGHT / 4.0
        return float(np.log(np.exp(scores - scores.max()).sum()) + scores.max() - scores[0])

    gradient = rivals.gradient(told.queries, WEIGHT)[2]
    query = told.queries[2].astype(np.float64)
    steps = 1e-4 * np.eye(WIDTH)
    numeric = [(loss(query + step) - loss(query - step)) / 2e-4 for step in steps]
    np.testing.assert_allclose(gradient, numeric, atol=1e-3)


def test_a_map_is_the_same_for_the_same_takes():
    one, other = (learn(taken(np.arange(8), HABIT), WEIGHT) for _ in range(2))
    assert one.map is not None
    np.testing.assert_array_equal(one.map.weight, other.map.weight)
    np.testing.assert_array_equal(one.map.shift, other.map.shift)


def test_too_few_to_judge_by():
    with pytest.raises(UsageError, match="takes of 4 sounds, among 150"):
        learn(taken(np.arange(4), HABIT), WEIGHT)
