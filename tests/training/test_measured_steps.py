"""The words of scores are measured: in closed form, at the scores where the shares of right first hits say so."""

import numpy as np
import pytest
import torch

from menura.evaluation.scoring import score_features
from menura.model.bundle import Bundle
from menura.model.score import sigmoid
from menura.model.steps import Steps
from menura.network.iminet import IMINET
from menura.training.calibration import calibrate, measure_steps, steps_of
from menura.training.export import export_bundle
from toy import toy_features, toy_network

N_OTHERS = 3


def queries(first, right):
    """Logits of queries whose best hits have these logits, and which of them is the right one."""
    logits = np.full((len(first), 1 + N_OTHERS), -50.0, np.float32)
    logits[:, 0] = first
    return logits, np.where(right, 0, 1)


def steps_at(likely, close=None, n_sounds=1 + N_OTHERS):
    return Steps(likely, close, n_sounds)


def score(logit):
    return float(sigmoid(np.array(logit, np.float32)))


def test_each_step_is_the_least_score_that_keeps_its_promise():
    # From the best down: 1/1, 1/2, 2/3, 2/4, 2/5 ... 2/10, 2/11 of the first hits are right.
    first = np.arange(11, 0, -1)
    right = np.isin(np.arange(11), (0, 2))
    shuffled = np.random.default_rng(0).permutation(11)
    for order in (np.arange(11), shuffled):
        steps = steps_of(*queries(first[order], right[order]))
        assert steps == steps_at(likely=score(first[9]), close=score(first[3]))


def test_all_right_and_everything_is_close():
    steps = steps_of(*queries(np.array([5, -3, 0]), np.ones(3, bool)))
    assert steps == steps_at(likely=score(-3), close=score(-3))


def test_a_step_that_the_data_never_reach_does_not_exist():
    # The best hit is wrong, then one of four is right, which is likely and never close.
    right = np.array([False, True, False, False] * 3)
    right[:2] = [False, False]
    right[4] = True
    first = np.arange(12, 0, -1)
    shares = np.cumsum(right) / np.arange(1, 13)
    assert 0.2 <= shares.max() < 0.5
    steps = steps_of(*queries(first, right))
    assert steps == steps_at(likely=score(first[np.flatnonzero(shares >= 0.2)[-1]]), close=None)
    assert steps_of(*queries(first, np.zeros(12, bool))) is None


def test_equal_scores_are_above_a_step_together():
    first, right = np.array([2, 2, 2, 2, 1]), np.array([True, False, False, False, False])
    assert steps_of(*queries(first, right)) == steps_at(likely=score(1))  # 1 of 4 and 1 of 5, in whatever order
    assert steps_of(*queries(first[::-1], right[::-1])) == steps_at(likely=score(1))


def test_a_tie_for_the_first_place_is_wrong():
    logits, target = queries(np.array([3.0, 2.0]), np.array([True, True]))
    logits[0, 2] = 3.0
    assert steps_of(logits, target) == steps_at(likely=score(2), close=score(2))
    logits[1, 1] = 2.0
    assert steps_of(logits, target) is None


def test_the_promise_holds_on_what_it_was_measured_on():
    rng = np.random.default_rng(0)
    logits, target = rng.normal(size=(400, 30)), rng.integers(0, 30, 400)
    logits[np.arange(400), target] += rng.uniform(0, 3, 400)
    steps = steps_of(logits, target)
    first, right = sigmoid(logits.max(axis=1)), logits.argmax(axis=1) == target
    for share, step in ((1 / 2, steps.close), (1 / 5, steps.likely)):
        assert right[first >= step].mean() >= share
        assert not any(right[first >= lower].mean() >= share for lower in first[first < step])
    assert 0 < steps.likely < steps.close < 1


def test_a_network_is_measured_as_it_scores_and_its_card_says_so(tmp_path):
    torch.manual_seed(0)
    network, features, chosen = toy_network().eval(), toy_features(), np.arange(12)
    calibrate(network, features, chosen, as_in_a_library=True)
    steps = measure_steps(network, features, chosen)
    assert steps == steps_of(*score_features(network, features, chosen))
    network = IMINET()
    export_bundle(network, tmp_path / "model", name="m", training={}, scores={}, steps=Steps(0.25, 0.5, 119))
    assert Bundle.load(tmp_path / "model").steps == Steps(0.25, 0.5, 119)


@pytest.mark.parametrize("shift", [-4.0, 0.0, 4.0])
def test_steps_move_with_the_scores(shift):
    logits, target = queries(np.array([4.0, 3, 2, 1]), np.array([True, False, True, False]))
    moved = steps_of(logits + np.float32(shift), target)
    assert (moved.likely, moved.close) == pytest.approx((score(1 + shift), score(1 + shift)), rel=1e-6)


def test_the_promise_holds_in_a_library_of_another_size():
    # Scores whose odds are known: normal about 2 for the right sound and about 0 for others, the spread being 1.
    rng = np.random.default_rng(0)

    def asked(n_sounds):
        values = rng.normal(0, 1, (4_000, n_sounds))
        values[:, 0] += 2
        return 2 * values - 2 - np.log(100)

    def share_right(logits, least):
        first = sigmoid(logits.max(axis=1))
        return (logits.argmax(axis=1) == 0)[first >= least].mean()

    steps = steps_of(asked(100), np.zeros(4_000, int))
    assert (steps.measured_among, round(share_right(asked(100), steps.close), 1)) == (100, 0.5)
    few, many = asked(20), asked(1_000)
    assert share_right(many, steps.close) < 0.15
    assert share_right(many, steps.among(1_000).close) > 0.4
    assert 0.5 < share_right(few, steps.among(20).close) < share_right(few, steps.close)
