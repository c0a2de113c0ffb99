"""The clips that excite a neuron most, by a search that a plain loop confirms."""

import numpy as np
import pytest
import torch

from menura.visualise.exemplars import strongest
from menura.visualise.neurons import layers_of, receptive_box
from menura.visualise.objectives import maps_of
from mobilenets import SPEC as MN04_SPEC
from mobilenets import random_iminet
from toy import FRONT_END, SPEC, toy_network


@pytest.fixture
def network():
    torch.manual_seed(0)
    return toy_network().eval()


@pytest.fixture
def inputs():
    rng = np.random.default_rng(0)
    return {
        "imitation": rng.standard_normal((40, *FRONT_END.shape)).astype(np.float32),
        "recording": rng.standard_normal((30, *FRONT_END.shape)).astype(np.float32),
    }


def layer_named(name):
    return next(layer for layer in layers_of(SPEC) if layer.name == name)


@pytest.mark.parametrize("name", ["imitation conv1", "recording conv2"])
def test_what_excites_a_filter_does_so_where_it_is_said(network, inputs, name):
    layer = layer_named(name)
    (side,) = layer.boxes
    tower = network.tower(side)
    with torch.no_grad():
        peaks = maps_of(tower, layer.depth, torch.from_numpy(inputs[side][:, None])).amax(dim=(2, 3)).numpy()
        for neuron, found in enumerate(strongest(network, layer, inputs, 3)):
            assert [one.clip for one in found[side]] == list(np.argsort(-peaks[:, neuron])[:3])
            for one in found[side]:
                heard = inputs[side][one.clip][one.box.slices]
                assert heard.shape == layer.boxes[side].shape
                alone = maps_of(tower, layer.depth, torch.from_numpy(heard[None, None]))[0, neuron].item()
                assert alone == pytest.approx(one.activation, abs=1e-5)
                assert one.activation == pytest.approx(peaks[one.clip, neuron], abs=1e-5)


@pytest.mark.parametrize("name", ["imitation layer2", "imitation layer6", "imitation neurons"])
def test_what_excites_mn04_and_the_neurons_that_read_it(name):
    network = random_iminet().folded()
    tower = network.imitation_tower
    clips = np.random.default_rng(0).standard_normal((20, *tower.spec.front_end.shape)).astype(np.float32)
    everything = torch.from_numpy(clips[:, None])
    layer = next(found for found in layers_of(MN04_SPEC) if found.name == name)
    with torch.no_grad():
        if layer.is_convolutional:
            maps = tower.net.outputs(everything, [layer.depth])[layer.depth].numpy()
        else:
            maps = tower.perceptron[0](tower.pooled(everything)).numpy()[:, :, None, None]
    for neuron, found in enumerate(strongest(network, layer, {"imitation": clips}, 3)):
        peaks = maps[:, neuron].max((1, 2))
        assert [one.clip for one in found["imitation"]] == list(np.argsort(-peaks)[:3])
        for one in found["imitation"]:
            assert one.activation == pytest.approx(peaks[one.clip], rel=1e-4, abs=1e-4)
            unit = np.unravel_index(maps[one.clip, neuron].argmax(), maps.shape[2:])
            here = receptive_box(tower.spec, layer.depth, unit) if layer.is_convolutional else layer.boxes["imitation"]
            assert one.box == here


def test_either_side_of_fc1_and_the_pairs_of_fc2(network, inputs):
    with torch.no_grad():
        embeddings = network.embed_imitation(torch.from_numpy(inputs["imitation"][:, None]))
        projections = network.project_recording(torch.from_numpy(inputs["recording"][:, None]))
        logits = network.logits(embeddings, projections).numpy()
    for neuron, found in enumerate(strongest(network, layer_named("fc1"), inputs, 2)):
        assert [one.clip for one in found["imitation"]] == list(np.argsort(-embeddings[:, neuron].numpy())[:2])
        assert [one.clip for one in found["recording"]] == list(np.argsort(-projections[:, neuron].numpy())[:2])
    (found,) = strongest(network, layer_named("fc2"), inputs, 3)
    pairs = [(one.clip, other.clip) for one, other in zip(found["imitation"], found["recording"], strict=True)]
    best = np.dstack(np.unravel_index(np.argsort(-logits, axis=None)[:3], logits.shape))[0]
    assert pairs == [tuple(pair) for pair in best]
    assert found["imitation"][0].activation == pytest.approx(logits.max(), abs=1e-5)


def test_without_clips_there_are_none(network):
    nothing = {side: np.empty((0, *FRONT_END.shape), np.float32) for side in ("imitation", "recording")}
    for layer in layers_of(SPEC):
        assert all(not found for neuron in strongest(network, layer, nothing, 3) for found in neuron.values())
