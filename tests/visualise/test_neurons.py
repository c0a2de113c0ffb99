"""Layers, and what their neurons hear."""

import pytest
import torch

from menura.network.towers import ConvTower
from menura.specs import TL_IMINET
from menura.visualise.neurons import layers_of, map_shape, middle_box, receptive_box
from menura.visualise.objectives import activation_of, leaky, maps_of
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
        whole = torch.nn.functional.leaky_relu(maps[0, :, mel // 2, time // 2], 0.3)
        box = middle_box(TOWER, layer.depth)
        neurons = torch.arange(layer.n_neurons)
        parts = x[..., box.slices[0], box.slices[1]].expand(layer.n_neurons, -1, -1, -1)
        torch.testing.assert_close(activation_of(network, layer)((parts,), neurons), whole)


def test_the_leaky_copy_is_another_network_with_the_same_weights():
    network = toy_network()
    copied = leaky(network)
    assert not any(parameter.requires_grad for parameter in copied.parameters())
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert isinstance(network.imitation_tower.conv1.relu, torch.nn.ReLU)
    for (_, ours), (_, theirs) in zip(network.named_parameters(), copied.named_parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert ours.data_ptr() != theirs.data_ptr()
