"""Baselines that need no training, for a trained model to beat: MFCCs with dynamic time warping, and 2DFT.

Each is a module with two functions: `describe(samples, sample_rate_hz)` gives a descriptor of a sound, the same for
imitations and recordings, and `scores(queries, candidates)` compares descriptors, higher being more similar.
They use librosa, which `pip install 'menura[train]'` brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.evaluation.baselines import mfcc_dtw, two_dft

Descriptor = NDArray[np.float32]


class Baseline(NamedTuple):
    """A way to compare sounds."""

    describe: Callable[[NDArray[np.floating], float], Descriptor]
    scores: Callable[[Sequence[Descriptor], Sequence[Descriptor]], NDArray[np.float64]]


BASELINES: Mapping[str, Baseline] = MappingProxyType(
    {
        "MFCC + DTW": Baseline(mfcc_dtw.describe, mfcc_dtw.scores),
        "2DFT": Baseline(two_dft.describe, two_dft.scores),
    }
)
"""Each baseline under the name that stands in tables."""

__all__ = ["BASELINES", "Baseline", "Descriptor", "mfcc_dtw", "two_dft"]
