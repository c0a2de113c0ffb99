"""Models that come with Menura go by their names, and a folder of one's own is never mistaken for one."""

import json
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

import menura.explanation.explain
import menura.model.shipped
from cli_calls import isolate, output_of, refusal_of, run, write_sounds, write_tone
from menura.errors import ModelError
from menura.explanation import occlusion
from menura.model.bundle import Bundle
from menura.model.shipped import model_home, shipped_models
from menura.search.library import Library
from web_clients import served


@pytest.fixture(autouse=True)
def current(tmp_path, monkeypatch) -> Path:
    """The current directory, with nothing in it."""
    isolate(tmp_path, monkeypatch)
    folder = tmp_path / "current"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def two_models(tmp_path, monkeypatch, random_bundle_folder) -> None:
    """An installation that ships two models: a random one by default, and the paper's network."""
    installed = tmp_path / "installed"
    shutil.copytree(random_bundle_folder, installed / "models" / "default")
    shutil.copytree(model_home("tl-iminet"), installed / "models" / "tl-iminet")
    monkeypatch.setattr(menura.model.shipped, "resources", SimpleNamespace(files=lambda _: installed))


def test_two_models_ship_and_the_default_one_comes_first():
    assert shipped_models() == ["default", "tl-iminet"]
    assert model_home() == model_home("default")
    assert Bundle.load("tl-iminet").name == "tl-iminet"
    assert (Bundle.load("tl-iminet").called, Bundle.load("default").called, Bundle.load().called) == (
        "tl-iminet",
        None,
        None,
    )


def test_a_name_is_a_folder_of_ones_own_only_if_that_holds_a_model(current, random_bundle_folder, random_bundle):
    (current / "tl-iminet").mkdir()  # of pictures, or anything
    assert Bundle.load("tl-iminet").name == "tl-iminet"
    (current / "tl-iminet").rmdir()
    shutil.copytree(random_bundle_folder, current / "tl-iminet")
    mine = Bundle.load("tl-iminet")
    assert (mine.fingerprint, mine.called) == (random_bundle.fingerprint, "tl-iminet")


@pytest.mark.parametrize("folder", ["./default", "models/default", Path("default")])
def test_with_a_separator_or_as_a_path_it_is_always_a_folder(current, folder, random_bundle_folder, random_bundle):
    with pytest.raises(ModelError, match="default: no model there; name a folder"):
        Bundle.load(folder)
    (current / folder).mkdir(parents=True)
    with pytest.raises(ModelError, match=r"model\.json: cannot be read"):
        Bundle.load(folder)
    shutil.copytree(random_bundle_folder, current / folder, dirs_exist_ok=True)
    assert Bundle.load(folder).fingerprint == random_bundle.fingerprint


@pytest.mark.parametrize("called", ["tl-imnet", "default/", "tl-iminet/model.json"])
def test_what_is_neither_gets_one_line_with_the_names(called):
    with pytest.raises(ModelError) as refused:
        Bundle.load(called)
    assert str(refused.value).endswith("or a model that Menura ships: default, tl-iminet")
    assert "\n" not in str(refused.value)


def test_each_command_takes_a_name(tmp_path, two_models, monkeypatch):
    monkeypatch.setattr(menura.explanation.explain, "find_spec", lambda _: None)
    monkeypatch.setattr(occlusion, "N_ORDERS", 2)
    monkeypatch.setattr(occlusion, "TILES_PER_AXIS", 2)
    library, hum = write_sounds(tmp_path / "sounds"), write_tone(tmp_path / "hum.wav", 300)
    named = ("--model", "tl-iminet")
    wanted = Bundle.load("tl-iminet").fingerprint[:8]
    assert wanted in output_of("info", *named)
    assert wanted not in output_of("info")
    output_of("index", library, *named)
    found = json.loads(output_of("search", hum, "-l", library, *named, "--json"))["results"]
    with Library.open(library, "tl-iminet") as opened:
        assert [hit.logit for hit in opened.search(hum)] == [one["logit"] for one in found]
    assert "its index is whole" in output_of("check", library, *named)
    sound = library / found[0]["path"]
    explained = json.loads(output_of("explain", hum, sound, *named, "--json"))
    assert explained["logit"] == pytest.approx(found[0]["logit"], abs=1e-6)
    assert menura.explain(hum, sound, "tl-iminet").logit == explained["logit"]
    own = output_of("demo", "--library", library, *named).splitlines()[-1]
    assert own.endswith(" --model tl-iminet")
    with served([library], "tl-iminet", tmp_path / "served") as client:
        assert client.get("/api/status").json()["model"] == "tl-iminet"
    for command in (("watch", library), ("serve", library), ("adapt", library)):
        assert "default, tl-iminet" in refusal_of(*command, "--model", "tl-imnet", code=1)
    for command in ("visualise", "evaluate"):
        options = {"visualise": ("--out", tmp_path / "out"), "evaluate": ("--data", tmp_path)}[command]
        assert "default, tl-iminet" in run(command, "tl-imnet", *options).stderr
    assert "default, tl-iminet" in refusal_of("reproduce", "findings", "--model", "tl-imnet", code=1)


def test_the_two_have_indexes_of_their_own_and_say_how_to_get_at_the_other(tmp_path, two_models):
    library, hum = write_sounds(tmp_path / "sounds"), write_tone(tmp_path / "hum.wav", 300)
    refused = refusal_of("check", library, "--model", "tl-iminet", code=2)
    _, *advised = shlex.split(refused.partition("yet; ")[2].removesuffix(" does it"))
    assert advised == ["index", str(library), "--model", "tl-iminet"]
    output_of(*advised)
    assert "tl-iminet" in refusal_of("info", library, code=2)
    output_of("index", library, "--model", "default")
    assert len(list(tmp_path.rglob("index.sqlite"))) == 2
    found = [json.loads(output_of("search", hum, "-l", library, *of, "--json"))["results"] for of in ([], advised[2:])]
    assert [one["path"] for one in found[0]] != [] != [one["path"] for one in found[1]]
    assert found[0][0]["logit"] != found[1][0]["logit"]
    told = output_of("doctor")
    assert "1 index made with this model" in told
    assert "is by another model, tl-iminet: search it with --model tl-iminet" in told


def test_info_lists_the_names():
    assert "default, tl-iminet" in output_of("info")
