"""Several starts of a neuron: the best is kept, and what is said of the others is so."""

import itertools

import numpy as np
import pytest
import torch

from menura.visualise.alike import aligned_correlation, alikeness
from menura.visualise.ascent import ascend
from menura.visualise.breadth import RESTARTS, Breadth, quick_breadth, usual_breadth
from menura.visualise.climb import AscentSettings
from menura.visualise.ground import Ground, grounds_of
from menura.visualise.neurons import layers_of
from menura.visualise.objectives import activation_of, leaky, slope_of
from menura.visualise.patterns import network_patterns
from menura.visualise.restarts import best_of_starts, come_to_rest
from mobilenets import SPEC as MN04_SPEC
from toy import SPEC, toy_network

RNG = np.random.default_rng(0)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return leaky(toy_network())


def one_of_two(inputs, neurons):
    """The greater of two linear sums of opposite filters, of which the second is stronger: two maxima, one higher."""
    filters = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(5))
    filters[1] = -1.3 * filters[0]
    return torch.einsum("nmt,kmt->nk", inputs[0][:, 0], filters).amax(dim=1)


def test_the_best_of_several_starts_is_the_higher_of_two_maxima():
    found = best_of_starts(one_of_two, [Ground((4, 6))], range(5), AscentSettings(), n_starts=8)
    strongest = torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(5))[0].square().sum() / 0.4
    assert found.reached.shape == (5, 8)
    np.testing.assert_allclose(found.reached.max(axis=1), 1.69 * strongest, rtol=1e-4)
    lower = np.isclose(found.reached, float(strongest), rtol=1e-4)
    assert 0 < lower.sum() < lower.size  # some starts do end in the other
    pattern = -1.3 * torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(5))[0].numpy() / 0.2
    np.testing.assert_allclose(found.inputs[0], np.repeat(pattern[None], 5, axis=0), rtol=1e-2, atol=1e-2)
    assert found.converged.all()


def test_starts_are_ascents_of_their_own_whatever_else_is_in_the_batch(network):
    layer = next(layer for layer in layers_of(SPEC) if layer.name == "recording conv2")
    how = activation_of(network, layer), grounds_of(SPEC, layer)
    settings, slope = AscentSettings(), slope_of(network, layer)
    together = best_of_starts(*how, range(6), settings, n_starts=5, slope=slope)
    for start in range(5):
        alone = ascend(*how, [2], settings, starts=[start], slope=slope)
        assert together.reached[2, start] == pytest.approx(float(alone.objective[0, -1]), rel=2e-3)
    assert np.ptp(together.reached, axis=1).max() > 0  # some neuron has several maxima
    best = together.reached.argmax(axis=1)
    again = ascend(*how, range(6), settings, starts=best.tolist(), slope=slope)
    for ours, theirs in zip(together.inputs, again.inputs, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-2)


def test_what_has_come_to_rest_is_raised_no_more_and_what_has_not_is(network):
    layer = next(layer for layer in layers_of(SPEC) if layer.name == "recording conv2")
    how, slope = (activation_of(network, layer), grounds_of(SPEC, layer)), slope_of(network, layer)
    early = ascend(*how, range(6), AscentSettings(max_steps=6), slope=slope)
    inputs, objective, converged = come_to_rest(*how, range(6), AscentSettings(), early.inputs, slope=slope)
    assert converged.all()
    assert (objective > early.objective[:, -1]).all()
    again = come_to_rest(*how, range(6), AscentSettings(max_steps=60), inputs, slope=slope)
    assert (again[1] - objective < 0.002 * objective.abs()).all()
    assert not come_to_rest(*how, range(6), AscentSettings(max_steps=60), early.inputs, slope=slope)[2].all()


def test_a_pattern_moved_over_silence_is_the_same_pattern_and_noise_is_not():
    patch = RNG.standard_normal((5, 7)).astype("f4")
    patch -= patch.mean()
    here, there = np.zeros((2, 20, 30), "f4")
    here[3:8, 4:11], there[12:17, 20:27] = patch, patch
    assert aligned_correlation(here, there) == pytest.approx(1, abs=1e-3)
    assert np.corrcoef(here.ravel(), there.ravel())[0, 1] < 0.1
    assert aligned_correlation(here, -there) < 0.6
    noise = RNG.standard_normal((2, 20, 30)).astype("f4")
    assert 0 < aligned_correlation(*noise) < 0.25


def test_the_alignment_is_the_best_of_all_shifts():
    one, other = RNG.standard_normal((2, 6, 5)).astype("f4")

    def at(mel, time):
        """Of the patterns less their means, the second moved, nothing outside."""
        a, b = (np.pad(x - x.mean(), ((6, 6), (5, 5))) for x in (one, other))
        return float((a * np.roll(b, (mel, time), axis=(0, 1))).sum() / np.linalg.norm(a) / np.linalg.norm(b))

    by_hand = max(at(mel, time) for mel, time in itertools.product(range(-5, 6), range(-4, 5)))
    assert aligned_correlation(one, other) == pytest.approx(by_hand, abs=1e-5)


def test_alikeness_is_the_median_over_pairs():
    patterns = RNG.standard_normal((4, 6, 8)).astype("f4")
    pairs = [aligned_correlation(*pair) for pair in itertools.combinations(patterns, 2)]
    assert alikeness(patterns) == pytest.approx(np.median(pairs), abs=1e-6)
    assert alikeness(patterns[:1]) == 1
    assert alikeness(np.stack([patterns[0]] * 3)) == pytest.approx(1, abs=1e-5)
    assert alikeness(np.zeros((2, 6, 8), "f4")) == 0


def test_how_many_neurons_and_starts():
    layers = {layer.name: layer for layer in layers_of(SPEC)}
    assert Breadth().neurons_of(layers["fc1"]) == list(range(8))
    assert Breadth(3).neurons_of(layers["fc1"]) == [0, 4, 7]
    assert Breadth(3, whole=2).neurons_of(layers["fc1"]) == [0, 7]
    assert Breadth(3, whole=2).neurons_of(layers["imitation conv1"]) == [0, 2, 5]
    assert Breadth(1).neurons_of(layers["fc1"]) == [0]
    assert Breadth(9).neurons_of(layers["fc1"]) == list(range(8))
    assert [Breadth().starts_of(layers[name]) for name in ("imitation conv1", "fc1")] == [RESTARTS, 1]
    assert [Breadth(restarts=3).starts_of(layers[name]) for name in ("imitation conv1", "fc1")] == [3, 3]
    assert 5 <= RESTARTS <= 10
    for spec in (SPEC, MN04_SPEC):
        assert quick_breadth(spec).neurons < usual_breadth(spec).neurons


def test_a_layer_is_kept_with_its_spread(network, tmp_path):
    plain = toy_network()
    plain.load_state_dict(network.state_dict())
    wanted = next(layer for layer in layers_of(SPEC) if layer.name == "recording conv2")

    def found():
        asked = {"layers": [wanted], "breadth": Breadth(4, restarts=3)}
        (layer,) = network_patterns(plain, AscentSettings(), tmp_path, **asked)
        return layer

    first, again = found(), found()
    assert first.neurons.tolist() == [0, 2, 3, 5]
    assert first.reached.shape == (4, 3)
    assert (first.objective == first.reached.max(axis=1)).all()
    assert len(list(tmp_path.glob("*.npz"))) == 1
    for name in ("neurons", "reached", "alike", "n_steps", "converged"):
        assert (getattr(first, name) == getattr(again, name)).all()
    assert (first.alike <= 1 + 1e-6).all() and (first.alike > 0).all()
