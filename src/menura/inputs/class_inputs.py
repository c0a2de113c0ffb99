"""The log-mel inputs of a corpus of clips with their classes, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.features import network_input
from menura.audio.windows import Windows
from menura.corpora.classes import ClassCatalogue
from menura.inputs.arrays import Arrays, cached_windows
from menura.inputs.digest import run_digest
from menura.specs import FrontEndSpec


@dataclass(frozen=True)
class ClassInputs:
    """n windows of labelled clips.

    Attributes:
        log_mels: (n, mel, time) normalised log-mel spectrograms.
        targets: (n,) class of each.
        clips: (n,) which clip each is of.
    """

    log_mels: Arrays
    targets: NDArray[np.intp]
    clips: NDArray[np.intp]

    def of_clips(self, wanted: NDArray[np.bool_]) -> ClassInputs:
        """The windows of some clips, given as a mask over clips."""
        rows = wanted[self.clips]
        return ClassInputs(self.log_mels[rows], self.targets[rows], self.clips[rows])


def load_class_inputs(
    catalogue: ClassCatalogue, front_end: FrontEndSpec, cache: Path, *, classes: Sequence[str], n_windows: int | None
) -> ClassInputs:
    """Windows of all clips of a catalogue, from the cache or made now.

    Args:
        catalogue: The clips.
        front_end: A tower's.
        cache: A folder for the arrays.
        classes: The classes that are learned, in the order of their numbers; any other class has the number -1.
        n_windows: How many windows of each clip, from its beginning; None: all.
    """
    paths = catalogue.paths
    file = cache / f"windows-{run_digest(front_end, n_windows, paths=paths, cache=cache)}.npy"
    work = partial(_window_inputs, front_end=front_end, n_windows=n_windows)
    log_mels, clips = cached_windows(file, "log-mel of windows", work, paths)
    number = {label: index for index, label in enumerate(classes)}
    targets = np.array([number.get(clip.label, -1) for clip in catalogue.clips], dtype=np.intp)
    return ClassInputs(log_mels, targets[clips], clips)


def _window_inputs(path: Path, *, front_end: FrontEndSpec, n_windows: int | None) -> Arrays:
    """(windows, mel, time) network inputs of a file, in half precision."""
    windows = islice(Windows(path, front_end), n_windows)
    return np.stack([network_input(window.samples, front_end) for window in windows]).astype(np.float16)
