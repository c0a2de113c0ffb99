"""Activation maximisation on networks whose maximiser is known, and as the paper's equations have it."""

import pytest
import torch

from menura.network.towers import ConvTower
from menura.specs import ConvSpec, ConvTowerSpec
from menura.visualise.ascent import ascend
from menura.visualise.climb import AscentSettings
from menura.visualise.ground import Ground, grounds_of
from menura.visualise.neurons import layers_of
from menura.visualise.objectives import SLOPE, activation_of, leaky, slope_of
from menura.visualise.patterns import layer_patterns, network_patterns
from menura.visualise.regularisers import blurred, variation
from mobilenets import SPEC as MN04_SPEC
from mobilenets import random_iminet
from toy import FRONT_END, SPEC, toy_network


def layer_named(name):
    return next(layer for layer in layers_of(SPEC) if layer.name == name)


def ascended(network, name, neurons=None, **settings):
    layer = layer_named(name)
    neurons = range(layer.n_neurons) if neurons is None else neurons
    activation, slope = activation_of(network, layer), slope_of(network, layer)
    return ascend(activation, grounds_of(SPEC, layer), neurons, AscentSettings(**settings), slope=slope)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return leaky(toy_network())


@pytest.mark.parametrize("penalty", [0.1, 0.02])
def test_the_pattern_of_a_linear_filter_is_the_filter(network, penalty):
    """A - lambda ||x||^2 with A = w . x + b is greatest at x = w / (2 lambda)."""
    found = ascended(network, "imitation conv1", penalty=penalty, tolerance=0)
    weights = network.imitation_tower.conv1.conv.weight[:, 0]
    torch.testing.assert_close(found.inputs[0], weights / (2 * penalty), atol=1e-4, rtol=1e-3)
    bias = network.imitation_tower.conv1.conv.bias
    highest = weights.square().sum((1, 2)) / (4 * penalty) + bias
    torch.testing.assert_close(found.objective[:, -1], highest, atol=1e-5, rtol=1e-4)
    assert ascended(network, "imitation conv1").converged.all()


def test_a_neuron_that_can_be_switched_on_does_not_rest_below_its_threshold(network):
    """A = leaky(w . x + b): where b is low, both branches have a maximum, and a random start mostly ends in the lower.

    With s = ||w||^2 / (2 lambda), the upper branch's is s / 2 + b, there if s + b > 0; the lower one's is there too if
    0.3 s + b < 0. Where the upper one is worth less than silence, 0.3 b, the lower one is the higher of both.
    """
    conv = network.imitation_tower.conv1.conv
    s = conv.weight.square().sum((1, 2, 3)) / 0.2
    shares = torch.tensor([0.2, 0.45, 0.65, 0.9, 1.1, 3.0])
    conv.bias.copy_(-shares * s)
    found = ascended(network, "imitation conv1", tolerance=1e-6)
    upper, lower = s / 2 + conv.bias, SLOPE**2 * s / 2 + SLOPE * conv.bias
    on = shares < 0.7
    torch.testing.assert_close(found.objective[:, -1], torch.where(on, upper, lower), rtol=1e-3, atol=1e-4)
    scale = torch.where(on, 1.0, SLOPE)[:, None, None] / 0.2
    torch.testing.assert_close(found.inputs[0], scale * conv.weight[:, 0], rtol=1e-2, atol=1e-3)
    assert found.converged.all()


def raised_by_more_steps(network, layer, found, share, n_steps=60):
    """By how much of the objective plain gradient ascent from where neurons rest raises it, each step of one length."""
    activation, slope = activation_of(network, layer), slope_of(network, layer)
    neurons, at = torch.arange(layer.n_neurons), tuple(x[:, None] for x in found.inputs)
    values = []
    for _ in range(n_steps + 1):
        at = tuple(x.detach().requires_grad_() for x in at)
        sums = activation(at, neurons)
        value = torch.where(sums < 0, slope * sums, sums) - 0.1 * sum(x.square().sum((1, 2, 3)) for x in at)
        gradients = torch.autograd.grad(value.sum(), at)
        values.append(value.detach())
        at = tuple(x + share * 5 * gradient for x, gradient in zip(at, gradients, strict=True))
    torch.testing.assert_close(values[0], found.objective[:, -1], rtol=1e-4, atol=1e-5)
    return (torch.stack(values).amax(dim=0) - values[0]) / values[0].abs()


