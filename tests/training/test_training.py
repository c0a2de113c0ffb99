"""Training learns, repeats itself to the bit, and survives being stopped."""

import csv
import resource
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from menura.errors import TrainingError
from menura.evaluation.ranking import rank_features
from menura.evaluation.scoring import score_features
from menura.network.iminet import IMINET
from menura.training.all_pairs import (
    AllPairsTraining,
    hardest_loss,
    listwise_loss,
    pair_batches,
    pairs_loss,
    plain_batch,
)
from menura.training.augment import augment, muffle
from menura.training.calibration import calibrate
from menura.training.curves import limits_of, read_learning_curves
from menura.training.fit import Batches, fit
from toy import SPEC, toy_features, toy_network

ALL = np.arange(24)


def train(run, epochs, *, until=None, seed=3):
    torch.manual_seed(0)
    features = toy_features()
    module = AllPairsTraining(toy_network(batch_norm=True), learning_rate=1e-2, n_steps=3 * epochs)
    batches = Batches(partial(pair_batches, [features], ALL, 8), 3, plain_batch(features, ALL))
    fit(module, batches, run=run, epochs=until or epochs, seed=seed)
    return module.network


def assert_same_weights(one, other):
    for (name, ours), theirs in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs), name


def test_listwise_training_learns_to_find_the_imitated_sound(tmp_path):
    before = rank_features(toy_network().eval(), toy_features(), ALL)
    after = rank_features(train(tmp_path, 40).folded(), toy_features(), ALL)
    assert before.mrr < 2.5 * before.chance_mrr
    assert after.mrr > 0.6
    assert after.recall_at_10 >= after.recall_at_1 > 0.4


def test_one_seed_fixes_everything(tmp_path):
    one, same, other = train(tmp_path / "a", 2), train(tmp_path / "b", 2), train(tmp_path / "c", 2, seed=4)
    assert_same_weights(one, same)
    assert not torch.equal(one.fc1.weight, other.fc1.weight)


def test_a_stopped_training_resumes_to_the_same_weights(tmp_path):
    whole = train(tmp_path / "whole", 5)
    train(tmp_path / "stopped", 5, until=2)
    assert_same_weights(whole, train(tmp_path / "stopped", 5))


