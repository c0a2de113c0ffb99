"""What patterns look like as numbers, on patterns whose numbers are known."""

import numpy as np
import pytest

from menura.visualise.measures import coherence, direction_degrees, extent, fineness, period_frames, sharpness
from menura.visualise.representatives import representatives
from patterns_found import layer_found

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


def test_representatives_are_one_of_each_kind():
    kinds = np.stack([stripes(0, 9), stripes(90, 11), stripes(45, 30)])
    which = np.array([0] * 9 + [1] * 5 + [2] * 3)
    patterns = kinds[which] + 0.5 * RNG.standard_normal((17, 32, 100))
    found = layer_found("recording conv3", {"recording": patterns.astype(np.float32)})
    assert sorted(which[representatives(found, 3)]) == [0, 1, 2]
    assert set(which[representatives(found, 2)]) == {0, 1}
    assert representatives(found, 99) == list(range(17))
