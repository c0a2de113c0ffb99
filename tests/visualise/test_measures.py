"""What patterns look like as numbers, on patterns whose numbers are known, and the findings drawn from them."""

import numpy as np
import pytest

from menura.paper.findings import finding_of_pairs, findings_of_one, findings_of_three
from menura.specs import TL_IMINET
from menura.visualise.likeness import pair_likeness
from menura.visualise.measures import coherence, direction_degrees, extent, fineness, period_frames, sharpness
from menura.visualise.neurons import layers_of
from menura.visualise.patterns import LayerPatterns
from menura.visualise.representatives import representatives

RNG = np.random.default_rng(0)
MEL, TIME = np.mgrid[:32, :100].astype(np.float32)


def stripes(degrees, period, phase=0.0):
    """Stripes that run in a direction: 0 along time."""
    across = np.radians(degrees + 90)
    return np.sin(2 * np.pi * (np.cos(across) * TIME + np.sin(across) * MEL) / period + phase).astype(np.float32)


@pytest.mark.parametrize("degrees", [0, 90, 30, -45, 60, -80])
def test_a_stripe_has_a_direction(degrees):
    assert coherence(stripes(degrees, 12)) > 0.9
    missed = (direction_degrees(stripes(degrees, 12)) - degrees + 90) % 180 - 90
    assert abs(missed) < 4


def test_noise_has_none():
    assert coherence(RNG.standard_normal((60, 60)).astype(np.float32)) < 0.1
    assert coherence(np.ones((5, 5), np.float32)) == 0


@pytest.mark.parametrize("period", [5, 8, 20, 33])
def test_a_repetition_has_a_period(period):
    assert period_frames(stripes(90, period)) == pytest.approx(period, rel=0.06)
    noisy = stripes(90, period) + 0.5 * RNG.standard_normal((32, 100)).astype(np.float32)
    assert period_frames(noisy) == pytest.approx(period, rel=0.06)


def test_the_extent_leaves_out_what_is_weak():
    pattern = np.zeros((32, 100), np.float32)
    pattern[10:14, 40:60] = 1
    pattern[0, 0] = 0.5
    assert extent(pattern) == (4, 19)
    assert extent(np.ones((10, 20), np.float32)) == (9, 18)


def test_edges_are_sharper_than_slopes_and_details_finer():
    smooth, square = stripes(90, 40), np.sign(stripes(90, 40))
    assert sharpness(square) > 3 * sharpness(smooth)
    assert fineness(stripes(90, 5)) == pytest.approx(0.2, rel=0.1)
    assert fineness(stripes(90, 20)) < 0.5 * fineness(stripes(90, 5))
    assert fineness(RNG.standard_normal((64, 64)).astype(np.float32)) == pytest.approx(0.38, abs=0.02)
    for measure in (coherence, period_frames, sharpness, fineness):
        assert measure(7 * smooth) == pytest.approx(measure(smooth), rel=1e-4)


def layer_found(name, patterns):
    layer = next(layer for layer in layers_of(TL_IMINET) if layer.name == name)
    n = len(next(iter(patterns.values())))
    return LayerPatterns(layer, patterns, np.ones(n, np.float32), np.ones(n, np.int64), np.ones(n, bool), 0.0)


def network_found(make):
    """A network's layers, of 20 neurons each, as `make` draws them from depth and shape."""
    found = {}
    for layer in layers_of(TL_IMINET):
        if layer.is_convolutional:
            ((side, box),) = layer.boxes.items()
            patterns = np.stack([make(layer.depth, box.shape) for _ in range(20)]).astype(np.float32)
            found[layer.name] = layer_found(layer.name, {side: patterns})
    return found


def as_the_paper_says(depth, shape):
    """An edge, a texture with periods of 4 frames, one with periods of 16."""
    mel, time = np.mgrid[: shape[0], : shape[1]]
    phase = RNG.uniform(0, 2 * np.pi)
    if depth == 1:
        return np.where(RNG.uniform() < 0.5, mel, time) - 2.0 + 0.05 * RNG.standard_normal(shape)
    return np.sin(2 * np.pi * time / (4 if depth == 2 else 16) + phase) + 0.1 * RNG.standard_normal(shape)


def test_the_findings_hold_for_patterns_made_so_and_not_for_noise():
    made = findings_of_one(network_found(as_the_paper_says), "recording", 1_024 / 44_100)
    assert [finding.confirmed for finding in made] == [True] * 4
    assert "ratio of the medians 4." in made[2].note or "ratio of the medians 3.9" in made[2].note
    noise = findings_of_one(network_found(lambda _, shape: RNG.standard_normal(shape)), "recording", 1_024 / 44_100)
    assert not noise[0].confirmed


def test_sharper_and_finer_are_told_from_the_contrary():
    smooth = network_found(lambda _, shape: np.cumsum(np.cumsum(RNG.standard_normal(shape), axis=1), axis=0))
    rough = network_found(lambda _, shape: RNG.standard_normal(shape))
    forth = findings_of_three(smooth, smooth, rough)
    back = findings_of_three(rough, rough, smooth)
    assert [finding.confirmed for finding in forth] == [True] * 4
    assert [finding.confirmed for finding in back] == [False] * 4
    assert not any(finding.confirmed for finding in findings_of_three(rough, rough, rough))
    described = forth[0].to_dict()
    assert described["groups"]["pre-trained only"]["n"] == 60
    assert described["confirmed"] is True


FRAME_S = {"imitation": 133 / 16_000, "recording": 1_024 / 44_100}


def pairs(alike, n=30):
    """Both sides of n FC1 neurons: bursts at the same moments on both sides, or at any."""
    times = RNG.uniform(0.3, 2.5, (2, n, 3))
    if alike:
        times[1] = times[0]
    sides = {}
    for index, (side, shape) in enumerate({"imitation": (39, 482), "recording": (128, 128)}.items()):
        at_s = np.arange(shape[1]) * FRAME_S[side]
        bursts = np.exp(-(((at_s - times[index][:, :, None]) / 0.1) ** 2)).sum(axis=1)
        sides[side] = (bursts[:, None, :] + 0.1 * RNG.standard_normal((n, *shape))).astype(np.float32)
    return sides


def test_pairs_that_are_alike_are_told_from_shuffled_ones():
    alike = finding_of_pairs({"fc1": layer_found("fc1", pairs(alike=True))}, FRAME_S)
    apart = finding_of_pairs({"fc1": layer_found("fc1", pairs(alike=False))}, FRAME_S)
    assert alike.confirmed and np.median(alike.groups["own pair"]) > 0.4
    assert not apart.confirmed
    likeness = pair_likeness(pairs(alike=True), FRAME_S)
    assert likeness.shape == (30, 30)
    assert (np.abs(likeness) <= 1).all()


def test_representatives_are_one_of_each_kind():
    kinds = np.stack([stripes(0, 9), stripes(90, 11), stripes(45, 30)])
    which = np.array([0] * 9 + [1] * 5 + [2] * 3)
    patterns = kinds[which] + 0.5 * RNG.standard_normal((17, 32, 100))
    found = layer_found("recording conv3", {"recording": patterns.astype(np.float32)})
    assert sorted(which[representatives(found, 3)]) == [0, 1, 2]
    assert set(which[representatives(found, 2)]) == {0, 1}
    assert representatives(found, 99) == list(range(17))