def test_no_pattern_is_worth_less_than_silence(network):
    for name in ("imitation conv2", "recording conv2", "fc1"):
        layer, found = layer_named(name), ascended(network, name)
        silent = tuple(torch.zeros_like(x)[:, None] for x in found.inputs)
        sums = activation_of(network, layer)(silent, torch.arange(layer.n_neurons))
        assert (found.objective[:, -1] >= torch.nn.functional.leaky_relu(sums, SLOPE) - 1e-6).all(), name


@pytest.mark.parametrize("name", ["imitation conv2", "recording conv2", "fc1", "fc2"])
def test_sixty_more_steps_raise_nothing_by_a_five_hundredth(network, name):
    found = ascended(network, name)
    assert found.converged.all()
    for share in (0.1, 0.02, 0.004):
        assert (raised_by_more_steps(network, layer_named(name), found, share) < 0.002).all()
    early = ascended(network, name, tolerance=0.1, patience=2)
    assert (raised_by_more_steps(network, layer_named(name), early, 0.02) > 0.002).any()  # the test can fail


def test_the_objective_never_falls_and_rises_for_every_neuron(network):
    for name in ("imitation conv2", "recording conv2", "fc1", "fc2"):
        objective = ascended(network, name).objective
        assert (objective.diff(dim=1) >= 0).all()
        assert (objective[:, -1] > objective[:, 0]).all()


def test_nothing_near_the_end_is_better(network):
    """No small step along the gradient, nor a random one, leads from the maximum to anything clearly higher."""
    layer, found = layer_named("fc1"), ascended(network, "fc1", tolerance=1e-3)
    activation, neurons = activation_of(network, layer), torch.arange(layer.n_neurons)

    def objective(inputs):
        activations = torch.nn.functional.leaky_relu(activation(inputs, neurons), SLOPE)
        return activations - 0.1 * sum(x.square().sum((1, 2, 3)) for x in inputs)

    at = tuple(x[:, None].clone().requires_grad_() for x in found.inputs)
    reached = objective(at)
    gradients = torch.autograd.grad(reached.sum(), at)
    torch.manual_seed(3)
    rise = reached - objective(tuple(torch.zeros_like(x) for x in at))
    for length in (0.01, 0.1, 1.0):
        for way in (gradients, tuple(torch.randn_like(x) * x.std() for x in at)):
            there = objective(tuple(x + length * g for x, g in zip(at, way, strict=True)))
            assert (there - reached < 0.05 * rise).all()


@pytest.mark.parametrize("first_step", [0.5, 1.0])
def test_a_maximum_is_looked_for_between_the_lowest_level_and_the_highest(first_step):
    """Of w . x, at silence + w / (2 lambda) where there is such a level, and else at the nearest that there is."""
    weights = torch.randn(3, 4, 7, generator=torch.Generator().manual_seed(0))

    def activation(inputs, neurons):
        return (inputs[0][:, 0] * weights[neurons]).sum((1, 2))

    ground = Ground((4, 7), silence=-1.0, lowest=-1.0, highest=1.8, first_step=first_step)
    found = ascend(activation, [ground], range(3), AscentSettings(tolerance=0))
    torch.testing.assert_close(found.inputs[0], (5 * weights - 1).clamp(-1.0, 1.8), atol=5e-3, rtol=5e-3)


