"""The paper's recipe: its pairs, its optimiser, and a loss that goes down."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from menura.errors import DataError
from menura.network.iminet import IMINET
from menura.network.tied import TIED_IMINET, TiedIMINET
from menura.training.fit import Batches, fit
from menura.training.pairs import batches_of_pairs, draw_pairs
from menura.training.pairwise import PairwiseTraining, tensors_of_pairs
from menura.training.settings import FineTuning
from toy import toy_features, toy_network


def test_the_papers_numbers_of_pairs():
    pairs = draw_pairs(np.repeat(np.arange(120), 7), 120, np.random.default_rng(0))
    assert (pairs.matches.sum(), (~pairs.matches).sum()) == (840, 840)


@given(n=st.integers(2, 20), per_sound=st.integers(1, 5), seed=st.integers(0, 99))
def test_each_imitation_has_its_own_recording_once_and_another_once(n, per_sound, seed):
    recording_of = np.random.default_rng(seed).permutation(np.repeat(np.arange(n), per_sound))
    pairs = draw_pairs(recording_of, n, np.random.default_rng(seed))
    for matches in (True, False):
        rows = np.flatnonzero(pairs.matches == matches)
        assert np.array_equal(np.sort(pairs.imitation[rows]), np.arange(n * per_sound))
        assert ((pairs.recording[rows] == recording_of[pairs.imitation[rows]]) == matches).all()
        assert np.isin(pairs.recording[rows], np.arange(n)).all()


def test_mismatches_are_spread_over_all_other_recordings():
    pairs = draw_pairs(np.zeros(4_000, int), 5, np.random.default_rng(0))
    counts = np.bincount(pairs.recording[~pairs.matches], minlength=5)
    assert counts[0] == 0
    assert (abs(counts[1:] - 1_000) < 150).all()


def test_one_recording_has_no_mismatch():
    with pytest.raises(DataError, match="needs 2 at least"):
        draw_pairs(np.zeros(3, int), 1, np.random.default_rng(0))


def test_an_epoch_is_every_pair_once_with_both_kinds_in_each_batch():
    pairs = draw_pairs(np.repeat(np.arange(10), 7), 10, np.random.default_rng(0))
    batches = list(batches_of_pairs(pairs, 32, np.random.default_rng(1)))
    assert [len(batch) for batch in batches] == [32, 32, 32, 32, 12]
    assert all(batch.matches.mean() == 0.5 for batch in batches)
    imitation, recording = (np.concatenate([getattr(b, name) for b in batches]) for name in ("imitation", "recording"))
    assert sorted(zip(imitation, recording, strict=True)) == sorted(zip(pairs.imitation, pairs.recording, strict=True))


def train(run, settings, network):
    features = toy_features()
    pairs = draw_pairs(np.repeat(np.arange(24), 3), 24, np.random.default_rng(0))
    imitations = features.imitations.reshape(-1, *features.imitations.shape[2:])
    draw = partial(tensors_of_pairs, imitations, features.recordings, pairs, settings.batch_size)
    module = PairwiseTraining(network, settings)
    fit(module, Batches(draw, -(-len(pairs) // settings.batch_size)), run=run, epochs=settings.epochs, seed=0)
    with torch.no_grad():
        batch = next(iter(draw(np.random.default_rng(5))))
        return float(module.loss(batch))


def test_the_loss_goes_down(tmp_path):
    torch.manual_seed(0)
    before = train(tmp_path / "none", FineTuning(epochs=1, learning_rate=1e-9), toy_network())
    after = train(
        tmp_path / "some", FineTuning(epochs=20, batch_size=24, learning_rate=0.02), toy_network(batch_norm=True)
    )
    assert before == pytest.approx(np.log(2), abs=0.02)  # a network that knows nothing
    assert after < 0.8 * before


def test_the_learning_rate_decays_by_update():
    module = PairwiseTraining(toy_network(), FineTuning(learning_rate_decay=0.5))
    configured = module.configure_optimizers()
    optimiser, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    assert configured["lr_scheduler"]["interval"] == "step"
    assert type(optimiser).__name__ == "SGD"
    assert optimiser.param_groups[0]["momentum"] == 0.9
    rates = []
    for _ in range(4):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    assert rates == pytest.approx([0.01, 0.01 / 1.5, 0.01 / 2, 0.01 / 2.5])


def test_the_defaults_are_the_papers():
    assert FineTuning() == FineTuning(0.01, 1e-4, 0.9, 128, 30, 7)


def test_tied_towers_are_one(tmp_path):
    network = TiedIMINET()
    assert network.imitation_tower is network.recording_tower
    untied = IMINET(TIED_IMINET)
    tower = sum(p.numel() for p in network.recording_tower.parameters())
    assert sum(p.numel() for p in untied.parameters()) - sum(p.numel() for p in network.parameters()) == tower
    clips = torch.randn(2, 1, 128, 128)
    with torch.no_grad():
        np.testing.assert_allclose(network.eval()(clips, clips), network.folded()(clips, clips), atol=1e-6)
