"""A dual encoder learns which take is of which recording, goes on where it was stopped, and is not trained twice."""

import numpy as np
import pytest
import torch

from menura.evaluation.metrics import mean_reciprocal_rank
from menura.evaluation.scoring import score_all
from menura.inputs.catalogue_inputs import CatalogueInputs
from menura.network.dual_encoder import TEMPERATURE, DualEncoder
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training import dual_encoder
from menura.training.all_pairs import listwise_loss
from menura.training.dual_encoder import DualEncoding, trained_dual_encoder
from mobilenets import random_network

pytestmark = pytest.mark.slow

TOWER = MobileNetTowerSpec(mn04_front_end(0.4), (PoolSpec(16),))
SPEC = NetworkSpec(TOWER, TOWER, n_hidden=384)
N, TAKES = 8, 2


@pytest.fixture(scope="module")
def inputs():
    """Recordings of one loud band each, and takes of them, in an order of their own."""
    rng = np.random.default_rng(0)
    recordings = 0.2 * rng.normal(size=(N, *TOWER.front_end.shape))
    for number, recording in enumerate(recordings):
        recording[16 * number : 16 * number + 10] += 2
    recording_of = rng.permutation(np.repeat(np.arange(N), TAKES))
    imitations = recordings[recording_of] + 0.3 * rng.normal(size=(N * TAKES, *TOWER.front_end.shape))
    return CatalogueInputs(imitations.astype(np.float16), recordings.astype(np.float16), recording_of)


def beginning():
    """Both towers alike, with weights that let something through."""
    network, weights = DualEncoder(SPEC), random_network().folded().state_dict()
    for tower in (network.imitation_tower, network.recording_tower):
        tower.net.load_state_dict(weights)
    return network


def mrr(network, inputs):
    return mean_reciprocal_rank(score_all(network, inputs.imitations, inputs.recordings), inputs.recording_of)


def test_it_learns_and_is_read_from_its_folder_afterwards(inputs, tmp_path, monkeypatch):
    settings = DualEncoding(n_steps=30, batch_size=8, learning_rate=1e-3)
    before = mrr(beginning(), inputs)
    trained = trained_dual_encoder(beginning(), inputs, run=tmp_path, settings=settings, seed=0)
    assert mrr(trained, inputs) > max(before, 0.7)  # chance: 0.34
    monkeypatch.setattr(dual_encoder, "fit", lambda *_, **__: pytest.fail("trained again"))
    again = trained_dual_encoder(beginning(), inputs, run=tmp_path, settings=settings, seed=0)
    assert all(torch.equal(again.state_dict()[name], value) for name, value in trained.state_dict().items())


def test_nt_xent_is_that_of_the_definition():
    rng = torch.Generator().manual_seed(0)
    one, other = (torch.nn.functional.normalize(torch.randn(5, 7, generator=rng), dim=1) for _ in range(2))
    logits = beginning().logits(one, other)
    terms = []
    for i in range(5):
        of_pair = torch.exp(one[i] @ other[i] / TEMPERATURE)
        terms.append(-torch.log(of_pair / torch.exp(other @ one[i] / TEMPERATURE).sum()))
        terms.append(-torch.log(of_pair / torch.exp(one @ other[i] / TEMPERATURE).sum()))
    torch.testing.assert_close(listwise_loss(logits), torch.stack(terms).mean())


def test_imitations_stand_by_their_recordings(inputs):
    features = dual_encoder._by_recording(inputs)
    assert features.imitations.shape[:2] == (N, TAKES)
    for recording, takes in zip(features.recordings, features.imitations, strict=True):
        apart = np.abs(takes.astype(np.float32) - recording).mean(axis=(1, 2))
        assert (apart < 0.3).all()
