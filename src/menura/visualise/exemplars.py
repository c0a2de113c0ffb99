"""The recordings and imitations that excite each neuron most: the search within a data set (Girshick et al. 2014)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from menura.network.iminet import IMINET
from menura.network.mobilenet import MobileNetTower
from menura.specs import Side
from menura.visualise.box import Box
from menura.visualise.neurons import Layer, receptive_box
from menura.visualise.objectives import maps_of, sums_of

_AT_ONCE = 16

Inputs = Mapping[Side, NDArray[np.float32]]
"""(n, mel, frames): what the towers are given of each side's clips."""


@dataclass(frozen=True)
class Exemplar:
    """A clip that excites a neuron, and where.

    Attributes:
        clip: Its index among the clips of its side.
        activation: What it makes of the neuron, before ReLU: of an FC1 neuron, this side's part of the sum; of FC2, the
            logit of a pair.
        box: What the neuron hears of it: the whole clip, but for a convolutional neuron.
    """

    clip: int
    activation: float
    box: Box


def strongest(network: IMINET, layer: Layer, inputs: Inputs, k: int) -> list[dict[Side, list[Exemplar]]]:
    """For each neuron of a layer, the k clips of each side that excite it most, the strongest first.

    FC1 adds up what either side says, so its sides are searched apart; of FC2 the k best pairs are found.

    Args:
        network: In evaluation mode.
        layer: Of that network.
        inputs: The clips; a side may have none.
        k: How many.
    """
    with torch.no_grad():
        if layer.is_convolutional:
            (side,) = layer.boxes
            return [{side: found} for found in _strongest_of_filters(network, side, layer, inputs[side], k)]
        sums = {side: _sums(network, side, layer, inputs[side]) for side in layer.boxes}
        if layer.kind == "fc2":
            return [_strongest_pairs(network, layer, sums, k)]
    return [
        {
            side: [
                Exemplar(int(clip), float(part[clip, neuron]), layer.boxes[side]) for clip in _top(part[:, neuron], k)
            ]
            for side, part in sums.items()
        }
        for neuron in range(layer.n_neurons)
    ]


def _strongest_of_filters(
    network: IMINET, side: Side, layer: Layer, clips: NDArray[np.float32], k: int
) -> Iterator[list[Exemplar]]:
    tower = network.tower(side)
    peaks, places, width = [], [], 1
    for batch in _batches(clips):
        maps = maps_of(tower, layer.depth, batch)
        width = maps.shape[3]
        peak, place = maps.flatten(2).max(dim=2)
        peaks.append(peak)
        places.append(place)
    peak = torch.cat(peaks) if peaks else torch.empty(0, layer.n_neurons)
    place = torch.cat(places) if places else torch.empty(0, layer.n_neurons, dtype=torch.long)
    for neuron in range(layer.n_neurons):
        found = []
        for clip in _top(peak[:, neuron], k):
            unit = divmod(int(place[clip, neuron]), width)
            found.append(Exemplar(int(clip), float(peak[clip, neuron]), receptive_box(tower.spec, layer.depth, unit)))
        yield found


def _sums(network: IMINET, side: Side, layer: Layer, clips: NDArray[np.float32]) -> Tensor:
    """What a side says to each neuron of a tower's own layer, of FC1, or, for FC2, of FC1 too: (clips, neurons)."""
    reach: Callable[[Tensor], Tensor]
    reach, n = network.embed_imitation if side == "imitation" else network.project_recording, network.spec.n_hidden
    if layer.kind == "neurons":
        tower = network.tower(side)
        assert isinstance(tower, MobileNetTower)  # no other tower has such a layer
        reach, n = partial(sums_of, tower), layer.n_neurons
    return torch.cat([reach(batch) for batch in _batches(clips)] or [torch.empty(0, n)])


def _strongest_pairs(network: IMINET, layer: Layer, sums: Mapping[Side, Tensor], k: int) -> dict[Side, list[Exemplar]]:
    logits = network.logits(sums["imitation"], sums["recording"])
    best = [divmod(int(index), logits.shape[1]) for index in _top(logits.flatten(), k)]
    return {
        side: [Exemplar(pair[index], float(logits[pair]), layer.boxes[side]) for pair in best]
        for index, side in enumerate(layer.boxes)
    }


def _top(values: Tensor, k: int) -> Tensor:
    return values.topk(min(k, len(values))).indices


def _batches(clips: NDArray[np.float32]) -> Iterator[Tensor]:
    for start in range(0, len(clips), _AT_ONCE):
        yield torch.from_numpy(clips[start : start + _AT_ONCE][:, None])
