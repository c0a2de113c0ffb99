"""Variants are other sounds of the same kind, imitated anew."""

import numpy as np
import pytest
import soundfile

from menura.inputs.pair_features import imitation_seed, load_pair_features
from menura.inputs.variants import vary
from menura.training.all_pairs import pair_batches
from toy import toy_features

RATE_HZ = 44_100
TONE = 0.4 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)


def variants(n=40):
    return [vary(TONE, RATE_HZ, np.random.default_rng(seed)) for seed in range(n)]


def test_variants_differ_in_speed_and_keep_their_peak():
    made = variants()
    lengths = np.array([len(varied) for varied in made]) / len(TONE)
    assert 0.57 < lengths.min() < 0.75
    assert 1.35 < lengths.max() < 1.75
    for varied in made:
        assert varied.dtype == np.float32
        assert np.abs(varied).max() == pytest.approx(np.abs(TONE).max(), rel=1e-4)
        hz = np.argmax(np.abs(np.fft.rfft(varied))) * RATE_HZ / len(varied)
        assert hz == pytest.approx(440 * len(TONE) / len(varied), rel=0.02)  # slower is lower, as on a tape


def test_some_are_reversed_and_some_fade():
    attack = TONE * np.exp(-np.arange(len(TONE)) / 5_000)
    made = [vary(attack, RATE_HZ, np.random.default_rng(seed)) for seed in range(60)]
    backwards = sum(np.abs(varied[: len(varied) // 4]).max() < 0.3 * np.abs(varied).max() for varied in made)
    assert 3 <= backwards <= 18
    halves = [np.abs(v[len(v) // 2 :]).max() / np.abs(v[: len(v) // 2]).max() for v in variants(60)]
    assert 8 <= sum(half < 0.8 for half in halves) <= 30


def test_the_same_seed_makes_the_same_variant_and_leaves_its_input():
    before = TONE.copy()
    one, again = (vary(TONE, RATE_HZ, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, again)
    assert np.array_equal(TONE, before)


@pytest.mark.parametrize("samples", [np.zeros(1_000), np.ones(1), np.zeros(1)])
def test_silence_and_a_single_sample_have_variants(samples):
    varied = vary(samples.astype(np.float32), RATE_HZ, np.random.default_rng(0))
    assert len(varied) >= 1
    assert np.isfinite(varied).all()


def test_features_of_a_variant_are_those_of_another_sound(tmp_path):
    path = tmp_path / "sounds" / "tone.wav"
    path.parent.mkdir()
    soundfile.write(path, TONE, RATE_HZ)
    plain, one, other = (
        load_pair_features([path], n_imitations=1, seed=0, cache=tmp_path / "cache", variant=variant)
        for variant in range(3)
    )
    assert not np.array_equal(plain.recordings, one.recordings)
    assert not np.array_equal(one.recordings, other.recordings)
    assert not np.array_equal(one.imitations, other.imitations)
    seeds = {imitation_seed(0, path, take, variant) for take in range(5) for variant in range(5)}
    assert len(seeds) == 25


def test_batches_draw_from_all_variants_and_pair_each_with_its_own(monkeypatch):
    monkeypatch.setattr("menura.training.all_pairs.augment", lambda clips, _: clips)
    several = [toy_features(seed=seed) for seed in range(3)]
    drawn = set()
    batches = pair_batches(several, np.arange(24), 8, np.random.default_rng(0), muffled=False)
    for imitations, recordings in batches:
        for imitation, recording in zip(imitations[:, 0].numpy(), recordings[:, 0].numpy(), strict=True):
            errors = [np.square(features.recordings - recording).mean(axis=(1, 2)) for features in several]
            variant, row = np.unravel_index(np.argmin(errors), (3, 24))
            assert np.square(imitation - several[variant].recordings[row]).mean() < 0.2
            drawn.add(int(variant))
    assert drawn == {0, 1, 2}
