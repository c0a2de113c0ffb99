"""One query against one sound: what both towers hear of them, and the score of the sound's best window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.features import log_mel, network_input
from menura.audio.windows import Window, iter_windows
from menura.errors import AudioError
from menura.model.bundle import Bundle
from menura.model.score import logits
from menura.search.query import read_query
from menura.specs import FrontEndSpec

_BATCH_WINDOWS = 8  # of a long recording; the first layer's output of one is 1.5 MB


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
    samples = read_query(query, bundle.spec.imitation.front_end)
    embedding = bundle.embed_query(samples)
    best: Window | None = None
    best_logit = -np.inf
    for windows, window_logits in _scored_windows(sound, embedding, bundle):
        first = int(np.argmax(window_logits))
        if best is None or window_logits[first] > best_logit:
            best, best_logit = windows[first], float(window_logits[first])
    assert best is not None  # a file without a window cannot be read
    recording = Clip.of(best.samples, bundle.spec.recording.front_end, best.start_s)
    if not recording.log_mel_db.any():
        raise AudioError(
            f"{sound}: silent where it matches best, from {best.start_s:.1f} to {best.end_s:.1f} s, "
            "so there is nothing to explain; name another sound"
        )
    return Match(Clip.of(samples, bundle.spec.imitation.front_end), recording, best_logit)


def match_of(query: NDArray[np.float32], window: Window, bundle: Bundle) -> Match:
    """The match of (n,) samples of a query, at the imitation tower's rate, with one window of a recording.

    Raises:
        AudioError: The window is silent.
    """
    recording = Clip.of(window.samples, bundle.spec.recording.front_end, window.start_s)
    if not recording.log_mel_db.any():
        raise AudioError("the sound is silent here, so there is nothing to explain")
    projection = bundle.project_recordings([window.samples])
    logit = float(logits(bundle.embed_query(query), projection, bundle.output_weight, bundle.output_bias)[0])
    return Match(Clip.of(query, bundle.spec.imitation.front_end), recording, logit)


def _scored_windows(
    sound: Path, embedding: NDArray[np.float32], bundle: Bundle
) -> Iterator[tuple[list[Window], NDArray[np.float32]]]:
    """The windows of a file, a few at a time, with the (n,) logits of the query with them."""
    windows = iter_windows(sound, bundle.spec.recording.front_end)
    while batch := list(islice(windows, _BATCH_WINDOWS)):
        projections = bundle.project_recordings([window.samples for window in batch])
        yield batch, logits(embedding, projections, bundle.output_weight, bundle.output_bias)
