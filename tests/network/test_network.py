"""The network is the paper's, layer by layer, and its factorised form is the same function."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from menura.errors import ModelError
from menura.network.checkpoint import load_network, save_network
from menura.network.iminet import IMINET
from menura.network.stored import HEAD_FILE, WEIGHTS_FILE
from menura.network.towers import ConvTower
from menura.specs import TL_IMINET


def random_inputs(n=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(n, 1, 39, 482, generator=generator),
        torch.randn(n, 1, 128, 128, generator=generator),
    )


def random_network(seed=0, *, batch_norm=False):
    torch.manual_seed(seed)
    network = IMINET(batch_norm=batch_norm)
    if batch_norm:  # let the running statistics differ from their initial 0 and 1
        with torch.no_grad():
            network.train()(*random_inputs(8, seed))
    return network.eval()


@pytest.mark.parametrize(
    ("tower", "expected"),
    [
        (TL_IMINET.imitation, {"conv1": (48, 17, 238), "conv2": (48, 6, 116), "conv3": (48, 1, 55)}),
        (TL_IMINET.recording, {"conv1": (24, 62, 31), "conv2": (48, 29, 6), "conv3": (48, 25, 2)}),
    ],
)
def test_every_layer_has_the_papers_shape(tower, expected):
    x = torch.zeros(1, 1, *tower.front_end.shape)
    for name, layer in ConvTower(tower).named_children():
        x = layer(x)
        if name != "flatten":
            assert tuple(x.shape[1:]) == expected.pop(name)
    assert not expected
    assert x.shape == (1, tower.n_features)


def test_parameters_are_counted():
    network = IMINET()
    counts = {name: sum(p.numel() for p in child.parameters()) for name, child in network.named_children()}
    imitation = (36 * 48 + 48) + 2 * (48 * 36 * 48 + 48)
    recording = (25 * 24 + 24) + (24 * 25 * 48 + 48) + (48 * 25 * 48 + 48)
    assert counts == {
        "imitation_tower": imitation,
        "recording_tower": recording,
        "fc1": 5_040 * 108 + 108,
        "fc2": 108 + 1,
    }
    assert sum(counts.values()) == 799_417


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_factorised_score_is_the_networks_own(seed):
    network = random_network(seed)
    imitations, recordings = random_inputs(3, seed)
    with torch.no_grad():
        whole = torch.stack([network(imitations, recordings.roll(-shift, 0)) for shift in range(3)])
        logits = network.logits(network.embed_imitation(imitations), network.project_recording(recordings))
        scores = torch.sigmoid(logits)
        factorised = torch.stack([scores[torch.arange(3), (torch.arange(3) + shift) % 3] for shift in range(3)])
    assert (whole - factorised).abs().max() < 1e-6


def test_similarities_lie_between_zero_and_one():
    scores = random_network()(*random_inputs())
    assert scores.shape == (3,)
    assert ((scores > 0) & (scores < 1)).all()


def test_folding_batch_normalisation_changes_nothing_but_the_form():
    network = random_network(batch_norm=True)
    folded = network.folded()
    assert not [name for name, _ in folded.named_modules() if name.endswith("norm")]
    assert sum(p.numel() for p in folded.parameters()) == 799_417
    imitations, recordings = random_inputs()
    with torch.no_grad():
        assert not torch.allclose(network.imitation_tower(imitations), IMINET().imitation_tower(imitations), atol=1e-2)
        np.testing.assert_allclose(network(imitations, recordings), folded(imitations, recordings), atol=1e-6)


def test_a_saved_network_is_the_same_network(tmp_path):
    network = random_network(batch_norm=True)
    save_network(network, tmp_path)
    loaded = load_network(tmp_path)
    assert loaded.spec == TL_IMINET
    with torch.no_grad():
        assert torch.equal(loaded(*random_inputs()), network.folded()(*random_inputs()))


def test_a_missing_or_damaged_network_is_refused(tmp_path):
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_network(tmp_path)
    save_network(random_network(), tmp_path)
    (tmp_path / HEAD_FILE).write_bytes(b"not a tensor")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_network(tmp_path)


def test_a_network_of_other_sizes_is_refused(tmp_path):
    save_network(random_network(), tmp_path)
    head = load_file(tmp_path / HEAD_FILE)
    head["hidden_bias"] = head["hidden_bias"][:50]
    save_file(head, tmp_path / HEAD_FILE)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_network(tmp_path)


def test_weights_carry_their_spec(tmp_path):
    save_network(random_network(), tmp_path)
    tensors = load_file(tmp_path / WEIGHTS_FILE)
    save_file(tensors, tmp_path / WEIGHTS_FILE)  # without the metadata
    with pytest.raises(ModelError, match="spec"):
        load_network(tmp_path)