def test_every_neuron_of_a_network_of_mn04_climbs_among_levels_that_clips_have():
    network = leaky(random_iminet())
    for layer in layers_of(MN04_SPEC):
        found = layer_patterns(network, layer, AscentSettings(max_steps=8))
        start = layer_patterns(network, layer, AscentSettings(max_steps=0))
        assert (found.objective > start.objective).all()
        for side, box in layer.boxes.items():
            front_end, patterns = MN04_SPEC.tower(side).front_end, found.patterns[side]
            assert patterns.shape == (layer.n_neurons, *box.shape)
            assert patterns.min() >= front_end.silence - 1e-6
            assert patterns.max() <= front_end.loudest + 1e-6


def test_the_joint_step_of_two_inputs_is_that_of_each_alone(network):
    """Equation 2 adds up two gradients; each is that of equation 1 with the other input held."""
    layer, activation = layer_named("fc1"), activation_of(network, layer_named("fc1"))
    torch.manual_seed(1)
    neurons = torch.arange(layer.n_neurons)
    imitations, recordings = (torch.randn(len(neurons), 1, *FRONT_END.shape) for _ in range(2))

    def step(*which):
        moving = [x.clone().requires_grad_(index in which) for index, x in enumerate((imitations, recordings))]
        value = activation(tuple(moving), neurons) - 0.1 * sum(x.square().sum((1, 2, 3)) for x in moving)
        return torch.autograd.grad(value.sum(), [moving[index] for index in which])

    joint = step(0, 1)
    torch.testing.assert_close(joint[0], step(0)[0])
    torch.testing.assert_close(joint[1], step(1)[0])

    grounds = grounds_of(SPEC, layer)
    start = ascend(activation, grounds, list(neurons), AscentSettings(max_steps=0)).inputs
    after = ascend(activation, grounds, list(neurons), AscentSettings(max_steps=1)).inputs
    imitations, recordings = (x[:, None] for x in start)
    for before, x, gradient in zip(start, after, step(0, 1), strict=True):
        torch.testing.assert_close(x - before, 5 * gradient[:, 0])  # 1 / (2 lambda)


def test_what_an_fc1_neuron_wants_of_one_side_does_not_depend_on_the_other(network):
    """FC1 is linear in the concatenation: another recording changes the imitation's gradient by the slope at most."""
    activation = activation_of(network, layer_named("fc1"))
    torch.manual_seed(1)
    neurons = torch.arange(8)
    imitation = torch.randn(8, 1, *FRONT_END.shape, requires_grad=True)
    gradients, slopes = [], []
    for scale in (1.0, 50.0):
        sums = activation((imitation, scale * torch.randn(8, 1, *FRONT_END.shape)), neurons)
        value = torch.nn.functional.leaky_relu(sums, SLOPE)
        gradients.append(torch.autograd.grad(value.sum(), imitation)[0])
        slopes.append(torch.where(value > 0, 1.0, 0.3)[:, None, None, None])
    assert (slopes[0] != slopes[1]).any()
    torch.testing.assert_close(gradients[0] / slopes[0], gradients[1] / slopes[1])


def test_a_neuron_ends_the_same_whoever_is_beside_it(network):
    together = ascended(network, "recording conv2")
    alone = ascended(network, "recording conv2", neurons=[4])
    torch.testing.assert_close(alone.inputs[0][0], together.inputs[0][4], atol=1e-4, rtol=1e-4)


def test_another_seed_starts_elsewhere_and_the_same_ends_the_same(network):
    one, again, other = (ascended(network, "fc1", seed=seed, max_steps=2).inputs[0] for seed in (0, 0, 1))
    assert torch.equal(one, again)
    assert not torch.allclose(one, other)


def test_what_is_told_of_an_ascent_only_grows_up_to_all(network):
    layer, told = layer_named("fc1"), []
    ascend(activation_of(network, layer), grounds_of(SPEC, layer), range(8), AscentSettings(), told.append)
    assert told == sorted(told)
    assert 0 < told[0] < 0.1 and told[-1] == 1


def test_steps_that_run_out_are_said(network):
    found = ascended(network, "imitation conv2", max_steps=2)
    assert not found.converged.any()
    assert found.objective.shape[1] == 3


