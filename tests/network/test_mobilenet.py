"""mn04 is the published network, in any of its forms, and a tower like any other."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from menura.errors import ModelError
from menura.network.checkpoint import load_network, save_network
from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNet, MobileNetTower, load_mn04
from menura.network.pooling import Pooling
from menura.specs import MN04_CHANNELS, MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from mobilenets import published_names, random_input, random_network
from toy import TOWER

POOLS = (PoolSpec(3, "spread"), PoolSpec(10, "mean", (2, 4)), PoolSpec(16))
SPEC = MobileNetTowerSpec(mn04_front_end(1.0), POOLS)


def random_tower(spec=SPEC):
    tower = MobileNetTower(spec, batch_norm=True)
    tower.net = random_network()
    return tower.eval()


def test_a_real_sound_passes_through_every_layer_as_in_the_original(mn04_reference, mn04_weights):
    network = load_mn04(mn04_weights)
    classifier = load_file(mn04_weights)
    for form in (network, network.folded()):
        with torch.no_grad():
            layers = form.outputs(torch.from_numpy(mn04_reference["log_mel"])[None, None], range(17))
            embedding = layers[16].mean((2, 3))
            hidden = nn.functional.hardswish(
                nn.functional.linear(embedding, classifier["classifier.2.weight"], classifier["classifier.2.bias"])
            )
            logits = nn.functional.linear(hidden, classifier["classifier.5.weight"], classifier["classifier.5.bias"])
        for number, output in layers.items():
            assert output.shape == tuple(mn04_reference[f"features_{number}_shape"])
            np.testing.assert_allclose(
                output.mean((0, 2, 3)), mn04_reference[f"features_{number}_mean"], atol=1e-4, rtol=0
            )
        np.testing.assert_allclose(embedding, mn04_reference["embedding"], atol=1e-4, rtol=0)
        np.testing.assert_allclose(logits, mn04_reference["logits"], atol=1e-4, rtol=0)


@pytest.mark.parametrize("n_frames", [1, 31, 100])
def test_layers_halve_the_spectrogram_five_times_whatever_its_length(n_frames):
    with torch.no_grad():
        outputs = MobileNet().eval().outputs(random_input(2, n_frames), range(17))
    mel, time = 128, n_frames
    for number, output in outputs.items():
        if number in (0, 2, 4, 7, 13):
            mel, time = mel // 2, (time + 1) // 2
        assert output.shape == (2, MN04_CHANNELS[number], mel, time)


def test_parameters_are_as_many_as_published():
    counts = [sum(p.numel() for p in layer.parameters()) for layer in MobileNet(batch_norm=True).children()]
    assert sum(counts) == 516_128
    assert counts[0] == 3 * 3 * 8 + 2 * 8
    assert counts[4] == 16 * 32 + 64 + 25 * 32 + 64 + (32 * 8 + 8 + 8 * 32 + 32) + 32 * 16 + 32
    assert counts[16] == 64 * 384 + 2 * 384


def test_no_layer_runs_that_nobody_asks_for():
    network = MobileNet().eval()
    network.layer5.register_forward_hook(lambda *_: pytest.fail("layer 5 ran"))
    with torch.no_grad():
        assert set(network.outputs(random_input(), (0, 4))) == {0, 4}


def test_folding_batch_normalisation_changes_nothing_but_the_form():
    tower = random_tower()
    folded = tower.folded()
    assert not [name for name, _ in folded.named_modules() if name.endswith("norm")]
    with torch.no_grad():
        there, back = tower(random_input()), folded(random_input())
        assert there.std() > 0.1
        np.testing.assert_allclose(there, back, atol=1e-4 * float(there.abs().max()))
        assert torch.equal(folded.folded()(random_input()), back)


def test_published_weights_are_found_by_their_names(tmp_path):
    network = random_network()
    save_file(published_names(network), tmp_path / "mn04.safetensors")
    loaded = load_mn04(tmp_path / "mn04.safetensors")
    assert not loaded.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name


@pytest.mark.parametrize("damage", ["missing", "garbled", "incomplete", "unknown", "reshaped"])
def test_other_weights_are_refused(tmp_path, damage):
    file = tmp_path / "mn04.safetensors"
    tensors = published_names(MobileNet(batch_norm=True))
    if damage == "incomplete":
        del tensors["features.3.block.1.0.weight"]
    if damage == "unknown":
        tensors["features.1.block.2.0.weight"] = torch.zeros(1)
    if damage == "reshaped":
        tensors["features.0.0.weight"] = torch.zeros(16, 1, 3, 3)
    if damage != "missing":
        save_file(tensors, file)
    if damage == "garbled":
        file.write_bytes(b"not a tensor")
    with pytest.raises(ModelError, match="not the weights of mn04"):
        load_mn04(file)


@pytest.mark.parametrize("size", [(8, 19), (4, 10), (3, 2), (1, 1)])
@pytest.mark.parametrize("grid", [(1, 1), (1, 4), (4, 1), (2, 3)])
def test_cells_are_those_of_adaptive_pooling(size, grid):
    x = torch.randn(2, 32, *size)
    cells = Pooling([PoolSpec(10, "mean", grid)])({10: x})
    expected = adaptive_avg_pool2d(x, grid).permute(0, 2, 3, 1).flatten(1)  # by cell, then by channel
    assert cells.shape == (2, PoolSpec(10, "mean", grid).n_features)
    torch.testing.assert_close(cells, expected)


def test_the_spread_is_the_standard_deviation():
    x = torch.randn(2, 16, 6, 8)
    halves = Pooling([PoolSpec(3, "spread", (1, 2))])({3: x}).reshape(2, 2, 16)
    expected = torch.stack([part.flatten(2).std(2, correction=0) for part in x.chunk(2, dim=3)], dim=1)
    torch.testing.assert_close(halves, expected, atol=1e-5, rtol=1e-4)


def test_where_nothing_varies_the_slope_is_finite():
    x = torch.ones(1, 16, 2, 2, requires_grad=True)
    Pooling([PoolSpec(3, "spread")])({3: x}).sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all()


@pytest.mark.parametrize("n_frames", [1, 100, 301])
def test_a_tower_hears_any_length(n_frames):
    tower = random_tower()
    with torch.no_grad():
        features = tower(random_input(2, n_frames))
        last = tower.net(random_input(2, n_frames)).mean((2, 3))
    assert features.shape == (2, SPEC.n_features) == (2, 16 + 8 * 32 + 384)
    torch.testing.assert_close(features[:, -384:], last)


def mixed_network():
    """An imitation tower of the paper's kind, and mn04 on the other side."""
    torch.manual_seed(0)
    network = IMINET(NetworkSpec(TOWER, SPEC, n_hidden=8), batch_norm=True)
    network.recording_tower.net = random_network()
    return network.eval()


def mixed_inputs(n=3):
    return torch.randn(n, 1, *TOWER.front_end.shape), random_input(n, 100)


def test_the_factorised_score_is_the_networks_own():
    network = mixed_network()
    imitations, recordings = mixed_inputs()
    with torch.no_grad():
        whole = network(imitations, recordings)
        factors = network.embed_imitation(imitations), network.project_recording(recordings)
        torch.testing.assert_close(torch.sigmoid(network.logits(*factors)).diagonal(), whole, atol=1e-6, rtol=0)


def test_a_saved_network_is_the_same_network(tmp_path):
    network = mixed_network()
    save_network(network, tmp_path)
    loaded = load_network(tmp_path)
    assert loaded.spec == network.spec
    inputs = mixed_inputs()
    with torch.no_grad():
        assert torch.equal(loaded(*inputs), network.folded()(*inputs))
