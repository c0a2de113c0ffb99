"""`menura reproduce` hands its corpora and settings on, and publishes what comes back."""

import json

import numpy as np
import pytest

from cli_calls import output_of
from menura.evaluation.systems import timbre_svm, two_dft
from menura.paper import networks, systems, table1
from menura.paper.networks import SCRATCH, THREE, TIED, TRANSFER, Pretrained
from patterns_found import network_found, pairs_found
from toy import toy_catalogue, toy_configurations

pytestmark = pytest.mark.slow


@pytest.fixture
def options(tmp_path, monkeypatch, in_one_process):
    """A toy corpus, settings that are quick, and pre-trained towers that are there."""
    (tmp_path / "corpus").mkdir()
    catalogue = toy_catalogue(tmp_path / "corpus")
    monkeypatch.setattr("menura.corpora.vocalsketch.load_vocalsketch", lambda _: catalogue)
    monkeypatch.setattr("menura.corpora.voxforge.load_voxforge", lambda _: catalogue)
    monkeypatch.setattr("menura.corpora.registry.load_environment", lambda _: catalogue)
    monkeypatch.setattr(networks, "pretrained_towers", lambda *_: Pretrained(None, None, "towers"))
    for module in (networks, table1):
        monkeypatch.setattr(module, "configurations", toy_configurations)
    settings = tmp_path / "settings.toml"
    settings.write_text("[fine_tuning]\nepochs = 1\nbatch_size = 8\nimitations_per_sound = 2\n")
    return ("--vocalsketch", tmp_path, "--settings", settings, "--work", tmp_path / "work")


def test_table_1_has_its_last_row_with_both_corpora_for_pretraining(options, tmp_path):
    printed = output_of("reproduce", "table1", *options, "--runs", 1, "--voxforge", tmp_path)
    assert "No pre-training without both --voxforge and --urbansound8k" in printed
    printed = output_of(
        "reproduce", "table1", *options, "--runs", 1, "--voxforge", tmp_path, "--urbansound8k", tmp_path
    )
    assert "1 of 3 trainings to do" in printed  # the other two rows are there
    written = json.loads((tmp_path / "work" / "table.json").read_text())
    assert [row["method"] for row in written["rows"]][:6:2] == [TIED, SCRATCH, TRANSFER]
    assert (written["runs"], written["settings"]["fine_tuning"]["epochs"]) == (1, 1)


def test_the_table_of_all_systems_is_published(options, tmp_path, monkeypatch):
    monkeypatch.setattr("menura.corpora.registry.load_imitations", lambda _: toy_catalogue(tmp_path / "corpus"))
    monkeypatch.setattr(systems, "_configurations", lambda *_: toy_configurations(None))
    monkeypatch.setattr(systems, "FAMILIES", {"2dft": two_dft.SYSTEMS})
    monkeypatch.setattr(systems, "SUPERVISED", timbre_svm.SYSTEMS)
    arguments = ("--data", tmp_path, "--runs", 1, *options[2:])
    printed = output_of("reproduce", "systems", *arguments)
    assert "No dual encoder without --mn04" in printed
    assert "Timbre + SVM *" in printed
    assert systems.NOTE in printed
    written = json.loads((tmp_path / "work" / "table.json").read_text())
    names = ["2DFT", "Timbre + SVM, of sounds never shown", "Timbre + SVM *", TIED, SCRATCH]
    assert list(dict.fromkeys(row["method"] for row in written["rows"])) == names
    assert (written["reference"], written["runs"], list(written["costs"])) == (SCRATCH, 1, names)
    assert (tmp_path / "work" / "table.png").read_bytes().startswith(b"\x89PNG")
    assert written["settings"]["dual_encoder"]["n_steps"] == 200
    assert written["corpora"]["imitations"]["content"]
    assert written["corpora"]["voxforge"] is None


def test_all_systems_are_measured_on_pairs_of_one_s_own(options, tmp_path, monkeypatch):
    folder = tmp_path / "corpus"
    toy = toy_catalogue(folder)
    for part, items in (("recordings", toy.sounds), ("imitations", toy.imitations)):
        (folder / part).mkdir()
        for item in items:
            item.path.rename(folder / part / item.path.name)
    rows = [f"{item.id}.wav,{item.sound_id}.wav" for item in toy.imitations]
    (folder / "pairs.csv").write_text("\n".join(["imitation,recording", *rows]))
    monkeypatch.setattr(systems, "_configurations", lambda *_: toy_configurations(None))
    monkeypatch.setattr(systems, "FAMILIES", {})
    monkeypatch.setattr(systems, "SUPERVISED", ())
    output_of("reproduce", "systems", "--data", folder, "--runs", 1, *options[2:])
    written = json.loads((tmp_path / "work" / "table.json").read_text())
    found = [(row["method"], row["category"], row["n_candidates"]) for row in written["rows"]]
    assert found == [(TIED, "all", 4), (SCRATCH, "all", 4)]


def test_figures_and_findings_are_those_of_the_three_networks(options, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    made = network_found(lambda _, shape: rng.standard_normal(shape))
    sides = {"imitation": (39, 482), "recording": (128, 128)}
    pairs = {side: rng.standard_normal((4, *shape)).astype(np.float32) for side, shape in sides.items()}
    layers = [*made.values(), *pairs_found(pairs).values()]
    monkeypatch.setattr("menura.visualise.patterns.network_patterns", lambda *_, **__: iter(layers))
    drawn = []
    for name in ("draw_figure2", "draw_figure3"):
        monkeypatch.setattr(
            f"menura.paper.figures.{name}", lambda found, *rest: drawn.append((list(found), rest[-1].name))
        )
    corpora = ("--voxforge", tmp_path, "--urbansound8k", tmp_path, "--out", tmp_path / "out")
    for command in ("figure2", "figure3", "findings"):
        printed = output_of("reproduce", command, *options, *corpora)
        assert f"{THREE[2]}: {TRANSFER}, trained or read from" in printed
    assert drawn == [(list(THREE), f"{name}.png") for name in ("figure2-imitation", "figure2-recording", "figure3")]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"findings.json", "findings.png"}
    written = json.loads((tmp_path / "out" / "findings.json").read_text())
    assert written["networks"] == list(THREE)
    assert len(written["findings"]) == 14
