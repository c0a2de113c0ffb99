"""A score has a word where the model's card says from which scores on, and a garbled card is refused in one line."""

import json
import shutil

import pytest

from bundles import edit_card
from menura.errors import ModelError
from menura.model.bundle import Bundle
from menura.model.steps import Steps


def test_a_step_begins_at_its_score():
    steps = Steps(likely=0.2, close=0.6)
    assert [steps.word(score) for score in (0.0, 0.19999, 0.2, 0.59999, 0.6, 1.0)] == [
        "loose",
        "loose",
        "likely",
        "likely",
        "close",
        "close",
    ]


def test_without_a_step_nothing_is_close():
    assert {Steps(likely=0.2).word(score) for score in (0.2, 0.9, 1.0)} == {"likely"}


@pytest.mark.parametrize(
    "steps", [Steps(0.25, 0.5), Steps(0.25), Steps(0.0, 0.0), Steps(1.0, 1.0), Steps(0.2, 0.5, 119)]
)
def test_a_card_holds_them_as_they_are(steps):
    assert Steps.of_card(json.loads(json.dumps(steps.to_dict()))) == steps


def test_with_ten_times_as_many_sounds_the_odds_are_a_tenth():
    steps = Steps(likely=0.2, close=0.5, measured_among=100)
    larger, smaller = steps.among(1_000), steps.among(10)
    assert (larger.likely, larger.close) == pytest.approx((2.5 / 3.5, 10 / 11))
    assert (smaller.likely, smaller.close) == pytest.approx((0.025 / 1.025, 1 / 11))
    assert steps.among(100) is steps
    assert larger.measured_among == 1_000 and larger.among(100).likely == pytest.approx(0.2)
    assert Steps(0.0, 1.0, 100).among(7) == Steps(0.0, 1.0, 7)


def test_where_it_is_not_known_among_how_many_they_were_measured_they_hold_everywhere():
    steps = Steps(likely=0.2, close=0.5)
    assert steps.among(10**6) is steps


@pytest.mark.parametrize("stated", [None, {}])
def test_a_card_without_steps_says_nothing(random_bundle_folder, tmp_path, stated):
    folder = shutil.copytree(random_bundle_folder, tmp_path / "bundle")
    assert "steps" not in json.loads((folder / "model.json").read_text())
    assert Bundle.load(folder).steps is None
    edit_card(folder, steps=stated)
    assert Bundle.load(folder).steps is None


def test_they_change_no_fingerprint(random_bundle_folder, random_bundle, tmp_path):
    folder = shutil.copytree(random_bundle_folder, tmp_path / "bundle")
    edit_card(folder, steps={"close": 0.5, "likely": 0.25})
    bundle = Bundle.load(folder)
    assert (bundle.steps, bundle.fingerprint) == (Steps(0.25, 0.5), random_bundle.fingerprint)


@pytest.mark.parametrize(
    "stated",
    [
        [0.2, 0.5],
        "high",
        7,
        {"close": 0.5},
        {"likely": 0.2, "certain": 0.9},
        {"likely": "0.2"},
        {"likely": None},
        {"likely": True},
        {"likely": 0.2, "close": False},
        {"likely": 0.2, "close": [0.5]},
        {"likely": 0.5, "close": 0.2},
        {"likely": -0.1},
        {"likely": 0.2, "close": 1.5},
        {"likely": float("nan")},
        {"likely": float("inf")},
        {"likely": 10**400},
        {"likely": 0.2, "measured_among": 0},
        {"likely": 0.2, "measured_among": 1.5},
        {"likely": 0.2, "measured_among": True},
        {"likely": 0.2, "measured_among": "many"},
    ],
)
def test_garbled_steps_are_refused_in_one_line(random_bundle_folder, tmp_path, stated):
    folder = shutil.copytree(random_bundle_folder, tmp_path / "bundle")
    edit_card(folder, steps=stated)
    with pytest.raises(ModelError, match=r"^\S*model\.json: the steps of its scores .*; export or download[^\n]*$"):
        Bundle.load(folder)
