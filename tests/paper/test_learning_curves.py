"""The learning curves: nested amounts, three tests of each, stages of one training, and gone on with where stopped."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.models import learning_curves, learning_curves_picture
from benchmarks.models.learning_curves import LEARNED, NEW, OTHER, Amount, Lesson, epochs_of, measured, summary
from menura.paper.networks import Experiment
from menura.training.settings import FineTuning
from toy import SPEC, toy_catalogue, toy_network

SETTINGS = FineTuning(batch_size=8)
AMOUNT = Amount(1, 2)


@pytest.fixture
def experiment(tmp_path, monkeypatch, in_one_process):
    monkeypatch.setattr(learning_curves, "IMINET", toy_network)
    monkeypatch.setattr(learning_curves, "TL_IMINET", SPEC)
    monkeypatch.setattr(learning_curves, "SETTINGS", SETTINGS)
    monkeypatch.setattr(learning_curves, "UPDATES", (2, 6))
    (tmp_path / "corpus").mkdir()
    catalogue = toy_catalogue(tmp_path / "corpus")
    spoken = tuple(replace(item, speaker=item.id[-1]) for item in catalogue.imitations)
    return Experiment(replace(catalogue, imitations=spoken), SETTINGS, tmp_path / "work")


@pytest.fixture
def weights(monkeypatch):
    """The first weights of every network that is measured, each once a half."""
    seen = []
    score = learning_curves.scores_of

    def recorded(network, catalogue, *, cache):
        seen.append(next(network.parameters()).detach().numpy().copy())
        return score(network, catalogue, cache=cache)

    monkeypatch.setattr(learning_curves, "scores_of", recorded)
    return seen


def test_a_larger_amount_has_what_a_smaller_one_has_and_what_is_left_is_tested(experiment):
    small, more, whole = (Lesson.of(experiment.catalogue, Amount(*one), 0) for one in ((0.5, 1), (1, 1), (1, 3)))
    ids = [{item.id for item in lesson.learned.imitations} for lesson in (small, more, whole)]
    assert [len(one) for one in ids] == [2, 4, 12]
    assert ids[0] < ids[1] < ids[2]
    assert {sound.category for sound in small.learned.sounds} == {sound.category for sound in small.testing.sounds}
    tests = small.tests
    assert [len(tests[name].imitations) for name in (NEW, OTHER, LEARNED)] == [12, 4, 2]
    assert [len(part.sounds) for part in tests.values()] == [4, 4, 4]
    assert [*whole.tests] == [NEW, LEARNED]  # nobody else imitated its sounds


def test_stages_are_those_of_one_training_and_what_was_stopped_is_gone_on_with(experiment, weights, monkeypatch):
    whole = measured(experiment, AMOUNT, 1)
    assert list(whole[NEW]) == ["2DFT", "2 updates", "6 updates"]
    staged = weights[-1]
    assert not np.array_equal(staged, weights[0])

    monkeypatch.setattr(learning_curves, "fine_tune", lambda *_: pytest.fail("trained again"))
    assert measured(experiment, AMOUNT, 1) == whole


def test_a_training_in_stages_is_the_same_as_one_without(experiment, weights, monkeypatch, tmp_path):
    measured(experiment, AMOUNT, 1)
    monkeypatch.setattr(learning_curves, "UPDATES", (6,))
    measured(Experiment(experiment.catalogue, SETTINGS, tmp_path / "other"), AMOUNT, 1)
    np.testing.assert_array_equal(weights[-1], weights[3])


def test_a_curve_is_summed_up_by_category_and_by_who_imitates_and_drawn(experiment, monkeypatch, tmp_path):
    stages = measured(experiment, AMOUNT, 2)
    found = summary(experiment, AMOUNT, stages, {"0": "real people"})
    assert (found["sounds"], found["imitations_of_each"], found["pairs"]) == (4, 2, 8)
    assert list(found["mrr"]) == [NEW, OTHER, LEARNED]
    ranks = [item.rank for ranked in stages[NEW]["2DFT"] for item in ranked if item.category == "ED"]
    assert found["mrr"][NEW]["2DFT"]["ED"] == pytest.approx(np.mean([1 / rank for rank in ranks]), abs=1e-4)
    ranks = [item.rank for ranked in stages[NEW]["2DFT"] for item in ranked if item.imitation_id.endswith("-0")]
    assert found["mrr"][NEW]["2DFT"]["real people"] == pytest.approx(np.mean([1 / rank for rank in ranks]), abs=1e-4)
    assert list(found["p_values"]) == ["2 updates", "6 updates"]
    assert all(0 <= p <= 1 for groups in found["p_values"].values() for p in groups.values())
    monkeypatch.setattr(learning_curves_picture, "DOCS", tmp_path)
    monkeypatch.setattr(learning_curves_picture, "read_result", lambda _: {"figures": {"amounts": [found]}})
    (tmp_path / "pictures").mkdir()
    learning_curves_picture.draw_learning_curves()
    assert (tmp_path / "pictures" / "learning_curves.png").read_bytes().startswith(b"\x89PNG")


def test_updates_are_whole_epochs():
    assert [epochs_of(420, n) for n in (840, 420, 120, 7000)] == [30, 60, 210, 4]
    assert epochs_of(1, 7000) == 1
