"""Projections of real recordings' windows, imitations of them as queries, and mixtures where more are needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura import Bundle
from menura.audio.files import read_audio
from menura.audio.windows import Windows
from menura.corpora.recordings import load_recordings
from menura.simulate import simulate_imitation

Floats = NDArray[np.float32]

_BATCH = 8
_NOISE = 0.02  # in standard deviations of each projection


def project_recordings(data: Path, bundle: Bundle) -> tuple[Floats, list[Path]]:
    """Projections (windows, h) of the recordings in the folder that `menura train default` is given, and the files."""
    front_end = bundle.spec.recording.front_end
    files = [recording.path for recording in load_recordings(data, seed=0)]
    parts = []
    for file in files:
        clips = [window.samples for window in Windows(file, front_end)]
        parts += [bundle.project_recordings(clips[i : i + _BATCH]) for i in range(0, len(clips), _BATCH)]
    return np.concatenate(parts), files


def imitations(sounds: list[Path], bundle: Bundle, count: int, rng: np.random.Generator) -> Floats:
    """Embeddings (count, h) of simulated imitations of some of the sounds."""
    front_end = bundle.spec.recording.front_end
    embeddings = []
    for i in rng.choice(len(sounds), count, replace=False):
        recording = read_audio(sounds[i], front_end.sample_rate_hz, duration_s=front_end.duration_s)
        embeddings.append(bundle.embed_query(simulate_imitation(recording, front_end.sample_rate_hz, int(i))))
    return np.stack(embeddings)


def mixtures(windows: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Projections (count, h), each up to 3/10 of the way from one window to another, with a little noise."""
    near, far = windows[rng.integers(len(windows), size=(2, count))]
    share = rng.uniform(0, 0.3, size=(count, 1)).astype(np.float32)
    noise = rng.standard_normal(near.shape, dtype=np.float32) * (_NOISE * windows.std(axis=0))
    mixed: Floats = near + share * (far - near) + noise
    return mixed
