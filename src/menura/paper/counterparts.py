"""Which layers of a network are asked what the paper found in conv 1 to 3 and in FC1.

Its own towers have just these. mn04 has seventeen layers for three, and what the paper tells of a depth, an edge, a
texture, a rhythm, is a matter of how much of a sound is heard there. So conv n has as its counterpart the layer of mn04
whose neurons hear most nearly as long a part of a sound, by the ratio of both, as those of conv n in the paper's
recording tower, which its figure 2 shows. Both towers are mn04, so both have the same three layers.
"""

from __future__ import annotations

import math

from menura.specs import MN04_CHANNELS, SIDES, TL_IMINET, MobileNetTowerSpec, NetworkSpec, Side, TowerSpec
from menura.visualise.breadth import Breadth
from menura.visualise.neurons import Layer, layer_of_mn04, layers_of, middle_box

_SHOWN = TL_IMINET.recording
_NOT_ASKED = "Not asked of one model: whether fine-tuning makes patterns sharper, and pre-training makes them finer."


def layers_asked(spec: NetworkSpec) -> dict[Side, list[Layer]]:
    """For each tower its conv 1, 2 and 3, or what stands for them in mn04."""
    own = layers_of(spec)
    asked = {}
    for side in SIDES:
        tower = spec.tower(side)
        if isinstance(tower, MobileNetTowerSpec):
            asked[side] = [layer_of_mn04(tower, side, _as_long(tower, depth)) for depth in (1, 2, 3)]
        else:
            asked[side] = [layer for layer in own if layer.is_convolutional and side in layer.boxes]
    return asked


def pairs_asked(spec: NetworkSpec) -> Layer:
    """FC1, whose neurons hear an imitation and a recording."""
    return next(layer for layer in layers_of(spec) if layer.kind == "fc1")


def breadth_asked(spec: NetworkSpec) -> Breadth:
    """All neurons of the paper's towers from their usual starts; 16 of each layer from one start, where one is mn04.

    Every ascent there takes whole clips through the network, and other seeds are other starts.
    """
    return Breadth(16, restarts=1) if any(_is_mn04(spec.tower(side)) for side in SIDES) else Breadth()


def about_layers(spec: NetworkSpec) -> list[str]:
    """In sentences, which layers are asked, for what reason and how much of each, and what is not asked."""
    breadth, lines = breadth_asked(spec), []
    for side in SIDES:
        tower, asked = spec.tower(side), layers_asked(spec)[side]
        for depth, layer in enumerate(asked if _is_mn04(tower) else [], start=1):
            lines.append(
                f"{layer.name} stands for conv {depth}: a neuron hears {_hears_s(tower, layer.depth):.2g} s there, "
                f"and {_hears_s(_SHOWN, depth):.2g} s in the paper's recording tower; "
                f"{len(breadth.neurons_of(layer))} of {layer.n_neurons} channels are looked at."
            )
    pairs = pairs_asked(spec)
    if (n_pairs := len(breadth.neurons_of(pairs))) < pairs.n_neurons:
        lines.append(f"{n_pairs} of {pairs.n_neurons} neurons of FC1 are looked at.")
    return [*lines, _NOT_ASKED]


def in_words(layer: Layer) -> str:
    """A convolutional layer without its tower: `conv 1`, `layer 2`."""
    kind = layer.name.split(" ")[1].rstrip("0123456789")
    return f"{kind} {layer.depth}"


def _is_mn04(tower: TowerSpec) -> bool:
    return isinstance(tower, MobileNetTowerSpec)


def _as_long(tower: MobileNetTowerSpec, depth: int) -> int:
    heard_s = _hears_s(_SHOWN, depth)
    return min(range(len(MN04_CHANNELS)), key=lambda number: abs(math.log(_hears_s(tower, number) / heard_s)))


def _hears_s(tower: TowerSpec, depth: int) -> float:
    """How long a part of a sound the neuron in the middle of a layer's map hears."""
    return middle_box(tower, depth).n_frames * tower.front_end.hop_s
