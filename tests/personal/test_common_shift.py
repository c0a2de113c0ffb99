"""What all takes of a person have in common is told from chance, and each sound counts once."""

import numpy as np

from habits import HABIT, IDEAL, ROWS, WEIGHT, WIDTH, lessons, mrr, taken
from menura.model.usual import Usual
from menura.personal.apart import apart_from_usual, common_shift
from menura.personal.learning import FEWEST_TO_DESCEND, learn

# What is expected of a sound is near what finds it best.
PRODUCTS = ROWS.T @ ROWS + 10 * np.eye(WIDTH)
USUAL = Usual(np.linalg.solve(PRODUCTS, ROWS.T @ IDEAL).T.astype(np.float32), np.zeros(WIDTH, np.float32))


def test_what_all_have_in_common_is_taken_away_and_chance_is_not():
    rng = np.random.default_rng(0)
    chance = rng.normal(0, 1.0, (400, WIDTH)).astype(np.float32)
    sounds = np.arange(400)
    np.testing.assert_allclose(common_shift(chance + HABIT, sounds), -HABIT, atol=0.25)
    sizes = [np.abs(common_shift(chance[start : start + 10], np.arange(10))).mean() for start in range(0, 400, 10)]
    plain = [np.abs(chance[start : start + 10].mean(axis=0)).mean() for start in range(0, 400, 10)]
    assert np.mean(sizes) < 0.2 * np.mean(plain)


def test_a_sound_counts_once_however_often_it_was_imitated():
    apart = np.array([[1.0, 0.0], [3.0, 0.0], [3.0, 0.0], [3.0, 0.0]], np.float32)
    once = common_shift(apart[:2], np.array([0, 1]))
    assert once[0] < 0
    np.testing.assert_allclose(common_shift(apart, np.array([4, 7, 7, 7])), once)


def test_one_sound_and_takes_as_usual_say_nothing():
    apart = np.ones((3, WIDTH), np.float32)
    np.testing.assert_array_equal(common_shift(apart, np.zeros(3, np.intp)), np.zeros(WIDTH))
    np.testing.assert_array_equal(common_shift(0 * apart, np.arange(3)), np.zeros(WIDTH))


def test_a_take_is_held_against_the_first_window_of_its_sound():
    told = lessons(USUAL.queries(ROWS[:3]) + HABIT, np.arange(3))
    np.testing.assert_allclose(apart_from_usual(told, USUAL), np.tile(HABIT, (3, 1)), atol=1e-4)


def test_five_takes_of_a_habit_find_other_sounds_better():
    others = taken(np.arange(50, 110), HABIT, seed=2)
    before, gains = mrr(others.ranks(others.queries, WEIGHT)), []
    for first in range(0, 40, 5):
        learned = learn(taken(np.arange(first, first + 5), HABIT), WEIGHT, USUAL)
        assert learned.steps == 0  # too few to descend
        if learned.map is not None:
            assert not learned.map.weight.any()
            moved = np.stack([learned.map.moved(query) for query in others.queries])
            gains.append(mrr(others.ranks(moved, WEIGHT)) - before)
    assert len(gains) >= 6
    assert min(gains) > 0
    assert np.mean(gains) > 0.1


def test_what_is_told_of_takes_left_out_is_by_shifts_that_never_saw_their_sound():
    """Takes that lie apart each in a way of its own: by heart every one would be moved to its sound."""
    rng = np.random.default_rng(3)
    told = lessons(USUAL.queries(ROWS[:8]) + rng.normal(0, 4, (8, WIDTH)), np.arange(8))
    learned = learn(told, WEIGHT, USUAL)
    by_heart = told.ranks(USUAL.queries(ROWS[:8]), WEIGHT)
    assert np.log(learned.before / by_heart).mean() > np.log(learned.before / learned.after).mean() + 0.3


def test_with_many_takes_a_turn_may_be_learned_after_the_shift():
    """A habit that a shift alone cannot undo: half of what was meant is left out."""
    sounds = np.arange(2 * FEWEST_TO_DESCEND)
    half = np.where(np.arange(WIDTH) < WIDTH // 2, 0.2, 1.0)
    told = lessons(half * USUAL.queries(ROWS[sounds]) + HABIT, sounds)
    learned = learn(told, WEIGHT, USUAL)
    assert learned.map is not None
    assert learned.steps > 0
    assert mrr(learned.after) > mrr(learned.before)
    moved = np.stack([learned.map.moved(query) for query in told.queries])
    assert mrr(told.ranks(moved, WEIGHT)) >= mrr(learned.after) - 0.02
