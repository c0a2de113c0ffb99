"""The factorised score is the network's own, and ranking by it loses nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bundles import random_network
from menura.model.score import best_windows, logits, sigmoid, top_positions

floats = st.floats(-8, 8, width=32)


def similarity(imitation, recording, weight, bias, output) -> float:
    """The paper's equation, as it stands there and in double precision: what the factorised score has to equal.

    sigmoid(v . relu(W [a; b] + c) + d), of a (m,), b (n,), W (h, m + n), c (h,) and the output's v (h,) and d.
    """
    joint = np.concatenate([imitation, recording]).astype(np.float64)
    hidden = np.maximum(weight.astype(np.float64) @ joint + bias, 0)
    output_weight, output_bias = output
    return float(1 / (1 + np.exp(-(output_weight.astype(np.float64) @ hidden + output_bias))))


def test_the_score_of_a_bundle_is_the_similarity_of_the_paper(random_bundle):
    """Against the equation on the features, and against the whole network in torch."""
    network, bundle = random_network(), random_bundle
    generator = torch.Generator().manual_seed(1)
    imitation = torch.randn(1, 1, 39, 482, generator=generator)
    recordings = torch.randn(5, 1, 128, 128, generator=generator)
    (a,), b = bundle.imitation_features(imitation.numpy()), bundle.recording_features(recordings.numpy())
    head = bundle.head
    query, projections = head.imitation_weight @ a + head.hidden_bias, b @ head.recording_weight.T
    found = sigmoid(logits(query, projections, bundle.output_weight, bundle.output_bias))
    weight = np.hstack([head.imitation_weight, head.recording_weight])
    output = bundle.output_weight, bundle.output_bias
    defined = [similarity(a, one, weight, head.hidden_bias, output) for one in b]
    with torch.no_grad():
        whole = network(imitation.expand(5, -1, -1, -1), recordings).numpy()
    assert np.ptp(defined) > 1e-5  # the five differ, so agreement says something
    np.testing.assert_allclose(found, defined, rtol=0, atol=1e-6)
    np.testing.assert_allclose(whole, defined, rtol=0, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    imitation=arrays(np.float32, 7, elements=floats),
    recordings=arrays(np.float32, st.tuples(st.integers(1, 6), st.just(5)), elements=floats),
    seed=st.integers(0, 1_000),
)
def test_the_factorisation_holds_for_any_weights(imitation, recordings, seed):
    """FC1 of the concatenation against (Wa a + c) + Wb b."""
    rng = np.random.default_rng(seed)
    weight, bias, output_weight = (rng.normal(0, 0.4, shape).astype(np.float32) for shape in ((9, 12), (9,), (9,)))
    found = sigmoid(logits(weight[:, :7] @ imitation + bias, recordings @ weight[:, 7:].T, output_weight, 0.25))
    defined = [similarity(imitation, one, weight, bias, (output_weight, 0.25)) for one in recordings]
    np.testing.assert_allclose(found, defined, rtol=0, atol=2e-6)


@pytest.fixture(scope="module")
def many():
    """A query and more recordings than a block, with the answer computed in float64."""
    rng = np.random.default_rng(5)
    query, weight = rng.normal(size=(2, 108)).astype(np.float32)
    projections = rng.normal(size=(10_000, 108)).astype(np.float32)
    exact = np.maximum(query.astype(np.float64) + projections, 0) @ weight.astype(np.float64) + 0.25
    return query, projections, weight, exact


def test_logits_of_many_blocks(many):
    query, projections, weight, exact = many
    np.testing.assert_allclose(logits(query, projections, weight, 0.25), exact, atol=1e-4)


def test_logits_of_chosen_rows_are_bitwise_those_of_all(many):
    query, projections, weight, _ = many
    rows = np.random.default_rng(6).permutation(10_000)[:7_001]
    every = logits(query, projections, weight, 0.25)
    np.testing.assert_array_equal(logits(query, projections, weight, 0.25, rows), every[rows])


def test_equal_recordings_score_equal_wherever_they_are(many):
    query, projections, weight, _ = many
    copies = projections.copy()
    copies[[1, 2, 4_095, 4_096, 9_999]] = copies[0]
    scored = logits(query, copies, weight, 0.25)
    assert len(set(scored[[0, 1, 2, 4_095, 4_096, 9_999]].tolist())) == 1


def test_nothing_to_score_gives_nothing(many):
    query, projections, weight, _ = many
    assert logits(query, projections[:0], weight, 0.25).shape == (0,)
    assert logits(query, projections, weight, 0.25, np.empty(0, np.int64)).shape == (0,)
    assert best_windows(np.empty(0, np.float32), np.empty(0, np.int64)).shape == (0,)


@settings(deadline=None)
@given(st.lists(st.lists(floats, min_size=1, max_size=5), min_size=1, max_size=20))
def test_a_sound_scores_as_its_best_window(sounds):
    flat = np.array([value for sound in sounds for value in sound], np.float32)
    best = best_windows(flat, np.array([len(sound) for sound in sounds]))
    assert best.tolist() == [max(sound) for sound in sounds]


@settings(deadline=None)
@given(arrays(np.float32, st.integers(1, 30), elements=st.integers(-3, 3)), st.integers(1, 40))
def test_top_positions_are_the_largest_and_their_ties(values, count):
    least = np.sort(values)[::-1][min(count, len(values)) - 1]
    assert sorted(top_positions(values, count)) == np.flatnonzero(values >= least).tolist()


def test_the_sigmoid_neither_overflows_nor_loses_its_symmetry():
    values = np.array([-1e4, -30, -1, 0, 1, 30, 1e4])
    with np.errstate(all="raise", under="ignore"):
        found = sigmoid(values)
    np.testing.assert_allclose(found, [0, 9.3576e-14, 0.26894142, 0.5, 0.73105858, 1, 1], rtol=1e-4)
    np.testing.assert_allclose(found + sigmoid(-values), 1)
