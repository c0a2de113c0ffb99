"""The factorised score is the network's own, and ranking by it loses nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bundles import random_network
from menura.model.score import best_windows, logits, sigmoid, similarity, top_positions

floats = st.floats(-8, 8, width=32)


def test_similarity_is_that_of_the_whole_network(random_bundle):
    """The whole network is run as the paper writes it, on the concatenation."""
    network = random_network()
    generator = torch.Generator().manual_seed(1)
    imitation = torch.randn(1, 1, 39, 482, generator=generator)
    recordings = torch.randn(5, 1, 128, 128, generator=generator)
    with torch.no_grad():
        whole = network(imitation.expand(5, -1, -1, -1), recordings).numpy()
    head = random_bundle.head
    embedding = head.imitation_weight @ random_bundle.imitation_features(imitation.numpy())[0] + head.hidden_bias
    projections = random_bundle.recording_features(recordings.numpy()) @ head.recording_weight.T
    factorised = similarity(embedding, projections, random_bundle.output_weight, random_bundle.output_bias)
    assert np.ptp(whole) > 1e-5  # the five differ, so agreement says something
    np.testing.assert_allclose(factorised, whole, rtol=0, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    imitation=arrays(np.float32, 7, elements=floats),
    recordings=arrays(np.float32, st.tuples(st.integers(1, 6), st.just(5)), elements=floats),
    seed=st.integers(0, 1_000),
)
def test_the_factorisation_holds_for_any_weights(imitation, recordings, seed):
    """FC1 of the concatenation, in torch, against (Wa a + c) + Wb b."""
    torch.manual_seed(seed)
    fc1, fc2 = torch.nn.Linear(12, 9), torch.nn.Linear(9, 1)
    joint = torch.cat([torch.from_numpy(np.tile(imitation, (len(recordings), 1))), torch.from_numpy(recordings)], dim=1)
    with torch.no_grad():
        whole = torch.sigmoid(fc2(torch.relu(fc1(joint))))[:, 0].numpy()
        weight, bias = fc1.weight.numpy(), fc1.bias.numpy()
        factorised = similarity(
            weight[:, :7] @ imitation + bias, recordings @ weight[:, 7:].T, fc2.weight[0].numpy(), float(fc2.bias)
        )
    np.testing.assert_allclose(factorised, whole, rtol=0, atol=1e-6)


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
