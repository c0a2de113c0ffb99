"""`menura explain` and `menura.explain`: what they say, what they write, and how they refuse."""

import json
import sys

import numpy as np
import pytest
import soundfile

import menura
import menura.explanation.explain
from bundles import write_sound
from cli_calls import RATE_HZ, TRAINING, isolate, output_of, refusal_of, run_python, write_tone
from menura.explanation import gradients as attribution
from menura.explanation import occlusion


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)


@pytest.fixture
def hum(tmp_path):
    return write_tone(tmp_path / "hum.wav", 440, seconds=1.5)


@pytest.fixture
def bell(tmp_path):
    return write_sound(tmp_path / "bell.wav", 3, duration_s=5.0)


@pytest.fixture
def base_install(monkeypatch):
    """As if neither torch nor captum were there, and with few large tiles, which is quick."""
    monkeypatch.setattr(menura.explanation.explain, "find_spec", lambda name: None)
    monkeypatch.setattr(occlusion, "N_ORDERS", 2)
    monkeypatch.setattr(occlusion, "TILES_PER_AXIS", 3)


def test_the_answer_in_words_and_as_json_is_the_same(hum, bell, base_install):
    before = sorted(hum.parent.iterdir())
    answer = json.loads(output_of("explain", hum, bell, "--json"))
    words = output_of("explain", hum, bell)
    assert sorted(hum.parent.iterdir()) == before, "nothing is written unless --out asks for it"
    assert (answer["query"], answer["sound"], answer["method"]) == (str(hum), str(bell), "occlusion")
    assert f"score {answer['score']:.3f}" in words
    assert "By occlusion" in words
    assert 0 < answer["end_s"] - answer["start_s"] <= 3.0
    for side in answer["sides"].values():
        assert f"the score would be {side['score_if_silent']:.3f}" in words
        assert side["raised"] or side["lowered"]
        for effect in ("raised", "lowered"):
            shares = [region["share"] for region in side[effect]]
            assert len(shares) <= 3 and shares == sorted(shares, reverse=True)
            for region in side[effect]:
                line = f"{effect} by +{100 * region['share']:.0f} +{region['start_s']:.1f} - {region['end_s']:.1f} "
                assert any(words_match(line, row) for row in words.splitlines())
    for region in answer["sides"]["sound"]["raised"]:  # what the tower hears goes on beyond a short sound, in silence
        assert answer["start_s"] - 0.02 <= region["start_s"] < region["end_s"] <= answer["start_s"] + 3.02


def words_match(pattern: str, row: str) -> bool:
    return " ".join(pattern.replace("+", " ").split()) in " ".join(row.split())


def test_with_torch_it_says_that_gradients_were_used(hum, bell, monkeypatch):
    monkeypatch.setattr(attribution, "N_STEPS", (4,))
    assert "By integrated gradients" in output_of("explain", hum, bell)


def test_the_python_call_is_the_same(hum, bell, base_install):
    explanation = menura.explain(str(hum), bell, "tl-iminet")
    assert isinstance(explanation, menura.Explanation)
    assert explanation.query.attribution.shape == (39, 482)
    assert explanation.recording.attribution.shape == (128, 128)
    answer = json.loads(output_of("explain", hum, bell, "--model", "tl-iminet", "--json"))
    assert (explanation.score, explanation.recording.clip.start_s) == (answer["score"], answer["start_s"])


def test_it_works_with_nothing_that_trains(hum, bell):
    code = """
import sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split()))
from menura.explanation import occlusion
occlusion.N_ORDERS = occlusion.TILES_PER_AXIS = 2
from menura.cli import main
main()
"""
    assert "By occlusion" in run_python(code, " ".join([*TRAINING, "captum"]), "explain", hum, bell)


def test_another_model_is_another_explanation(hum, bell, base_install, random_bundle_folder):
    ours, theirs = menura.explain(hum, bell), menura.explain(hum, bell, random_bundle_folder)
    assert ours.score != theirs.score
    assert json.loads(output_of("explain", hum, bell, "--model", random_bundle_folder, "--json"))[
        "score"
    ] == pytest.approx(theirs.score)


def test_the_picture_goes_where_it_is_asked_for(hum, bell, base_install, tmp_path):
    output_of("explain", hum, bell, "--out", tmp_path / "new" / "why.png")
    assert (tmp_path / "new" / "why.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["why.png"]


def test_a_picture_that_cannot_be_is_refused_before_any_work(hum, tmp_path, monkeypatch):
    absent = tmp_path / "absent.wav"  # would be refused, were it looked at
    kept = tmp_path / "kept.png"
    kept.write_text("mine")
    assert "exists and is not overwritten" in refusal_of("explain", hum, absent, "--out", kept, code=2)
    assert kept.read_text() == "mine"
    assert "ends in .png" in refusal_of("explain", hum, absent, "--out", tmp_path / "why.jpg", code=2)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    line = refusal_of("explain", hum, absent, "--out", tmp_path / "why.png", code=2)
    assert 'pip install "menura[train]"' in line


def test_what_cannot_be_explained_is_refused_in_words(hum, bell, tmp_path):
    silence, words, absent = tmp_path / "silence.wav", tmp_path / "words.wav", tmp_path / "absent.wav"
    soundfile.write(silence, np.zeros(RATE_HZ), RATE_HZ)
    words.write_text("no sound")
    for query, sound, code, message in (
        (silence, bell, 1, f"{silence}: nothing is heard: check"),
        (hum, silence, 1, f"{silence}: silent from beginning to end"),
        (words, bell, 1, f"{words}: not a sound file"),
        (hum, words, 1, f"{words}: not a sound file"),
        (absent, bell, 2, f"{absent}: no such file"),
        (hum, absent, 2, f"{absent}: no such file"),
        (hum, tmp_path, 2, f"{tmp_path}: is a folder"),
    ):
        assert message in refusal_of("explain", query, sound, code=code)
    assert "no model there" in refusal_of("explain", hum, bell, "--model", tmp_path / "none", code=1)


def test_a_model_without_its_weights_is_refused_in_words(hum, bell, random_bundle_folder, tmp_path):
    import shutil

    bundle = shutil.copytree(random_bundle_folder, tmp_path / "bundle")
    (bundle / "weights.safetensors").unlink()
    assert f"{bundle}: the network cannot be loaded" in refusal_of("explain", hum, bell, "--model", bundle, code=1)
