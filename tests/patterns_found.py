"""Layers as if an ascent had found these patterns."""

import numpy as np

from menura.specs import TL_IMINET
from menura.visualise.neurons import layers_of
from menura.visualise.patterns import LayerPatterns


def layer_found(name, patterns):
    layer = next(layer for layer in layers_of(TL_IMINET) if layer.name == name)
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


def network_found(make):
    """A network's layers, of 20 neurons each, as `make` draws them from depth and shape."""
    found = {}
    for layer in layers_of(TL_IMINET):
        if layer.is_convolutional:
            ((side, box),) = layer.boxes.items()
            patterns = np.stack([make(layer.depth, box.shape) for _ in range(20)]).astype(np.float32)
            found[layer.name] = layer_found(layer.name, {side: patterns})
    return found
