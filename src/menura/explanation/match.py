"""One query against one sound: what both towers hear of them, and the logit that a search gives them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.features import log_mel, network_input
from menura.audio.hear import Take
from menura.audio.windows import Window, Windows
from menura.errors import AudioError
from menura.index.examine import embedded_windows
from menura.model.bundle import Bundle
from menura.model.score import chance_of_many, logits
from menura.search.query import hear_query
from menura.specs import FrontEndSpec


@dataclass(frozen=True, eq=False)
class Clip:
    """The part of a file that a tower hears.

    Attributes:
        front_end: How it is heard.
        start_s: Where it begins in the file, in seconds.
        end_s: Where it ends: sooner than the front end's length if the file does.
        log_mel_db: (mel bands, frames) in dB relative to the loudest; silence is 0 throughout.
        network_input: The same as the tower is given it.
    """

    front_end: FrontEndSpec
    start_s: float
    end_s: float
    log_mel_db: NDArray[np.float32]
    network_input: NDArray[np.float32]

    @property
    def n_heard(self) -> int:
        """How many frames begin within the file, at least 1; those that follow are padding."""
        n_frames = self.front_end.shape[1]
        return max(1, min(n_frames, math.ceil((self.end_s - self.start_s) / self.front_end.hop_s - 1e-9)))

    @classmethod
    def of(cls, samples: NDArray[np.float32], front_end: FrontEndSpec, start_s: float = 0.0) -> Clip:
        """The clip of (n,) samples at the front end's rate, n being no more than it hears."""
        end_s = start_s + len(samples) / front_end.sample_rate_hz
        return cls(front_end, start_s, end_s, log_mel(samples, front_end), network_input(samples, front_end))


@dataclass(frozen=True, eq=False)
class Match:
    """A query, the window of a recording that matches it best, and the logit of the two."""

    query: Clip
    recording: Clip
    logit: float


def find_match(query: Path, sound: Path, bundle: Bundle) -> Match:
    """Find where a sound matches a query best; of equal windows it is the first, as in a search.

    Raises:
        UsageError: There is no such file.
        AudioError: One of them cannot be read as sound or is silent, the sound in its best window.
    """
    take = hear_query(query, bundle.spec.imitation.front_end)
    embedding = bundle.embed_query(take.heard.samples)
    best: Window | None = None
    best_logit, n_windows = -np.inf, 0
    for window, projection in embedded_windows(Windows(sound, bundle.spec.recording.front_end), bundle):
        n_windows += 1
        (logit,) = logits(embedding, projection, bundle.output_weight, bundle.output_bias)
        if best is None or logit > best_logit:
            best, best_logit = window, float(logit)
    assert best is not None  # a file without a window cannot be read
    best_logit -= float(chance_of_many(np.array([n_windows]), bundle.window_correction)[0])
    return match_of(take, best, best_logit, bundle, name=sound)


def match_of(take: Take, window: Window, logit: float, bundle: Bundle, *, name: Path) -> Match:
    """The match of a query with one window of a recording.

    Args:
        take: The query.
        window: The window.
        logit: What a search gives the two.
        bundle: The model.
        name: What the recording is called in messages.

    Raises:
        AudioError: The window is silent.
    """
    recording = Clip.of(window.samples, bundle.spec.recording.front_end, window.start_s)
    if not recording.log_mel_db.any():
        raise AudioError(
            f"{name}: silent where it matches best, from {window.start_s:.1f} to {window.end_s:.1f} s, "
            "so there is nothing to explain; name another sound"
        )
    return Match(Clip.of(take.heard.samples, bundle.spec.imitation.front_end, take.heard.start_s), recording, logit)
