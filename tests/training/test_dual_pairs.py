"""A dual encoder of one's own pairs by the command that trains the paper's network, measured as that is."""

import json

import numpy as np
import pytest
import torch

from cli_calls import isolate, output_of, refusal_of
from menura.errors import ModelError
from menura.inputs.digest import content_digests
from menura.model.heard import TRAINED, Heard
from menura.network.checkpoint import load_network, save_network
from menura.network.dual_encoder import DualEncoder
from menura.network.stored import network_sha256, stored_system
from menura.network.stored_dual import load_scorer, save_dual_encoder
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training import dual_encoder
from toy import toy_catalogue, toy_network

TOWER = MobileNetTowerSpec(mn04_front_end(0.4), (PoolSpec(16),))
SPEC = NetworkSpec(TOWER, TOWER, n_hidden=384)


@pytest.fixture
def small(tmp_path, monkeypatch, in_one_process):
    """A corpus of eight sounds, and a dual encoder that hears less of them, so that nothing takes long."""
    isolate(tmp_path, monkeypatch)
    (tmp_path / "corpus").mkdir()
    catalogue = toy_catalogue(tmp_path / "corpus")
    monkeypatch.setattr("menura.corpora.registry.load_imitations", lambda _: catalogue)

    def from_mn04(weights):
        assert weights.name == "weights.safetensors"
        torch.manual_seed(0)
        return DualEncoder(SPEC)

    monkeypatch.setattr(dual_encoder.DualEncoder, "from_mn04", from_mn04)
    (tmp_path / "weights.safetensors").write_bytes(b"mn04")
    (tmp_path / "my.toml").write_text("system = 'dual-encoder'\n[dual_encoder]\nn_steps = 2\nbatch_size = 4\n")
    return catalogue


def asked(tmp_path):
    files = ("--settings", tmp_path / "my.toml", "--mn04", tmp_path / "weights.safetensors")
    return (
        "train",
        "pairs",
        "--data",
        tmp_path / "corpus",
        "--out",
        tmp_path / "mine",
        "--work",
        tmp_path / "work",
        *files,
    )


def test_a_dual_encoder_is_trained_by_the_same_command_and_measured(small, tmp_path, monkeypatch):
    assert "`menura evaluate` reads it" in output_of(*asked(tmp_path))
    home = tmp_path / "mine"
    assert stored_system(home) == "dual-encoder"
    trained = load_scorer(home)
    assert isinstance(trained, DualEncoder) and trained.spec == SPEC and not trained.training
    torch.manual_seed(0)
    untrained = DualEncoder(SPEC).state_dict()
    assert any(not torch.equal(untrained[name], value) for name, value in trained.state_dict().items())
    digests = content_digests(small.paths, tmp_path / "work" / "features")
    assert set(map(Heard.read(home).purpose, digests)) == {TRAINED}
    assert json.loads((home / "training.json").read_text())["settings"]["n_steps"] == 2

    first = network_sha256(home)
    monkeypatch.setattr(dual_encoder, "fit", lambda *_, **__: pytest.fail("trained again"))
    output_of(*asked(tmp_path))
    assert network_sha256(home) == first
    assert not [left for left in tmp_path.iterdir() if left.name.startswith(".mine")]

    measured = ("--data", tmp_path / "corpus", "--out", tmp_path / "measured", "--work", tmp_path / "work", "--runs", 2)
    assert "has heard" in output_of("evaluate", home, *measured)
    table = json.loads((tmp_path / "measured" / "table.json").read_text())
    assert table["models"] == {str(home): first}
    assert all(0 < row["mrr"] <= 1 for row in table["rows"])


def test_what_compares_a_dual_encoder_is_on_disk_as_it_was(tmp_path):
    torch.manual_seed(1)
    network = DualEncoder(SPEC).eval()
    save_dual_encoder(network, tmp_path)
    clips = torch.randn(2, 3, 1, *TOWER.front_end.shape)
    with torch.no_grad():
        ours, theirs = (
            one.logits(one.embed_imitation(clips[0]), one.project_recording(clips[1]))
            for one in (network, load_scorer(tmp_path))
        )
    np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(ModelError, match="a dual encoder, which `menura evaluate` alone reads"):
        load_network(tmp_path)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_scorer(tmp_path)


def test_the_papers_network_is_read_as_before(tmp_path):
    save_network(toy_network(), tmp_path)
    assert stored_system(tmp_path) == "tl-iminet"
    assert load_scorer(tmp_path).spec == load_network(tmp_path).spec


def test_a_dual_encoder_begins_with_mn04_alone(small, tmp_path):
    assert "begins with mn04; leave it out" in refusal_of(*asked(tmp_path), "--begin", "tl-iminet", code=2)
    missing = (*asked(tmp_path)[:-1], tmp_path / "none")
    assert "menura data get mn04" in refusal_of(*missing, code=2)
    assert not (tmp_path / "mine").exists()
