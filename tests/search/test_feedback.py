"""Feedback moves the query as a person means it: towards what is liked, away from what is not, and no further."""

from pathlib import Path

import numpy as np
import pytest

from menura.model.score import logits
from menura.search import feedback
from menura.search.feedback import Feedback, refine
from menura.search.library import Library
from menura.search.ranking import Question

WIDTH, N_SOUNDS, N_CLUSTERS = 24, 300, 6


@pytest.fixture
def world():
    """Clusters of sounds, the cluster of each, a query and the weights of a head."""
    rng = np.random.default_rng(0)
    clusters = rng.integers(0, N_CLUSTERS, N_SOUNDS)
    centres = 3 * rng.standard_normal((N_CLUSTERS, WIDTH))
    sounds = (centres[clusters] + rng.standard_normal((N_SOUNDS, WIDTH))).astype(np.float32)
    return (
        sounds,
        clusters,
        rng.standard_normal(WIDTH).astype(np.float32),
        rng.standard_normal(WIDTH).astype(np.float32),
    )


def mean_rank(query, sounds, weight, chosen) -> float:
    """Mean rank of the chosen sounds, 0 being the best."""
    order = np.argsort(np.argsort(-logits(query, sounds, weight, 0.0)))
    return float(order[chosen].mean())


@pytest.mark.parametrize("with_take", [True, False])
def test_neighbours_of_a_liked_sound_rise(world, with_take):
    sounds, clusters, query, weight = world
    start = query if with_take else np.zeros_like(query)
    for cluster in range(N_CLUSTERS):
        members = np.flatnonzero(clusters == cluster)
        said = Feedback([sounds[members[:1]]], [], sounds[::3])
        moved = refine(query if with_take else None, said, weight)
        before, after = (mean_rank(q, sounds, weight, members[1:]) for q in (start, moved))
        assert after < before or after < len(members)
        assert mean_rank(moved, sounds, weight, members[:1]) < len(members)


def test_a_disliked_sound_and_its_neighbours_fall(world):
    sounds, clusters, query, weight = world
    first = int(np.argmax(logits(query, sounds, weight, 0.0)))
    neighbours = np.flatnonzero(clusters == clusters[first])
    moved = refine(query, Feedback([], [sounds[first : first + 1]], sounds[::3]), weight)
    assert mean_rank(moved, sounds, weight, [first]) > 0
    assert mean_rank(moved, sounds, weight, neighbours) > mean_rank(query, sounds, weight, neighbours)


def test_a_disliked_sound_far_down_changes_next_to_nothing(world):
    sounds, _, query, weight = world
    scores = logits(query, sounds, weight, 0.0)
    last = int(np.argmin(scores))
    moved = refine(query, Feedback([], [sounds[last : last + 1]], sounds[::3]), weight)
    assert np.corrcoef(logits(moved, sounds, weight, 0.0), scores)[0, 1] > 0.9


def test_a_sound_is_judged_by_its_best_window(world):
    sounds, _, query, weight = world
    order = np.argsort(logits(query, sounds, weight, 0.0))
    windows = sounds[order[[-1, 0, 1]]]
    moved = refine(query, Feedback([windows], [], sounds[::3]), weight)
    # The windows are summed in another order, which steps of float32 carry on.
    assert np.allclose(moved, refine(query, Feedback([windows[:1]], [], sounds[::3]), weight), rtol=1e-4, atol=1e-4)


def test_the_same_words_move_it_to_the_same_place(world):
    sounds, _, query, weight = world
    said = Feedback([sounds[:2], sounds[5:6]], [sounds[9:11]], sounds[::3])
    kept = query.copy()
    assert np.array_equal(refine(query, said, weight), refine(query, said, weight))
    assert np.array_equal(query, kept)


def test_the_gradient_is_that_of_the_loss_in_the_essay():
    rng = np.random.default_rng(1)
    scores, firsts, n_liked = rng.standard_normal(12), np.array([0, 2, 3, 5]), 2
    best = [np.argmax(scores[:2]), 2, 3 + np.argmax(scores[3:5])]

    def loss(values):
        cool, sharp = np.exp(values), np.exp(feedback.TEMPERATURE * values)
        disliked = best[2]
        liked = sum(-np.log(cool[i] / (cool[i] + cool[disliked] + cool[5:].sum())) for i in best[:2])
        share = sharp[disliked] / (sharp[disliked] + sharp[5:].sum())
        return (liked - feedback.DISLIKE * np.log(1 - share)) / 3

    found = feedback._loss_gradient(scores, firsts, n_liked)
    step = 1e-6
    wanted = [(loss(scores + step * unit) - loss(scores - step * unit)) / (2 * step) for unit in np.eye(12)]
    assert found == pytest.approx(wanted, abs=1e-6)


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory):
    """Sonic Pi's samples behind the shipped model, and the kind of each sound by its id."""
    library = Library.open(shared_data / "sonic-pi", data_dir=tmp_path_factory.mktemp("data"))
    library.index()
    listed = library.page(Question(), offset=0, limit=1_000).found
    return library, {sound.id: sound.path.partition("_")[0] for sound in listed}


def test_more_like_one_tabla_brings_more_of_them_and_not_this_takes_it_away(real):
    library, kinds = real
    tablas = [sound_id for sound_id, kind in kinds.items() if kind == "tabla"]
    first_page = [hit.sound.id for hit in library.page(Question(liked=tablas[:1]), offset=0, limit=24).found]
    n_right = sum(kinds[sound_id] == "tabla" for sound_id in first_page)
    by_chance = 24 * len(tablas) / len(kinds)
    assert tablas[0] in first_page
    assert n_right > 2 * by_chance
    others = [sound_id for sound_id in first_page if sound_id != tablas[0]][:3]
    without = library.page(Question(liked=tablas[:1], unliked=others), offset=0, limit=1_000).found
    assert {hit.sound.id for hit in without} == set(kinds) - set(others)


def test_no_feedback_leaves_every_rank_and_score(real):
    library, _ = real
    query = np.random.default_rng(0).standard_normal(108).astype(np.float32)
    plain = library.page(Question(query), offset=0, limit=1_000).found
    assert library.page(Question(query, liked=[10**12]), offset=0, limit=1_000).found == plain
