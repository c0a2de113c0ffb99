"""What learned and hand-made features are of: constant-Q levels, patches, timbre; and what the machine decides."""

import numpy as np
import pytest

from menura.errors import DataError
from menura.evaluation.systems import auto_encoder, imisound, svm, timbre_svm
from menura.evaluation.systems.constant_q import (
    BINS_PER_OCTAVE,
    DYNAMIC_RANGE_DB,
    HOP_SAMPLES,
    LOWEST_HZ,
    N_BINS,
    N_FRAMES,
    SAMPLE_RATE_HZ,
    constant_q_levels,
)
from sounds_made import RATE_HZ, noise, silence, tone


def sine(hz, duration_s):
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(duration_s * RATE_HZ)) / RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("bin_number", [12, 30, 57, 80])
def test_a_tone_is_loudest_in_the_bin_of_its_frequency(bin_number):
    levels = constant_q_levels(sine(LOWEST_HZ * 2 ** (bin_number / BINS_PER_OCTAVE), 4.0), RATE_HZ)
    assert levels.shape == (N_BINS, N_FRAMES)
    assert (levels[:, 30:90].argmax(axis=0) == bin_number).all()


def test_constant_q_levels_are_those_of_the_definition():
    """Sums of the sound with windowed exponentials as many periods long as the bins are narrow, one by one."""
    rng = np.random.default_rng(0)
    sound = tone(220 * 2 ** np.linspace(0, 2, 4 * RATE_HZ), 4) + 0.02 * rng.normal(size=4 * RATE_HZ).astype(np.float32)
    levels = constant_q_levels(sound, RATE_HZ)
    periods = 1 / (2 ** (1 / BINS_PER_OCTAVE) - 1)
    bins, frames = np.arange(24, 72, 5), np.arange(20, 100, 7)
    expected = np.empty((len(bins), len(frames)))
    for row, number in enumerate(bins):
        hz = LOWEST_HZ * 2 ** (number / BINS_PER_OCTAVE)
        length = round(periods * SAMPLE_RATE_HZ / hz)
        window = np.hanning(length)
        kernel = window / window.sum() * np.exp(-2j * np.pi * hz * np.arange(length) / SAMPLE_RATE_HZ)
        for column, frame in enumerate(frames):
            start = frame * HOP_SAMPLES - length // 2
            expected[row, column] = np.abs(sound[start : start + length] @ kernel) * np.sqrt(length)
    decibels = 20 * np.log10(expected / expected.max())
    found = DYNAMIC_RANGE_DB * (levels[np.ix_(bins, frames)] - levels[np.ix_(bins, frames)].max())
    loud = decibels > -25
    assert loud.sum() > 20
    assert np.abs(found - decibels)[loud].mean() < 1.0


def test_patches_are_what_is_heard_of_a_sound():
    sound = np.concatenate([silence(0.5), noise(0.7), silence(1.5), noise(0.7), silence(0.5)])
    levels = auto_encoder.describe(sound, RATE_HZ)
    assert 80 < len(levels) < 100  # 2.9 s without the silent ends
    cut = auto_encoder.patches(levels)
    assert cut.shape[1] == auto_encoder.N_INPUTS
    assert cut.any(axis=1).all()
    assert len(cut) < (len(levels) - 20) // 10 + 1  # the silence between is none
    assert auto_encoder.patches(auto_encoder.describe(silence(1), RATE_HZ)).shape == (1, auto_encoder.N_INPUTS)


def test_an_auto_encoder_gives_back_more_than_the_mean_and_the_same_for_a_seed():
    sounds = [auto_encoder.describe(tone(hz, 2.0), RATE_HZ) for hz in np.geomspace(150, 1_500, 12)]
    learned, again = (auto_encoder.learn(sounds, seed) for seed in (3, 3))
    assert all(np.array_equal(learned[name], again[name]) for name in learned)
    other = auto_encoder.learn(sounds, 4)
    assert not np.array_equal(learned["weight1"], other["weight1"])
    features = np.concatenate([auto_encoder.encode(sound, learned) for sound in sounds])
    assert features.shape[1] == auto_encoder.N_FEATURES
    inputs = np.concatenate([auto_encoder.patches(sound) for sound in sounds])
    design = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    rows = np.arange(len(inputs)) % 2 == 0  # what a linear reader of the features knows of patches that it did not see
    read, *_ = np.linalg.lstsq(design[rows], inputs[rows], rcond=1e-3)
    left = ((inputs[~rows] - design[~rows] @ read) ** 2).mean()
    assert left < 0.5 * ((inputs[~rows] - inputs[rows].mean(axis=0)) ** 2).mean()


