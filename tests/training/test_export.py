"""A bundle is the network: the same numbers without torch, whole or not there at all."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from menura.audio.kaldi import kaldi_input
from menura.errors import ModelError
from menura.model.bundle import Bundle
from menura.model.score import logits, sigmoid
from menura.model.shipped import model_home, shipped_models
from menura.network.checkpoint import load_network
from menura.network.iminet import IMINET
from menura.specs import TL_IMINET, MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training import export
from menura.training.export import export_bundle, parity
from toy import TOWER


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    torch.manual_seed(5)
    network = IMINET(batch_norm=True)
    with torch.no_grad():
        network.train()(torch.randn(4, 1, 39, 482), torch.randn(4, 1, 128, 128))
    folder = tmp_path_factory.mktemp("models") / "bundle"
    export_bundle(network.eval(), folder, name="random", training={"seed": 5}, scores={"mrr": 0.1})
    return network.folded(), folder


def inputs(spec, n=5):
    rng = np.random.default_rng(1)
    return (
        rng.standard_normal((n, 1, *tower.front_end.shape)).astype(np.float32)
        for tower in (spec.imitation, spec.recording)
    )


def test_torch_and_onnx_runtime_agree(exported):
    network, folder = exported
    assert parity(network, folder) < 1e-5


def test_the_search_score_is_the_whole_networks(exported):
    network, folder = exported
    assert_same_similarity(network, Bundle.load(folder))


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_bundle_scores_as_its_whole_network(name):
    folder = model_home(name)
    network = load_network(folder)
    assert parity(network, folder) < 1e-5
    assert_same_similarity(network, Bundle.load(name))


def assert_same_similarity(network, bundle):
    imitations, recordings = inputs(network.spec)
    with torch.no_grad():
        features = bundle.recording_features(recordings)
        projections = features @ bundle.head.recording_weight.T
        for imitation in imitations:
            repeated = torch.from_numpy(imitation)[None].expand(len(recordings), -1, -1, -1)
            whole = network(repeated, torch.from_numpy(recordings)).numpy()
            query = bundle.head.imitation_weight @ bundle.imitation_features(imitation[None])[0]
            query += bundle.head.hidden_bias
            factorised = sigmoid(logits(query, projections, bundle.output_weight, bundle.output_bias))
            # Float32 sums of 5,040 terms, in another order on each processor: 1.3e-6 was seen.
            np.testing.assert_allclose(factorised, whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", shipped_models())
def test_a_shipped_bundle_is_small_and_says_where_it_comes_from(name):
    folder = model_home(name)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 15e6
    card = json.loads((folder / "model.json").read_text())
    assert {corpus["folder"] for corpus in card["training"]["data"]} >= {"esc10", "sonic-pi"}
    assert all(corpus["licence"] for corpus in card["training"]["data"])
    assert card["training"]["recipe"]["seed"] == 0


def test_the_papers_network_ships_with_the_papers_sizes_and_far_from_chance():
    card = Bundle.load("tl-iminet").card
    assert NetworkSpec.from_dict(card["spec"]) == TL_IMINET
    assert sum(path.stat().st_size for path in model_home("tl-iminet").iterdir()) < 6e6
    held_out = card["scores"]["held_out_simulated"]
    assert held_out["mrr"] > 5 * held_out["chance_mrr"]


def test_a_bundle_names_no_folder_of_the_machine_that_made_it(exported):
    _, folder = exported
    for place in (Path(torch.__file__).parents[1], Path(export.__file__).parents[1]):
        assert not [path.name for path in folder.iterdir() if str(place).encode() in path.read_bytes()]


def test_a_bundle_can_be_trained_on(exported):
    network, folder = exported
    loaded = load_network(folder)
    for ours, theirs in zip(network.state_dict().values(), loaded.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)


def test_an_export_that_differs_is_not_kept(exported, tmp_path, monkeypatch):
    network, _ = exported
    monkeypatch.setattr(export, "parity", lambda *_: 2e-5)
    with pytest.raises(ModelError, match=r"differ by 2e-05; the export was not kept"):
        export_bundle(network, tmp_path / "bundle", name="bad", training={}, scores={})
    assert list(tmp_path.iterdir()) == []


def test_a_new_bundle_replaces_the_old_one(exported, tmp_path):
    network, _ = exported
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "stale.txt").write_text("of the old one")
    export_bundle(network, folder, name="new", training={}, scores={})
    assert Bundle.load(folder).name == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle"]
    assert not (folder / "stale.txt").exists()


@pytest.fixture(scope="module")
def of_both_kinds(tmp_path_factory):
    """A bundle with a small tower of the paper's kind for imitations, and mn04 for recordings."""
    torch.manual_seed(5)
    spec = MobileNetTowerSpec(mn04_front_end(1.0), (PoolSpec(6, "spread"), PoolSpec(10, "mean", (2, 4)), PoolSpec(16)))
    network = IMINET(NetworkSpec(TOWER, spec, n_hidden=8), batch_norm=True)
    with torch.no_grad():
        network.train()(torch.randn(4, 1, *TOWER.front_end.shape), torch.randn(4, 1, *spec.front_end.shape))
    folder = tmp_path_factory.mktemp("models") / "both"
    export_bundle(network.eval(), folder, name="both", training={}, scores={})
    return network.folded(), Bundle.load(folder)


def test_a_bundle_of_both_kinds_of_tower_scores_as_its_whole_network(of_both_kinds):
    network, bundle = of_both_kinds
    assert bundle.spec == network.spec
    assert_same_similarity(network, bundle)


@pytest.mark.parametrize("n_frames", [1, 37, 400])
def test_mn04_hears_any_length_in_onnx_runtime_too(of_both_kinds, n_frames):
    network, bundle = of_both_kinds
    recordings = np.random.default_rng(1).standard_normal((2, 1, 128, n_frames)).astype(np.float32)
    with torch.no_grad():
        expected = network.recording_tower(torch.from_numpy(recordings)).numpy()
    found = bundle.recording_features(recordings)
    assert found.shape == (2, network.spec.recording.n_features)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max(), rtol=0)


def test_mn04_hears_sound_through_its_own_front_end(of_both_kinds):
    network, bundle = of_both_kinds
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, 20_000).astype(np.float32)  # less than it can hear
    log_mel = torch.from_numpy(kaldi_input(samples, network.spec.recording.front_end))
    with torch.no_grad():
        expected = network.project_recording(log_mel[None, None]).numpy()
    np.testing.assert_allclose(bundle.project_recordings([samples]), expected, atol=1e-4, rtol=0)
