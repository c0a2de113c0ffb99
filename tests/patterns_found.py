"""Layers as if an ascent had found these patterns."""

import numpy as np

from menura.paper.counterparts import layers_asked, pairs_asked
from menura.specs import TL_IMINET
from menura.visualise.patterns import LayerPatterns


def layer_found(layer, patterns):
    n = len(next(iter(patterns.values())))
    return LayerPatterns(
        layer,
        np.arange(n),
        patterns,
        reached=np.ones((n, 1), np.float32),
        alike=np.ones(n, np.float32),
        n_steps=np.ones(n, np.int64),
        converged=np.ones(n, bool),
        seconds=0.0,
    )


def pairs_found(patterns, spec=TL_IMINET):
    """FC1, of patterns on both sides."""
    return {"fc1": layer_found(pairs_asked(spec), patterns)}


def network_found(make, spec=TL_IMINET):
    """A network's three depths, of 20 neurons each, as `make` draws them from depth and shape above silence."""
    found = {}
    for side, layers in layers_asked(spec).items():
        silence = spec.tower(side).front_end.silence
        for depth, layer in enumerate(layers, start=1):
            patterns = np.stack([make(depth, layer.boxes[side].shape) for _ in range(20)]).astype(np.float32)
            found[layer.name] = layer_found(layer, {side: patterns + np.float32(silence)})
    return found