def test_imisound_s_distances_are_those_of_the_definitions():
    rng = np.random.default_rng(0)
    means = rng.uniform(size=(4, 6)).astype(np.float32)
    variances = rng.uniform(0.1, 1, size=(4, 6)).astype(np.float32)
    euclidean, cosine = imisound.euclidean_scores(means, means), imisound.cosine_scores(means, means)
    kl = imisound.kl_scores(*[np.stack([means, variances], axis=1)] * 2)
    a, b = means[1].astype(float), means[3].astype(float)
    assert euclidean[1, 3] == pytest.approx(-np.sqrt(((a - b) ** 2).sum()))
    assert cosine[1, 3] == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)))
    s, t = variances[1].astype(float), variances[3].astype(float)
    there = 0.5 * (s / t + (a - b) ** 2 / t - 1 + np.log(t / s)).sum()
    back = 0.5 * (t / s + (a - b) ** 2 / s - 1 + np.log(s / t)).sum()
    assert kl[1, 3] == pytest.approx(-(there + back))


def described(samples):
    return dict(zip(timbre_svm.NAMES, timbre_svm.describe(samples, RATE_HZ), strict=True))


def test_timbre_is_what_its_names_say():
    low, high, hiss = (described(sound) for sound in (sine(200, 1.0), sine(1_600, 1.0), noise(1.0)))
    assert high["centroid, median"] - low["centroid, median"] == pytest.approx(3.0, abs=0.3)  # octaves
    assert high["fundamental, median"] - low["fundamental, median"] == pytest.approx(3.0, abs=0.1)
    assert hiss["spread, median"] > 3 * low["spread, median"]
    assert hiss["flatness, median"] > low["flatness, median"] + 2
    assert hiss["zero crossings, median"] > high["zero crossings, median"] > low["zero crossings, median"]
    assert low["crest, median"] > hiss["crest, median"]
    assert hiss["variation, median"] > 10 * low["variation, median"]


def test_the_envelope_is_what_its_names_say():
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    sudden, slow = sine(400, 2.0) * np.exp(-4 * time_s), sine(400, 2.0) * np.minimum(1, time_s)
    of_sudden, of_slow = described(sudden), described(slow)
    assert 10 ** of_slow["log attack time"] == pytest.approx(0.8, abs=0.1)  # from a tenth to nine tenths
    assert 10 ** of_sudden["log attack time"] < 0.05
    assert of_sudden["temporal centroid"] == pytest.approx(0.25, abs=0.05)  # of exp(-4 t)
    assert of_sudden["effective duration"] == pytest.approx(np.log(1 / 0.4) / 4, abs=0.05)
    trembling = described(sine(400, 2.0) * (1 + 0.5 * np.sin(2 * np.pi * 6 * time_s)).astype(np.float32))
    assert trembling["modulation rate"] == pytest.approx(6, abs=0.3)
    assert trembling["modulation"] > 2 * described(sine(400, 2.0))["modulation"]


@pytest.mark.parametrize("n_classes", [2, 5])
def test_a_machine_knows_classes_and_nothing_of_shuffled_ones(n_classes):
    rng = np.random.default_rng(0)
    centres = 3 * rng.normal(size=(n_classes, 8))
    classes = np.repeat(np.arange(n_classes), 40)
    examples, queries = (centres[classes] + rng.normal(size=(len(classes), 8)) for _ in range(2))

    def right(labels):
        machine = svm.train(examples.astype(np.float32), labels)
        decisions = machine.decide(queries)
        assert decisions.shape == (len(queries), n_classes)
        assert machine.n_numbers > 8 * n_classes
        return (decisions.argmax(axis=1) == classes).mean()

    assert right(classes) > 0.95
    by_chance = [right(rng.permutation(classes)) for _ in range(10)]
    assert np.mean(by_chance) == pytest.approx(1 / n_classes, abs=0.1)


def test_one_class_is_refused():
    with pytest.raises(DataError, match="one sound only"):
        svm.train(np.zeros((3, 2), np.float32), np.zeros(3, np.intp))
