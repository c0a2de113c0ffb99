"""A recipe is trained from a folder of corpora to a bundle that says what it is made of."""

import shutil
from dataclasses import replace

import pytest

from cli_calls import refusal_of
from menura.model.bundle import Bundle
from menura.training import default
from menura.training.default import train_default, train_recipe
from menura.training.recipe import LADDER, RECIPES

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("in_one_process")]

TINY = {"n_imitations": 1, "n_test_imitations": 1, "pretrain_epochs": 1, "n_steps": 2, "batch_size": 4}


@pytest.fixture(scope="module")
def data(shared_data, tmp_path_factory):
    """Two classes of ESC-10, some samples of Sonic Pi, and three digits by two people, many times."""
    folder = tmp_path_factory.mktemp("data")
    for label in ("001 - Dog bark", "005 - Clock tick"):
        for fold in "12345":
            clip = sorted((shared_data / "esc10" / label).glob(f"{fold}-*"))[0]
            (folder / "esc10" / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(clip, folder / "esc10" / label)
    for source, pattern, n in (
        ("sonic-pi", "*.flac", 10),
        ("fsdd", "[456]_george_*", 150),
        ("fsdd", "[456]_jackson_*", 150),
    ):
        for path in sorted((shared_data / source).rglob(pattern))[:n]:
            copy = folder / path.relative_to(shared_data)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return folder


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_recipe_becomes_a_bundle(data, tmp_path, name):
    recipe = replace(RECIPES[name], **TINY)
    scores = train_default(data, tmp_path / "model", tmp_path / "work", recipe)
    assert 0 < scores["held_out_simulated"]["mrr"] <= 1
    assert scores["held_out_simulated"]["n_candidates"] == 4  # fold 5 of two classes, a fifth of ten samples
    assert 0 <= scores["esc10_fold5_accuracy"] <= 1
    bundle = Bundle.load(tmp_path / "model")
    assert bundle.name == recipe.name
    described = {corpus["folder"]: corpus for corpus in bundle.card["training"]["data"]}
    assert set(described) == {"esc10", "sonic-pi", "fsdd"}
    assert described["fsdd"]["speakers"] == ["george", "jackson"]
    assert described["esc10"]["held_out"] == 2


def test_what_is_trained_is_not_trained_again(data, tmp_path, monkeypatch):
    recipe = replace(RECIPES["listwise"], **TINY, hears_environment=False, hears_speech=False, real_voices=False)
    first = train_recipe(data, tmp_path, recipe)
    monkeypatch.setattr(default.AllPairsTraining, "training_step", lambda *_: pytest.fail("trained again"))
    again = train_recipe(data, tmp_path, recipe)
    assert (again.held_out, again.steps) == (first.held_out, first.steps)
    assert first.environment is None


def test_without_voices_a_model_is_trained_all_the_same(data, tmp_path):
    shutil.copytree(data, tmp_path / "data", ignore=shutil.ignore_patterns("fsdd", "esc10"))
    recipe = replace(RECIPES["listwise"], **TINY)
    trained = train_recipe(tmp_path / "data", tmp_path / "work", recipe)
    assert trained.environment is None


def test_the_ladder_goes_from_the_papers_recipe_to_the_default():
    steps = list(LADDER.values())
    assert steps[0] == RECIPES["tl-iminet"]
    assert RECIPES["listwise"] in steps
    assert len(set(map(repr, steps))) == len(steps)


def test_an_unknown_recipe_is_refused(tmp_path):
    line = refusal_of("train", "default", "--data", tmp_path, "--out", tmp_path / "o", "--recipe", "best", code=2)
    assert "best: no such recipe; the names are default, listwise, tl-iminet" in line
