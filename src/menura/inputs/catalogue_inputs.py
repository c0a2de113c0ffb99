"""The log-mel inputs of a corpus of recordings and real or simulated imitations of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.features import network_input
from menura.audio.files import read_audio
from menura.corpora.catalogue import Catalogue
from menura.inputs.arrays import Arrays, cached_array
from menura.inputs.digest import run_digest
from menura.specs import FrontEndSpec, NetworkSpec


@dataclass(frozen=True)
class CatalogueInputs:
    """Inputs of both towers for a whole catalogue.

    Attributes:
        imitations: (i, mel, time), in the catalogue's order.
        recordings: (s, mel, time), in the order of its sounds.
        recording_of: (i,) the sound that each imitation imitates.
    """

    imitations: Arrays
    recordings: Arrays
    recording_of: NDArray[np.intp]

    def of_sounds(self, chosen: NDArray[np.intp]) -> CatalogueInputs:
        """The inputs of some sounds, by their indices, in that order, with all their imitations."""
        place = np.full(len(self.recordings), -1)
        place[chosen] = np.arange(len(chosen))
        kept = np.flatnonzero(place[self.recording_of] >= 0)
        return CatalogueInputs(self.imitations[kept], self.recordings[chosen], place[self.recording_of[kept]])


def load_catalogue_inputs(catalogue: Catalogue, spec: NetworkSpec, cache: Path) -> CatalogueInputs:
    """Inputs for a network of these sizes, from the cache or made now."""
    place = {sound.id: index for index, sound in enumerate(catalogue.sounds)}
    return CatalogueInputs(
        imitations=_inputs([imitation.path for imitation in catalogue.imitations], spec.imitation.front_end, cache),
        recordings=_inputs([sound.path for sound in catalogue.sounds], spec.recording.front_end, cache),
        recording_of=np.array([place[imitation.sound_id] for imitation in catalogue.imitations], dtype=np.intp),
    )


def _inputs(paths: Sequence[Path], front_end: FrontEndSpec, cache: Path) -> Arrays:
    file = cache / f"log-mel-{run_digest(front_end, paths=paths, cache=cache)}.npy"
    return cached_array(
        file, front_end.shape, "log-mel spectrograms", partial(log_mel_input, front_end=front_end), paths
    )


def log_mel_input(path: Path, *, front_end: FrontEndSpec) -> Arrays:
    """The network input of a file's beginning, in half precision."""
    samples = read_audio(path, front_end.sample_rate_hz, duration_s=front_end.duration_s)
    return network_input(samples, front_end).astype(np.float16)
