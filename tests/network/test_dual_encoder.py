"""A dual encoder begins as mn04 twice, and what it says of a pair is the cosine of what its towers hear."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from menura.errors import ModelError
from menura.evaluation.scoring import score_all
from menura.network.dual_encoder import DUAL_ENCODER, TEMPERATURE, DualEncoder
from menura.network.iminet import IMINET
from menura.network.tied import TIED_IMINET
from menura.network.untied import untied_iminet
from menura.specs import TL_IMINET
from mobilenets import published_names, random_input, random_network


@pytest.fixture(scope="module")
def published():
    return random_network(0)


@pytest.fixture(scope="module")
def network(published, tmp_path_factory):
    file = tmp_path_factory.mktemp("mn04") / "weights.safetensors"
    save_file(published_names(published), file)
    return DualEncoder.from_mn04(file).eval()


@torch.no_grad()
def test_both_towers_begin_as_mn04_s_embedding(network, published):
    clips = random_input(3)
    means = published.outputs(clips, [16])[16].mean((2, 3))
    expected = means / means.norm(dim=1, keepdim=True)
    for heard in (network.embed_imitation(clips), network.project_recording(clips)):
        assert heard.shape == (3, DUAL_ENCODER.n_hidden)
        torch.testing.assert_close(heard, expected, rtol=1e-3, atol=1e-4)
    one, other = network.imitation_tower, network.recording_tower
    assert not {*map(id, one.parameters())} & {*map(id, other.parameters())}


@torch.no_grad()
def test_every_pair_is_scored_by_its_cosine(network):
    rng = np.random.default_rng(0)
    imitations, recordings = (rng.normal(size=(n, 128, 40)).astype(np.float32) for n in (3, 2))
    scores = score_all(network, imitations, recordings)
    for i in range(3):
        for j in range(2):
            one = network.imitation_tower(torch.from_numpy(imitations[None, None, i]))[0]
            other = network.recording_tower(torch.from_numpy(recordings[None, None, j]))[0]
            cosine = torch.nn.functional.cosine_similarity(one, other, dim=0)
            assert scores[i, j] == pytest.approx(float(cosine) / TEMPERATURE, rel=1e-4)


def test_other_weights_are_refused(tmp_path):
    save_file({"features.0.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match="not the weights of mn04"):
        DualEncoder.from_mn04(tmp_path / "other.safetensors")


def test_untied_iminet_has_towers_alike_that_share_nothing():
    network = untied_iminet()
    one, other = network.imitation_tower, network.recording_tower
    assert network.spec == TIED_IMINET != TL_IMINET
    assert [value.shape for value in one.parameters()] == [value.shape for value in other.parameters()]
    assert not {*map(id, one.parameters())} & {*map(id, other.parameters())}
    assert sum(value.numel() for value in network.parameters()) > sum(value.numel() for value in one.parameters())
    assert isinstance(network, IMINET)
