"""Layers, and what their neurons hear."""

import pytest
import torch

from menura.network.mobilenet import MobileNetTower
from menura.network.towers import ConvTower
from menura.specs import MN04_CHANNELS, TL_IMINET, MobileNetTowerSpec, PoolSpec, mn04_front_end
from menura.visualise.neurons import layers_of, map_shape, middle_box, receptive_box
from menura.visualise.objectives import activation_of, leaky, maps_of, slope_of
from mobilenets import SPEC as MN04_SPEC
from mobilenets import random_iminet, random_network
from toy import SPEC, TOWER, toy_network


def test_every_neuron_of_the_paper_has_a_layer():
    counted = {layer.name: layer.n_neurons for layer in layers_of(TL_IMINET)}
    assert counted == {
        "imitation conv1": 48, "imitation conv2": 48, "imitation conv3": 48,
        "recording conv1": 24, "recording conv2": 48, "recording conv3": 48,
        "fc1": 108, "fc2": 1,
    }  # fmt: skip


@pytest.mark.parametrize("tower", [TL_IMINET.imitation, TL_IMINET.recording, TOWER])
def test_a_unit_hears_its_box_and_nothing_else(tower):
    """The gradient of a unit, taken through the whole tower, is zero outside of the box and reaches its edges."""
    torch.manual_seed(0)
    network = leaky_tower(tower)
    for depth in range(1, len(tower.layers) + 1):
        mel, time = map_shape(tower, depth)
        for unit in ((0, 0), (mel // 2, time // 2), (mel - 1, time - 1)):
            heard = torch.zeros(tower.front_end.shape)
            for _ in range(60):  # max-pooling passes on one place of several: many inputs reach them all
                x = torch.randn(1, 1, *tower.front_end.shape, requires_grad=True)
                maps = maps_of(network, depth, x)
                heard += torch.autograd.grad(maps[0, :, unit[0], unit[1]].abs().sum(), x)[0][0, 0].abs()
                if tower is not TOWER:
                    break
            box = receptive_box(tower, depth, unit)
            inside = heard[box.slices]
            assert inside.shape == box.shape
            outside = heard.clone()
            outside[box.slices] = 0
            assert not outside.any()
            if tower is TOWER:
                assert (inside.sum(0) > 0).all() and (inside.sum(1) > 0).all()


def leaky_tower(spec):
    tower = ConvTower(spec)
    for layer in list(tower.children())[:-1]:
        layer.relu = torch.nn.LeakyReLU(0.3)
    return tower


def test_what_a_filter_makes_of_its_box_is_what_the_tower_makes_there():
    torch.manual_seed(0)
    network = leaky(toy_network())
    x = torch.randn(1, 1, *TOWER.front_end.shape)
    for layer in [found for found in layers_of(SPEC) if found.is_convolutional]:
        (side,) = layer.boxes
        tower = network.tower(side)
        mel, time = map_shape(TOWER, layer.depth)
        maps = maps_of(tower, layer.depth, x)
        whole = maps[0, :, mel // 2, time // 2]
        box = middle_box(TOWER, layer.depth)
        neurons = torch.arange(layer.n_neurons)
        parts = x[..., box.slices[0], box.slices[1]].expand(layer.n_neurons, -1, -1, -1)
        torch.testing.assert_close(activation_of(network, layer)((parts,), neurons), whole)


MN04 = MobileNetTowerSpec(mn04_front_end(3.0, loudest=1.8), (PoolSpec(16),))


def test_of_mn04_the_layers_that_something_is_kept_of_are_looked_at():
    counted = {layer.name: layer.n_neurons for layer in layers_of(MN04_SPEC)}
    assert counted == {
        "imitation layer2": 16, "imitation layer6": 16, "imitation neurons": 5,
        "recording layer2": 16, "recording layer6": 16, "recording neurons": 5,
        "fc1": 4, "fc2": 1,
    }  # fmt: skip


@pytest.fixture(scope="module")
def unweighted():
    """mn04 whose squeeze-and-excitation weighs channels by no clip."""
    tower = MobileNetTower(MN04)
    tower.net = random_network().folded()
    for name, parameter in tower.named_parameters():
        parameter.requires_grad_(False)
        if "restore.weight" in name:
            parameter.zero_()
    return tower.eval()


@pytest.mark.parametrize("depth", [0, 1, 3, 6, 8])
def test_a_unit_of_mn04_hears_its_box_and_nothing_else(unweighted, depth):
    mel, time = map_shape(MN04, depth)
    for unit in ((0, 0), (mel // 2, time // 2), (mel - 1, time - 1)):
        heard = torch.zeros(MN04.front_end.shape)
        for seed in range(3):  # a ReLU passes on some of its inputs
            noise = torch.randn(1, 1, *MN04.front_end.shape, generator=torch.Generator().manual_seed(seed))
            x = noise.requires_grad_()
            unit_of_all = maps_of(unweighted, depth, x)[0, :, unit[0], unit[1]].square().sum()
            heard += torch.autograd.grad(unit_of_all, x)[0][0, 0].abs()
        box = receptive_box(MN04, depth, unit)
        inside = heard[box.slices].clone()
        heard[box.slices] = 0
        assert not heard.any()
        assert (inside.sum(0) > 0).all() and (inside.sum(1) > 0).all()


def test_maps_of_mn04_have_the_size_that_is_said(unweighted):
    for depth, channels in enumerate(MN04_CHANNELS):
        maps = maps_of(unweighted, depth, torch.zeros(1, 1, *MN04.front_end.shape))
        assert maps.shape == (1, channels, *map_shape(MN04, depth))


def test_what_a_filter_of_mn04_makes_of_its_box_is_what_the_tower_makes_of_it_amid_silence():
    network = leaky(random_iminet())
    for layer in [found for found in layers_of(MN04_SPEC) if found.is_convolutional]:
        ((side, box),) = layer.boxes.items()
        tower, front_end = network.tower(side), MN04_SPEC.tower(side).front_end
        parts = torch.randn(layer.n_neurons, 1, *box.shape, generator=torch.Generator().manual_seed(0))
        clips = torch.full((layer.n_neurons, 1, *front_end.shape), front_end.silence)
        clips[:, :, *box.slices] = parts
        mel, time = map_shape(tower.spec, layer.depth)
        kept = tower.net.outputs(clips, [layer.depth])[layer.depth][:, :, mel // 2, time // 2]
        neurons = torch.arange(layer.n_neurons)
        torch.testing.assert_close(activation_of(network, layer)((parts,), neurons), kept[neurons, neurons])


def test_of_mn04_the_neurons_that_read_it_are_leaky_alone():
    network = random_iminet()
    copied = leaky(network)
    x = torch.randn(3, 1, *MN04_SPEC.imitation.front_end.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        plain, features = network.imitation_tower(x), copied.imitation_tower(x)
    torch.testing.assert_close(features.relu(), plain, atol=1e-4, rtol=1e-4)
    assert (features[plain == 0] < 0).all() and (plain == 0).any()
    layer = next(found for found in layers_of(MN04_SPEC) if found.name == "imitation neurons")
    sums, slope = activation_of(copied, layer)((x,), torch.tensor([4, 0, 2])), slope_of(copied, layer)
    torch.testing.assert_close(torch.nn.functional.leaky_relu(sums, slope), features[torch.arange(3), [4, 0, 2]])


def test_the_slope_is_that_of_the_neurons_own_relu():
    paper, mn04 = leaky(toy_network()), leaky(random_iminet())
    slopes = {layer.name: slope_of(paper, layer) for layer in layers_of(SPEC)}
    assert slopes == {**dict.fromkeys(slopes, 0.3), "fc2": 1.0}
    slopes = {layer.name: slope_of(mn04, layer) for layer in layers_of(MN04_SPEC)}
    assert {name for name, slope in slopes.items() if slope == 0.3} == {"imitation neurons", "recording neurons", "fc1"}


def test_the_leaky_copy_is_another_network_with_the_same_weights():
    network = toy_network()
    copied = leaky(network)
    assert not any(parameter.requires_grad for parameter in copied.parameters())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert isinstance(network.imitation_tower.conv1.relu, torch.nn.ReLU)
    for (_, ours), (_, theirs) in zip(network.named_parameters(), copied.named_parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert ours.data_ptr() != theirs.data_ptr()