def test_logs_hold_the_learning_curve_and_it_is_drawn(tmp_path):
    train(tmp_path, 3)
    with (tmp_path / "csv" / "version_0" / "metrics.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert len([row for row in rows if row["loss"]]) == 9
    assert len([row for row in rows if row["validation_mrr"]]) == 3
    assert (tmp_path / "learning_curve.png").read_bytes().startswith(b"\x89PNG")


def test_the_curve_of_a_stopped_training_is_whole(tmp_path):
    train(tmp_path / "whole", 4)
    train(tmp_path / "stopped", 4, until=2)
    train(tmp_path / "stopped", 4)
    whole, joined = read_learning_curves(tmp_path / "whole"), read_learning_curves(tmp_path / "stopped")
    for name in ("loss", "validation_mrr"):
        assert np.array_equal(whole[name][0], joined[name][0])
        assert np.allclose(whole[name][1], joined[name][1])


def test_a_stopped_training_is_one_curve_in_every_log(tmp_path):
    train(tmp_path, 4, until=2)
    train(tmp_path, 4)
    with (tmp_path / "learning_curve.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["step"]) for row in rows] == list(range(12))
    assert all(row["loss"] for row in rows)
    assert [bool(row["validation_mrr"]) for row in rows] == [False, False, True] * 4
    (folder,) = (tmp_path / "tensorboard").iterdir()
    events = EventAccumulator(str(folder))
    events.Reload()
    assert [event.step for event in events.Scalars("loss")] == list(range(12))


def test_an_axis_shows_the_curve_and_not_what_single_steps_do(tmp_path):
    rng = np.random.default_rng(0)
    losses = 1 + np.exp(-np.arange(1_000) / 200) + 0.05 * rng.standard_normal(1_000)
    losses[500] = 6.0
    low, high = limits_of({"loss": (np.arange(1_000), losses)})
    assert 0.85 < low < 1 and 1.9 < high < 2.3
    few = (np.arange(0, 1_000, 100), np.linspace(0.476, 0.531, 10))
    assert limits_of({"validation_mrr": few}) == pytest.approx((0.476, 0.531))
    assert limits_of({"loss": (np.arange(3), np.full(3, np.nan))}) == (0, 1)
    assert limits_of({"loss": (np.arange(3), np.ones(3))}) == (0.5, 1.5)


def test_half_precision_learns_and_keeps_whole_weights(tmp_path):
    torch.manual_seed(0)
    features = toy_features()
    module = AllPairsTraining(toy_network(batch_norm=True), learning_rate=1e-2, n_steps=60)
    batches = Batches(partial(pair_batches, [features], ALL, 8), 3)
    fit(module, batches, run=tmp_path, epochs=20, seed=3, precision="bf16")
    assert module.network.fc1.weight.dtype == torch.float32
    _, losses = read_learning_curves(tmp_path)["loss"]
    assert losses[-3:].mean() < 0.75 * losses[:3].mean()


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    train(tmp_path, 2, until=1)
    other = AllPairsTraining(IMINET(replace(SPEC, n_hidden=9), batch_norm=True), learning_rate=1e-2, n_steps=6)
    with pytest.raises(TrainingError, match=r"last\.ckpt: of a network of other sizes \(.* is 8.* there, 9"):
        fit(other, Batches(partial(pair_batches, [toy_features()], ALL, 8), 3), run=tmp_path, epochs=2, seed=3)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    train(tmp_path, 2, until=1)
    checkpoint = tmp_path / "last.ckpt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1_000])
    with pytest.raises(TrainingError, match="not a checkpoint that can be read; delete it"):
        train(tmp_path, 2)


def test_a_checkpoint_that_finds_no_room_leaves_the_last_one(tmp_path):
    train(tmp_path, 3, until=1)
    whole = (tmp_path / "last.ckpt").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) // 2, limits[1]))  # what a full disk looks like from inside
    try:
        with pytest.raises(OSError, match="File too large"):
            train(tmp_path, 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "last.ckpt").read_bytes() == whole
    assert_same_weights(train(tmp_path, 3), train(tmp_path / "undisturbed", 3))


def test_an_epoch_shows_every_pair_once_and_matching():
    features = toy_features()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("menura.training.all_pairs.augment", lambda clips, _: clips)
        batches = list(pair_batches([features], ALL, 8, np.random.default_rng(0), muffled=False))
    recordings = torch.cat([recording for _, recording in batches])[:, 0].numpy()
    assert len(np.unique(recordings.reshape(24, -1), axis=0)) == 24
    for imitations, recordings in batches:
        errors = (imitations[:, None, 0] - recordings[None, :, 0]).square().mean((2, 3))
        assert (errors.argmin(1) == torch.arange(8)).all()


def test_augmentation_changes_little_and_not_its_input():
    clips = np.random.default_rng(0).standard_normal((20, 12, 40)).astype(np.float32)
    original = clips.copy()
    changed = augment(clips, np.random.default_rng(1))
    assert np.array_equal(clips, original)
    assert changed.shape == clips.shape
    assert np.isfinite(changed).all()
    assert not np.array_equal(changed, clips)
    assert np.array_equal(changed, augment(clips, np.random.default_rng(1)))


def test_muffling_takes_the_highest_bands_of_a_third():
    clips = np.random.default_rng(0).standard_normal((300, 40, 50)).astype(np.float32)
    original = clips.copy()
    muffled = muffle(clips, np.random.default_rng(1))
    assert np.array_equal(clips, original)
    changed = np.flatnonzero((muffled != clips).any(axis=(1, 2)))
    assert 0.25 < len(changed) / 300 < 0.4
    for clip in muffled[changed]:
        empty = np.flatnonzero((clip == clip.min()).all(axis=1))
        assert np.array_equal(empty, np.arange(40 - len(empty), 40))  # from some band upwards
        assert len(empty) <= 8
    assert np.allclose(muffled.mean(axis=(1, 2))[changed], 0, atol=1e-5)
    assert np.allclose(muffled.std(axis=(1, 2))[changed], 1, atol=1e-4)


@pytest.mark.parametrize("loss", [listwise_loss, hardest_loss, pairs_loss])
def test_losses_want_the_diagonal_highest(loss):
    torch.manual_seed(0)
    logits = torch.randn(12, 12)
    assert loss(logits + 6 * torch.eye(12)) < loss(logits) < loss(logits - 6 * torch.eye(12))
    logits.requires_grad_()
    loss(logits).backward()
    assert (logits.grad.diagonal() < 0).all()


def test_losses_in_closed_form():
    n = 12
    assert listwise_loss(torch.zeros(n, n)).item() == pytest.approx(np.log(n))
    assert hardest_loss(torch.zeros(n, n), 8).item() == pytest.approx(np.log(9))
    assert pairs_loss(torch.zeros(n, n)).item() == pytest.approx(np.log(2))
    everything = torch.randn(n, n, generator=torch.Generator().manual_seed(0))
    assert hardest_loss(everything, n).item() == pytest.approx(listwise_loss(everything).item(), rel=1e-5)


def test_calibration_moves_no_rank_and_centres_the_scores():
    torch.manual_seed(0)
    network, features = toy_network().eval(), toy_features()
    with torch.no_grad():
        network.fc2.weight.mul_(30)
        network.fc2.bias.add_(-20)
    before, target = score_features(network, features, ALL)
    calibrate(network, features, ALL)
    after, _ = score_features(network, features, ALL)
    assert np.array_equal(before.argsort(1, kind="stable"), after.argsort(1, kind="stable"))
    right = torch.sigmoid(torch.from_numpy(after[np.arange(len(target)), target])).mean()
    wrong = (torch.sigmoid(torch.from_numpy(after)).sum() - right * len(target)) / (after.size - len(target))
    # At the optimum of the shift, the mean probability over both kinds is their share: one half.
    assert float(right + wrong) / 2 == pytest.approx(0.5, abs=1e-3)
