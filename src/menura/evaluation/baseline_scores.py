"""The baselines that need no training, over a whole corpus."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import read_audio
from menura.corpora.catalogue import Catalogue
from menura.evaluation import baselines
from menura.evaluation.baselines import BASELINES, Descriptor
from menura.inputs.arrays import in_parallel, save_array
from menura.inputs.digest import INPUT_CODE, run_digest

_RATE_HZ = 22_050


def baseline_scores(name: str, catalogue: Catalogue, cache: Path) -> NDArray[np.float64]:
    """(imitations, sounds) scores of a baseline over a whole catalogue, from the cache or computed now."""
    n = len(catalogue.sounds)
    digest = run_digest(_RATE_HZ, n, paths=catalogue.paths, cache=cache, code=(*INPUT_CODE, baselines))
    file = cache / f"{name.replace(' ', '')}-{digest}.npy"
    if not file.exists():
        described = list(in_parallel(partial(_describe, name), catalogue.paths, name))
        save_array(file, BASELINES[name].scores(described[n:], described[:n]))
    scores: NDArray[np.float64] = np.load(file)
    return scores


def _describe(name: str, path: Path) -> Descriptor:
    return BASELINES[name].describe(read_audio(path, _RATE_HZ), _RATE_HZ)