def test_regularisers_make_patterns_smoother(network):
    plain = ascended(network, "recording conv2").inputs[0]
    for settings in ({"blur": 0.7}, {"total_variation": 0.1}, {"jitter": 1}):
        other = ascended(network, "recording conv2", **settings).inputs[0]
        assert not torch.allclose(plain, other, atol=1e-3), settings
        if "jitter" not in settings:
            assert roughness(other) < 0.8 * roughness(plain), settings


def roughness(patterns):
    """Mean total variation relative to the energy."""
    return float((variation(patterns[:, None]) / patterns.flatten(1).square().sum(dim=1)).mean())


def test_blurring_keeps_the_mean_and_a_constant():
    x = torch.randn(2, 1, 20, 30, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(blurred(torch.ones(1, 1, 4, 5), 1.0), torch.ones(1, 1, 4, 5))
    assert blurred(x, 1.0).std() < 0.5 * x.std()


def test_variation_is_the_sum_of_squared_steps():
    x = torch.tensor([[[[0.0, 1.0], [2.0, 5.0]]]])
    assert variation(x).tolist() == [4 + 16 + 1 + 9]


def test_a_layer_that_is_on_disk_is_not_made_again(network, tmp_path, monkeypatch):
    settings = AscentSettings(max_steps=3)
    first = {found.layer.name: found for found in network_patterns(toy_of(network), settings, tmp_path)}
    assert set(first) == {layer.name for layer in layers_of(SPEC)}
    monkeypatch.setattr("menura.visualise.patterns._write", lambda *_: pytest.fail("made again"))
    again = {found.layer.name: found for found in network_patterns(toy_of(network), settings, tmp_path)}
    for name, found in first.items():
        assert found.objective.tolist() == again[name].objective.tolist()
        for side, patterns in found.patterns.items():
            assert (patterns == again[name].patterns[side]).all()


def test_a_damaged_file_and_other_settings_are_made_again(network, tmp_path):
    def found(**settings):
        settings = AscentSettings(max_steps=3, **settings)
        return list(network_patterns(toy_of(network), settings, tmp_path, layers=[layer_named("fc2")]))

    (first,) = found()
    (file,) = tmp_path.glob("*.npz")
    file.write_bytes(file.read_bytes()[:100])
    (again,) = found()
    assert (first.patterns["recording"] == again.patterns["recording"]).all()
    found(seed=1)
    assert len(list(tmp_path.glob("*.npz"))) == 2
    assert len(list(tmp_path.iterdir())) == 2  # nothing unfinished is left


def toy_of(network):
    """A network whose leaky copy is `network`."""
    plain = toy_network()
    plain.load_state_dict(network.state_dict())
    return plain


def test_a_layer_in_several_batches_is_the_layer_in_one(network, tmp_path, monkeypatch):
    def found(folder):
        (layer,) = network_patterns(toy_of(network), AscentSettings(max_steps=5), folder, layers=[layer_named("fc1")])
        return layer

    whole = found(tmp_path / "whole")
    monkeypatch.setattr("menura.visualise.patterns._ASCENTS_AT_ONCE", 3)
    parts = found(tmp_path / "parts")
    assert len(list((tmp_path / "parts").glob("*.npz"))) == 3
    assert parts.neurons.tolist() == whole.neurons.tolist() == list(range(8))
    for side in whole.patterns:
        assert abs(whole.patterns[side] - parts.patterns[side]).max() < 1e-4


def test_a_tower_of_one_layer_has_its_filters_as_patterns():
    """The closed form again, through a tower of another size."""
    tower = ConvTower(ConvTowerSpec(FRONT_END, (ConvSpec(3, (4, 7)),)))
    weights = tower.conv1.conv.weight[:, 0].detach()

    def activation(inputs, neurons):
        maps = tower.conv1.conv(inputs[0])
        return maps[torch.arange(len(neurons)), neurons].flatten(1).squeeze(1)

    found = ascend(activation, [Ground((4, 7))], range(3), AscentSettings(tolerance=0))
    torch.testing.assert_close(found.inputs[0], 5 * weights, atol=1e-4, rtol=1e-3)
