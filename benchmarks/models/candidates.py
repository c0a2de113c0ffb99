"""What takes are measured against: recordings cut into windows, and a yardstick of takes and recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from menura.audio.files import read_audio
from menura.audio.windows import Windows
from menura.corpora.plain import load_plain
from menura.inputs.circumstances import heard_of
from menura.model.bundle import Bundle
from menura.model.score import best_windows, logits

TAKE_HZ = 32_000
LONGEST_S = 4.0
Samples = NDArray[np.float32]


class Cut(NamedTuple):
    """Recordings as a model has them: (m, h) projections of their windows, and (n,) how many windows each has."""

    projections: NDArray[np.float32]
    n_windows: NDArray[np.int64]

    @classmethod
    def of(cls, paths: Sequence[Path], bundle: Bundle) -> Cut:
        """What the model makes of these files."""
        front_end = bundle.spec.recording.front_end
        windows = [bundle.project_recordings([w.samples for w in Windows(path, front_end)]) for path in track(paths)]
        return cls(np.concatenate(windows), np.array([len(rows) for rows in windows]))

    def of_windows(self, query: NDArray[np.float32], bundle: Bundle) -> NDArray[np.float32]:
        """(m,) the logit of every window for a query, (h,)."""
        return logits(query, self.projections, bundle.output_weight, bundle.output_bias)

    def scores(self, query: NDArray[np.float32], bundle: Bundle) -> NDArray[np.float32]:
        """(n,) the logit of every recording for a query, (h,), as a search has it."""
        return best_windows(self.of_windows(query, bundle), self.n_windows, bundle.window_correction)


def embedded(takes: Sequence[Samples], bundle: Bundle) -> list[NDArray[np.float32]]:
    """The queries, (h,), that a model makes of what is heard of takes, at `TAKE_HZ`."""
    rate_hz = bundle.spec.imitation.front_end.sample_rate_hz
    return [bundle.embed_query(heard_of(take, TAKE_HZ, rate_hz, LONGEST_S)) for take in takes]


class Yardstick(NamedTuple):
    """Recordings, what is heard of imitations of them, and which recording each means."""

    paths: list[Path]
    takes: list[Samples]
    target: NDArray[np.intp]

    @classmethod
    def read(cls, folder: Path) -> Yardstick:
        """One that `corpora/voice_yardstick.py` made."""
        catalogue = load_plain(folder)
        place = {sound.id: number for number, sound in enumerate(catalogue.sounds)}
        target = np.array([place[imitation.sound_id] for imitation in catalogue.imitations])
        takes = [heard_of(read_audio(take.path, TAKE_HZ), TAKE_HZ, TAKE_HZ, LONGEST_S) for take in catalogue.imitations]
        return cls([sound.path for sound in catalogue.sounds], takes, target)
