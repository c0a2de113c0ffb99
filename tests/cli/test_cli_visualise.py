"""`menura visualise` from a folder of sounds to a page, and the pictures of the paper's figures."""

import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

from bundles import write_sound
from cli_calls import isolate, output_of, refusal_of, run
from menura.network.checkpoint import save_network
from menura.paper.figures import draw_figure2, draw_figure3
from menura.specs import TL_IMINET
from menura.visualise import patterns
from menura.visualise.neurons import layers_of
from menura.visualise.told import Told, lines_of_shares
from patterns_found import layer_found
from toy import toy_network


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A network that is small enough, on disk."""
    isolate(tmp_path, monkeypatch)
    torch.manual_seed(0)
    folder = tmp_path / "model"
    folder.mkdir()
    save_network(toy_network().eval(), folder)
    return folder


def page_of(out):
    return json.loads(re.search(r'id="data">(.*?)</script>', (out / "index.html").read_text(), re.DOTALL)[1])


def test_a_page_is_made_from_a_model_and_a_folder(model, tmp_path):
    sounds = tmp_path / "sounds"
    for seed in range(4):
        write_sound(sounds / f"{seed}.wav", seed)
    (sounds / "broken.wav").write_bytes(b"RIFF")
    before = {path: path.read_bytes() for path in sounds.iterdir()}
    result = run("visualise", model, "--out", tmp_path / "out", "--sounds", sounds)
    assert result.exit_code == 0, result.stderr
    assert re.search(r"index\.html \(\d+\.\d MB\): open it in a browser", result.stdout)
    assert "left out:" in result.stderr and "broken.wav" in result.stderr
    data = page_of(tmp_path / "out")
    assert {clip["name"] for clip in data["clips"]["recording"]} <= {f"{seed}.wav" for seed in range(4)}
    assert all(clip["name"].startswith("simulated imitation of ") for clip in data["clips"]["imitation"])
    assert "4 recordings and 4 simulated imitations" in data["about"]
    assert {path: path.read_bytes() for path in sounds.iterdir()} == before


def test_imitations_of_ones_own_are_searched(model, tmp_path):
    write_sound(tmp_path / "hums" / "hum.wav")
    output_of("visualise", model, "--out", tmp_path / "out", "--imitations", tmp_path / "hums")
    data = page_of(tmp_path / "out")
    assert [clip["name"] for clip in data["clips"]["imitation"]] == ["hum.wav"]
    assert data["clips"]["recording"] == []


def test_a_second_call_takes_up_the_patterns_of_the_first(model, tmp_path, monkeypatch):
    output_of("visualise", model, "--out", tmp_path / "out")
    monkeypatch.setattr("menura.visualise.patterns._write", lambda *_: pytest.fail("made again"))
    monkeypatch.setattr("menura.visualise.gallery._layer", lambda *_: pytest.fail("made again"))
    assert "give --sounds" in page_of(tmp_path / "out")["about"]
    output_of("visualise", model, "--out", tmp_path / "out")


def test_a_call_that_was_killed_is_gone_on_with_to_the_same_page(model, tmp_path, monkeypatch):
    write_sound(tmp_path / "sounds" / "kick.wav")
    asked = ("visualise", model, "--sounds", tmp_path / "sounds", "--restarts", 2)
    output_of(*asked, "--out", tmp_path / "unbroken")
    written = []

    def killed(file, found, write=patterns._write):
        write(file, found)
        written.append(found.layer.name)
        if len(written) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(patterns, "_write", killed)
        assert run(*asked, "--out", tmp_path / "broken").exit_code != 0
    assert not (tmp_path / "broken" / "index.html").exists()
    made = []
    monkeypatch.setattr(patterns, "_write", lambda _, found: made.append(found.layer.name))
    output_of(*asked, "--out", tmp_path / "broken")
    assert made and not set(made) & set(written)
    for name in ("index.html", "patterns.json"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()


def test_seeds_starts_and_how_many_neurons_are_asked_for(model, tmp_path):
    def numbers(*options):
        output_of("visualise", model, "--out", tmp_path / "out", *options)
        return json.loads((tmp_path / "out" / "patterns.json").read_text())

    usual, other = numbers("--restarts", 2), numbers("--restarts", 2, "--seed", 1)
    assert other["settings"]["seed"] == 1
    objectives = [[n["objective"] for layer in found["layers"] for n in layer["neurons"]] for found in (usual, other)]
    assert objectives[0] != objectives[1]
    quick = numbers("--quick", "--neurons", 2)
    assert [[n["neuron"] for n in layer["neurons"]] for layer in quick["layers"]] == [[0, 5]] * 4 + [[0, 7], [0]]
    assert {n["starts"] for layer in quick["layers"] for n in layer["neurons"]} == {1}
    assert len(quick["sha256"]) == 64 and quick["made_with"]["python"]


def test_how_far_it_is_is_said_in_lines(capsys):
    seconds = iter([0.0, 10.0, 31.0, 40.0, 70.0])
    told = Told(10, show=lines_of_shares(clock=lambda: next(seconds)))
    told.skip(2)
    for share in (0.1, 0.5, 0.6):
        told.tell("patterns of conv1", 4.0, share)
    told.end(4.0)
    told.tell("patterns of fc1", 4.0, 0.5)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "patterns of conv1: 25 % of all, 2 min left",
        "patterns of fc1: 75 % of all, under 1 min left",
    ]


def test_what_cannot_be_visualised_is_refused(model, tmp_path):
    (tmp_path / "empty").mkdir()
    out = tmp_path / "out"
    assert "none" in refusal_of("visualise", tmp_path / "none", "--out", out, code=1)
    assert "cannot be listed" in refusal_of("visualise", model, "--out", out, "--sounds", tmp_path / "no", code=2)
    assert "no sound there" in refusal_of("visualise", model, "--out", out, "--sounds", tmp_path / "empty", code=2)
    assert "--penalty" in refusal_of("visualise", model, "--out", out, "--penalty", "0", code=2)
    assert not (out / "index.html").exists()


def test_the_papers_figures_are_drawn(tmp_path):
    rng = np.random.default_rng(0)
    layers = {}
    for layer in layers_of(TL_IMINET):
        n = 6 if layer.is_convolutional or layer.name == "fc1" else 1
        drawn = {side: rng.standard_normal((n, *box.shape)).astype("f4") for side, box in layer.boxes.items()}
        layers[layer.name] = layer_found(layer, drawn)
    configurations = {"pre-trained only": layers, "from scratch": layers}
    draw_figure2(configurations, TL_IMINET, "recording", tmp_path / "figure2.png")
    draw_figure3(configurations, TL_IMINET, tmp_path / "figure3.png")
    for name in ("figure2.png", "figure3.png"):
        picture = np.asarray(Image.open(tmp_path / name).convert("L"))
        assert min(picture.shape) > 600
        assert picture.std() > 20
