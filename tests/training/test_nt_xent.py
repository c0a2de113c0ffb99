"""A dual encoder learns which take is of which recording, goes on where it was stopped, and is not trained twice."""

import numpy as np
import pytest
import torch

from menura.inputs.catalogue_inputs import CatalogueInputs
from menura.network.dual_encoder import TEMPERATURE, DualEncoder
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training import dual_encoder
from menura.training.all_pairs import listwise_loss, plain_batch
from menura.training.dual_encoder import trained_dual_encoder
from menura.training.settings import DualEncoding

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


@torch.no_grad()
def loss_of(network, inputs):
    features = dual_encoder._by_recording(inputs)
    imitations, recordings = plain_batch(features, np.arange(N))
    return float(
        listwise_loss(network.logits(network.embed_imitation(imitations), network.project_recording(recordings)))
    )


def test_it_learns_and_is_read_from_its_folder_afterwards(inputs, tmp_path, monkeypatch, mn04_weights):
    settings = DualEncoding(n_steps=10, batch_size=8, learning_rate=3e-4)
    before = loss_of(DualEncoder.from_mn04(mn04_weights, SPEC), inputs)
    trained = trained_dual_encoder(
        DualEncoder.from_mn04(mn04_weights, SPEC), inputs, run=tmp_path, settings=settings, seed=0
    )
    assert loss_of(trained, inputs) < 0.7 * before
    monkeypatch.setattr(dual_encoder, "fit", lambda *_, **__: pytest.fail("trained again"))
    again = trained_dual_encoder(DualEncoder(SPEC), inputs, run=tmp_path, settings=settings, seed=0)
    assert all(torch.equal(again.state_dict()[name], value) for name, value in trained.state_dict().items())


def test_nt_xent_is_that_of_the_definition():
    rng = torch.Generator().manual_seed(0)
    one, other = (torch.nn.functional.normalize(torch.randn(5, 7, generator=rng), dim=1) for _ in range(2))
    logits = DualEncoder(SPEC).logits(one, other)
    terms = []
    for i in range(5):
        of_pair = torch.exp(one[i] @ other[i] / TEMPERATURE)
        terms.append(-torch.log(of_pair / torch.exp(other @ one[i] / TEMPERATURE).sum()))
        terms.append(-torch.log(of_pair / torch.exp(one @ other[i] / TEMPERATURE).sum()))
    torch.testing.assert_close(listwise_loss(logits), torch.stack(terms).mean())


def test_imitations_stand_by_their_recordings_and_again_where_there_are_fewer(inputs):
    fewer = CatalogueInputs(inputs.imitations[1:], inputs.recordings, inputs.recording_of[1:])
    lonely = dual_encoder._by_recording(fewer).imitations[inputs.recording_of[0]]
    assert np.array_equal(lonely[0], lonely[1])
    features = dual_encoder._by_recording(inputs)
    assert features.imitations.shape[:2] == (N, TAKES)
    for recording, takes in zip(features.recordings, features.imitations, strict=True):
        apart = np.abs(takes.astype(np.float32) - recording).mean(axis=(1, 2))
        assert (apart < 0.3).all()
