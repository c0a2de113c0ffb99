"""`menura study` on the command line, and what reads its folder as a corpus."""

import io
import json
import shutil

import pytest
import soundfile

from cli_calls import output_of, refusal_of, run
from menura.corpora.synthetic import synthesise_library
from menura.errors import DataError, UsageError
from menura.model.bundle import Bundle
from menura.search.library import Library
from menura.simulate import simulate_imitation
from menura.study.session import Shown
from menura.study.setup import Wanted, begun_study


@pytest.fixture
def sounds(tmp_path):
    synthesise_library(tmp_path / "all")
    for kind in ("barks", "bells"):
        shutil.copytree(tmp_path / "all" / kind, tmp_path / "sounds" / kind)
    return tmp_path / "sounds"


@pytest.fixture
def begun(sounds, tmp_path, random_bundle_folder, in_one_process):
    """A study of 8 sounds that two simulated people went through."""
    library = Library.open(sounds, random_bundle_folder, tmp_path / "data")
    library.index()
    study = begun_study(tmp_path / "study", [library], ["random"], Wanted(("random",), sounds=8))
    for person in range(2):
        key, session = study.begin()
        study.answer(key, {question.id: question.answers[0] for question in study.plan.questions})
        for at, turn in enumerate(session.turns):
            if study.session(key).step(study.plan) == "break":
                study.rest(key)
            samples, rate_hz = soundfile.read(sounds / turn.sound.path, dtype="float32")
            wav = io.BytesIO()
            soundfile.write(wav, simulate_imitation(samples, rate_hz, 2 * at + person), 16_000, format="WAV")
            study.take(key, at, wav.getvalue())
            study.search(key, at, {"random": 2}, {"random": 10}, [Shown(turn.sound.path, 0.0, 1.0)])
            study.rate(key, at, [4], 1, 9.0)
    return study


def test_a_study_is_a_corpus_to_evaluate_on(begun, random_bundle_folder, tmp_path):
    printed = output_of(
        *("evaluate", random_bundle_folder, "--data", begun.folder, "--runs", 1),
        *("--out", tmp_path / "out", "--work", tmp_path / "work"),
    )
    assert "MRR" in printed
    table = json.loads((tmp_path / "out" / "table.json").read_text())
    assert table["corpus"] == "the study study: 16 imitations of 8 sounds in 2 categories"


def test_a_study_is_a_corpus_to_train_on(begun, tmp_path):
    settings = tmp_path / "short.toml"
    settings.write_text("[fine_tuning]\nepochs = 1\n")
    printed = output_of(
        *("train", "pairs", "--data", begun.folder, "--out", tmp_path / "mine"),
        *("--settings", settings, "--work", tmp_path / "work"),
    )
    assert "16 imitations of 8 sounds" in printed
    assert "fewer than 7 imitations, all of them used: " in printed
    card = Bundle.load(tmp_path / "mine").card
    assert card["training"]["imitations"] == "the study study: 16 imitations of 8 sounds in 2 categories"


def test_a_study_in_which_nobody_has_imitated_is_no_corpus_yet(sounds, tmp_path, random_bundle_folder):
    library = Library.open(sounds, random_bundle_folder, tmp_path / "data")
    library.index()
    study = begun_study(tmp_path / "study", [library], ["random"], Wanted(("random",), sounds=4))
    for command in (
        ("train", "pairs", "--data", study.folder, "--out", tmp_path / "o"),
        ("evaluate", random_bundle_folder, "--data", study.folder),
        ("reproduce", "table1", "--vocalsketch", study.folder),
    ):
        assert "no imitation" in refusal_of(*command, code=1)


@pytest.mark.slow
def test_a_study_is_a_corpus_to_reproduce_table_1_on(begun, tmp_path):
    settings = tmp_path / "few.toml"
    settings.write_text("[fine_tuning]\nimitations_per_sound = 2\nepochs = 1\n")
    printed = output_of(
        *("reproduce", "table1", "--vocalsketch", begun.folder, "--runs", 1),
        *("--settings", settings, "--work", tmp_path / "table1"),
    )
    assert "MRR" in printed


def test_a_study_of_one_system_compares_nothing(begun):
    assert "0.500" in output_of("study", "report", begun.folder)
    assert json.loads((begun.folder / "report" / "report.json").read_text())["comparisons"] == []


def test_what_has_begun_cannot_be_changed(begun, sounds, random_bundle_folder):
    line = refusal_of("study", sounds, "--out", begun.folder, "--sounds", 6, code=2)
    assert "this study has begun, and its systems (random), sounds, consent and questions stay" in line
    line = refusal_of("study", sounds, "--out", begun.folder, "--model", "default", code=2)
    assert "another folder with --out" in line


def test_what_cannot_be_a_study_is_refused_before_any_work(sounds, tmp_path, monkeypatch):
    assert "no such folder" in refusal_of("study", tmp_path / "nowhere", "--out", tmp_path / "s", code=2)
    named_twice = ("--model", "default", "--model", "default")
    assert "names a system twice" in refusal_of("study", sounds, "--out", tmp_path / "s", *named_twice, code=2)
    assert "holds no study" in refusal_of("study", "report", tmp_path, code=2)
    assert run("study", sounds).exit_code == 2
    assert not (tmp_path / "s").exists()


def test_a_study_inside_its_library_and_of_too_few_sounds_is_refused(sounds, tmp_path, random_bundle_folder):
    library = Library.open(sounds, random_bundle_folder, tmp_path / "data")
    library.index()
    with pytest.raises(UsageError, match="is inside the library"):
        begun_study(sounds / "study", [library], ["random"], Wanted(sounds=4))
    with pytest.raises(UsageError, match="10 sounds of at most 10 s are there to choose from, not 50"):
        begun_study(tmp_path / "study", [library], ["random"], Wanted(sounds=50))
    assert not (tmp_path / "study" / "study.json").exists()


def test_another_model_under_the_same_name_is_refused(begun, sounds, tmp_path):
    library = Library.open(sounds, "default", tmp_path / "data")
    with pytest.raises(DataError, match="random is another model now than when this study began"):
        begun_study(begun.folder, [library], ["random"], Wanted())
