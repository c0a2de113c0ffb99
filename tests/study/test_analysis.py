"""What is said of studies whose truth is known."""

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.study.known_answer import outcome, summary
from benchmarks.study.raters import World, simulated_trials
from menura.study.analysis import LEAST_PEOPLE, comparisons_of, effect_found, means_of, people_wanted, sign_flip_p
from menura.study.mixed import grouped_difference, paired_difference
from menura.study.trials import Trial

ALIKE, BETTER = World(), World(places=1.2, ratings=1.0)


def claims(world, n_people, seed, *, n_sounds=12):
    trials = simulated_trials(world, n_people, n_sounds, seed)
    return {one.measure: one for one in comparisons_of(trials, ["one", "two"], measures=("rr", "rating"))}


def test_a_large_difference_is_claimed():
    for seed in range(3):
        found = claims(BETTER, 20, seed)
        for measure in ("rr", "rating"):
            one = found[measure]
            assert one.claim is True
            assert one.mixed.low > 0
            assert one.effect > 0.8
            assert "two is higher than one" in one.words


def test_none_is_claimed_where_there_is_none():
    found = [claims(ALIKE, 16, seed)[measure].claim for seed in range(4) for measure in ("rr", "rating")]
    assert found.count(True) <= 1
    assert None not in found


def test_too_few_people_claim_nothing_and_hear_how_many_are_needed():
    found = claims(BETTER, LEAST_PEOPLE - 1, 0)["rr"]
    assert found.claim is None
    assert found.p_value < 0.05
    assert found.words.startswith("MRR: too few people to claim anything: 11 did enough, 12 or more are needed")
    assert f"about {found.wanted}" in found.words


def test_a_difference_that_is_not_shown_is_not_said_to_be_none():
    words = claims(ALIKE, 14, 1)["rating"].words
    assert "no difference between one and two is shown" in words
    assert "4 times in 5" in words


def test_the_outcome_of_many_is_counted_rightly():
    found = [outcome(World(), 6, 9, seed) for seed in range(3)]
    row = summary("alike", 6, 9, found)
    for measure, shares in row["measures"].items():
        by_hand = sum(one[measure]["p"] < 0.05 for one in found) / 3
        assert shares["by_permutation"] == pytest.approx(by_hand, abs=1e-4)
        assert shares["claimed"] == 0


def test_the_permutation_test_is_that_of_a_hand():
    differences = np.array([0.5, 0.3, 0.4, 0.1, 0.2, 0.6])
    assert sign_flip_p(differences, 0) == pytest.approx(2 / 2**6)
    assert sign_flip_p(np.zeros(8), 0) == 1.0
    rng = np.random.default_rng(1)
    normal = rng.normal(0.4, 1, 40)
    assert sign_flip_p(normal, 0) == pytest.approx(stats.ttest_1samp(normal, 0).pvalue, abs=0.015)


def test_the_power_of_a_study_is_that_of_the_t_test():
    assert people_wanted(0.5) == 34  # of the tables: Cohen 1988
    assert people_wanted(3.0) == LEAST_PEOPLE
    rng = np.random.default_rng(0)
    d = effect_found(20)
    found = stats.ttest_1samp(rng.normal(d, 1, (2_000, 20)), 0, axis=1).pvalue < 0.05
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


def test_the_mixed_model_of_a_balanced_design_is_its_analysis_of_variance():
    """With every person and every sound once, the error is known by hand from three mean squares."""
    rng = np.random.default_rng(0)
    n_people, n_sounds = 14, 10
    table = 0.3 + rng.normal(0, 0.5, (n_people, 1)) + rng.normal(0, 0.6, (1, n_sounds)) + rng.normal(0, 0.4, (14, 10))
    people = [f"p{i}" for i in range(n_people) for _ in range(n_sounds)]
    sounds = [f"s{j}" for _ in range(n_people) for j in range(n_sounds)]
    found = paired_difference(table.ravel(), people, sounds)
    assert found.difference == pytest.approx(table.mean(), abs=1e-6)
    of_people = n_sounds * table.mean(axis=1).var(ddof=1)
    of_sounds = n_people * table.mean(axis=0).var(ddof=1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    left = (rest**2).sum() / ((n_people - 1) * (n_sounds - 1))
    error = math.sqrt((of_people + of_sounds - left) / (n_people * n_sounds))
    reach = stats.t.ppf(0.975, n_sounds - 1) * error
    assert found.high - found.difference == pytest.approx(reach, rel=0.01)


def test_the_mixed_model_is_none_where_there_is_nothing_to_fit():
    assert paired_difference(np.zeros(9), list("aaabbbccc"), list("xyzxyzxyz")) is None
    assert paired_difference(np.arange(4.0), list("aabb"), list("xyxy")) is None
    values = np.random.default_rng(0).normal(size=9)
    assert grouped_difference(values, values > 0, list("aaabbbccc"), list("xyzxyzxyz")) is not None


def test_a_mean_is_of_people_and_not_of_answers():
    given = [
        Trial(person, 0, f"{n}.wav", "kind", "one", True, rank, 10, True, rating)
        for person, rank, rating, count in (("a", 1, 5.0, 9), ("b", 4, 1.0, 1))
        for n in range(count)
    ]
    means = {(one.measure, one.category, one.person): one for one in means_of(given, ["one"])}
    assert means["rr", None, None].mean == pytest.approx((1 + 0.25) / 2)
    assert means["rating", "kind", None].n == 10
    assert means["rr", None, "b"].mean == 0.25
    assert means["rr", None, None].interval == (0.25, 1.0)
    assert means["rr", None, "a"].interval is None


def test_a_sound_that_is_gone_has_no_place():
    gone = Trial("a", 0, "x.wav", "kind", "one", True, None, 10, None, 3.0)
    assert gone.value("rr") is None
    assert gone.value("hit5") is None
    assert gone.value("rating") == 3.0
