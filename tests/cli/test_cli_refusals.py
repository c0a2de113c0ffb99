"""How the command line ends when something is wrong: one line that says what, and an exit code."""

import hashlib
import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from safetensors.numpy import load_file, save_file

from cli_calls import RATE_HZ, isolate, refusal_of, run
from menura.model.shipped import model_home
from menura.search.library import Library

MAIN = [sys.executable, "-c", "from menura.cli import main; main()"]


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)


def spoil_text(path):
    path.write_text("this is no sound")


def spoil_empty(path):
    path.write_bytes(b"")


def spoil_truncated(path):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, RATE_HZ)
    soundfile.write(path, noise, RATE_HZ, format="FLAC")
    path.write_bytes(path.read_bytes()[:1000])


def spoil_zeros(path):
    soundfile.write(path, np.zeros(RATE_HZ), RATE_HZ)


def spoil_nan(path):
    samples = np.full(RATE_HZ, 0.1, np.float32)
    samples[100] = np.nan
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        ("text.wav", spoil_text, ""),
        ("empty.wav", spoil_empty, "empty"),
        ("truncated.flac", spoil_truncated, ""),
        ("zeros.wav", spoil_zeros, "nothing is heard"),
        ("nan.wav", spoil_nan, "NaN|not a number|not finite"),
    ],
)
def test_a_query_that_is_no_sound_is_refused(sounds, tmp_path, name, spoil, reason):
    query = tmp_path / name
    spoil(query)
    line = refusal_of("search", query, "--library", sounds, code=1)
    assert line.startswith(f"menura: {query}: ")
    assert any(word in line for word in reason.split("|"))


def test_what_the_caller_can_mend_exits_with_2(sounds, hum, tmp_path):
    assert "no such file" in refusal_of("search", tmp_path / "none.wav", "-l", sounds, code=2)
    assert "no such folder" in refusal_of("search", hum, "-l", tmp_path / "none", code=2)
    assert "no such folder" in refusal_of("index", tmp_path / "none", code=2)
    assert "not a folder" in refusal_of("index", hum, code=2)
    assert "'--top'" in refusal_of("search", hum, "-l", sounds, "--top", 0, code=2)
    assert "holds no word" in refusal_of("search", hum, "-l", sounds, "--text", "?!", code=2)
    assert "No such option: --bogus (see menura search --help)" in refusal_of("search", hum, "--bogus", code=2)
    assert "'--library'" in refusal_of("search", hum, code=2)
    assert "No such command 'serach'. Did you mean 'search'" in refusal_of("serach", code=2)


def other_model(folder, shipped):
    """A copy of the shipped model that scores a little higher."""
    shutil.copytree(shipped, folder)
    tensors = load_file(folder / "head.safetensors")
    tensors["output_bias"] = tensors["output_bias"] + np.float32(0.1)
    save_file(tensors, folder / "head.safetensors")
    card = json.loads((folder / "model.json").read_text())
    card["name"] = "another"
    card["sha256"]["head.safetensors"] = hashlib.sha256((folder / "head.safetensors").read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(card))
    return folder


def test_a_damaged_model_is_refused(sounds, hum, tmp_path, monkeypatch):
    installed = other_model(tmp_path / "menura" / "models" / "default", model_home())
    with (installed / "imitation.onnx").open("r+b") as file:
        file.seek(100)
        file.write(b"bit rot")
    monkeypatch.setattr("menura.model.shipped.resources", SimpleNamespace(files=lambda _: tmp_path / "menura"))
    assert "imitation.onnx: damaged" in refusal_of("search", hum, "-l", sounds, code=1)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "menura: interrupted; what is finished is kept"),
        (OSError(28, "No space left on device"), 1, "menura: No space left on device"),
        (PermissionError(13, "Permission denied", "/x"), 1, "menura: Permission denied: /x"),
    ],
)
def test_interruptions_and_the_systems_errors_are_a_line(sounds, monkeypatch, error, code, line):
    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr(Library, "index", fail)
    assert refusal_of("index", sounds, code=code).startswith(line)


def test_a_bug_is_not_hidden(sounds, monkeypatch):
    monkeypatch.setattr(Library, "index", lambda *_args, **_options: 1 / 0)
    assert isinstance(run("index", sounds).exception, ZeroDivisionError)


def test_a_reader_that_goes_away_is_no_error_worth_a_word(sounds, hum):
    command = [*MAIN, "search", hum, "-l", sounds]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 1


def test_training_without_torch_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "menura.training.default", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "kenney").mkdir()
    soundfile.write(tmp_path / "kenney" / "click.wav", np.ones(100), 8_000)
    arguments = ("--recipe", "tl-iminet", "--data", tmp_path, "--out", tmp_path / "out")
    line = refusal_of("train", "default", *arguments, code=1)
    assert line == 'menura: training needs torch: pip install "menura[train]"'


def test_a_question_is_looked_at_before_hours_of_indexing(sounds, hum, tmp_path):
    spoil_text(tmp_path / "text.wav")
    spoil_zeros(tmp_path / "zeros.wav")
    for question, code in (
        ([tmp_path / "text.wav"], 1),
        ([tmp_path / "zeros.wav"], 1),
        ([hum, "--text", "!!"], 2),
        ([hum, "--top", 0], 2),
        ([hum, "--model", tmp_path / "none"], 1),
    ):
        refusal_of("search", *question, "-l", sounds, code=code)
    assert not list(tmp_path.rglob("index.sqlite"))
