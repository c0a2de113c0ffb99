"""What a bundle and mn04 hear of recordings, to learn kinds from: projections of windows, and AudioSet's classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.audio.windows import Windows
from menura.corpora.recordings import Recording
from menura.errors import AudioError
from menura.inputs.arrays import Arrays, cached_array, cached_windows
from menura.inputs.digest import run_digest
from menura.model.bundle import Bundle
from menura.network.mobilenet import load_classifier, load_mn04
from menura.specs import mn04_front_end

_LISTENED_S = 5.0
_LEAST_S = 1.0  # shorter clips are mostly edges to mn04
_MOST_WINDOWS = 4
_AUDIOSET = 527


@dataclass(frozen=True, eq=False)
class Heard:
    """What is heard of n recordings.

    Attributes:
        recordings: These.
        windows: (w, h) projections of all their windows, a few of each.
        owners: (w,) the recording that each is of.
        logits: (n, 527) of mn04.
    """

    recordings: Sequence[Recording]
    windows: NDArray[np.float32]
    owners: NDArray[np.intp]
    logits: NDArray[np.float32]


def hear(home: Path, recordings: Sequence[Recording], weights: Path, work: Path) -> Heard:
    """What a bundle and mn04 hear of recordings, from the cache in `work` or now."""
    paths = [recording.path for recording in recordings]
    cache = work / "features"
    fingerprint = Bundle.load(home).fingerprint
    key = run_digest(fingerprint, _MOST_WINDOWS, paths=paths, cache=cache)
    windows, owners = cached_windows(
        cache / f"projections-{key}.npy", "hearing recordings", partial(_projections, home=home), paths
    )
    key = run_digest(_LISTENED_S, _LEAST_S, paths=[*paths, weights], cache=cache)
    logits = cached_array(
        cache / f"audioset-{key}.npy", (_AUDIOSET,), "asking mn04", partial(_logits, weights=weights), paths
    )
    return Heard(recordings, np.asarray(windows, np.float32), owners, np.asarray(logits, np.float32))


def _projections(path: Path, *, home: Path) -> Arrays:
    """(w, h) of a recording's first windows, as an index has them; none of one that is silent."""
    bundle = _bundle(home)
    windows = islice(Windows(path, bundle.spec.recording.front_end), _MOST_WINDOWS)
    try:
        rows = [bundle.project_recordings([window.samples]) for window in windows]
    except AudioError:
        rows = []
    return np.concatenate([np.zeros((0, bundle.spec.n_hidden), np.float32), *rows])


def _logits(path: Path, *, weights: Path) -> Arrays:
    """(527,) of mn04, of a recording's first seconds."""
    network, classifier = _mn04(weights)
    front_end = mn04_front_end(_LISTENED_S)
    samples = read_audio(path, front_end.sample_rate_hz, duration_s=_LISTENED_S)
    seconds = max(_LEAST_S, len(samples) / front_end.sample_rate_hz)
    log_mel = network_input(samples, mn04_front_end(seconds))
    with torch.no_grad():
        found: Arrays = classifier(network(torch.from_numpy(log_mel)[None, None]).mean((2, 3)))[0].numpy()
    return found


@lru_cache(maxsize=1)
def _bundle(home: Path) -> Bundle:
    return Bundle.load(home)


@lru_cache(maxsize=1)
def _mn04(weights: Path) -> tuple[nn.Module, nn.Module]:
    torch.set_num_threads(1)
    return load_mn04(weights).folded(), load_classifier(weights)
