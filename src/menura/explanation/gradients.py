"""Attributions by integrated gradients (Sundararajan, Taly and Yan 2017), with captum.

A point's attribution is its distance from silence times the mean of the logit's gradient there, along the straight line
from silence to the clip. The attributions of a side add up to the whole difference (completeness); in practice the mean
is a sum over steps, and ReLU and max-pooling bend the line in hundreds of places, so the sum is refined until it fits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from captum.attr import IntegratedGradients
from numpy.typing import NDArray
from torch import Tensor

from menura.explanation.evidence import Evidence, Explanation
from menura.explanation.match import Clip, Match
from menura.network.iminet import IMINET
from menura.progress import Progress

METHOD = "integrated gradients"
N_STEPS = (128, 192, 256, 384, 512, 768, 1_024)
"""Steps that are tried, one number after the other, until the attributions add up."""

TOLERANCE = 0.01
"""How far the sum of attributions may be from the difference of logits, as a part of the difference ..."""

TOLERANCE_LOGIT = 0.02
"""... or, where the difference is small, in itself: so much moves no score by more than 0.005."""

_BATCH_STEPS = 8  # the layers of the imitation tower need 15 MB a step


def explain_by_gradients(match: Match, network: IMINET, progress: Progress | None = None) -> Explanation:
    """Explain a match with the gradients of the network that found it.

    Args:
        match: What to explain.
        network: The network of the bundle that found it; it is copied.
        progress: Called as gradients are done; how many there are to be may grow.
    """
    plain: IMINET = network.folded().requires_grad_(False)
    plain.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast
    with torch.no_grad():
        embedding = plain.embed_imitation(_batch_of(match.query))
        projection = plain.project_recording(_batch_of(match.recording))

    def score_queries(inputs: Tensor) -> Tensor:
        return plain.pair_logits(plain.embed_imitation(inputs), projection)

    def score_recordings(inputs: Tensor) -> Tensor:
        return plain.pair_logits(embedding, plain.project_recording(inputs))

    work = _Work(2 * N_STEPS[0], progress)
    query = _evidence(match.query, score_queries, work)
    recording = _evidence(match.recording, score_recordings, work)
    return Explanation(METHOD, match.logit, query, recording)


def integrated_gradients(
    clip: NDArray[np.float32], score: Callable[[Tensor], Tensor], *, silence: float = 0.0
) -> tuple[NDArray[np.float32], float]:
    """Attributions, (mel bands, frames), of what a tower is given of a clip, (mel bands, frames), and the difference.

    Args:
        clip: The spectrogram.
        score: (n, 1, mel bands, frames) to (n,) scores.
        silence: What the tower is given where no sound is.

    Returns:
        The attributions, and the score of the clip less the score of silence, to which they add up as closely as
        `TOLERANCE` and `TOLERANCE_LOGIT` say.
    """
    return _integrated_gradients(clip, score, silence, _Work(N_STEPS[0], None))


class _Work:
    """Counts gradients and tells whoever wants to know."""

    def __init__(self, planned: int, progress: Progress | None) -> None:
        self.planned = planned
        self.done = 0
        self._progress = progress

    def did(self, number: int) -> None:
        self.done += number
        if self._progress is not None:
            self._progress(self.done, self.planned)


def _evidence(clip: Clip, score: Callable[[Tensor], Tensor], work: _Work) -> Evidence:
    return Evidence(clip, *_integrated_gradients(clip.network_input, score, clip.front_end.silence, work))


def _integrated_gradients(
    clip: NDArray[np.float32], score: Callable[[Tensor], Tensor], silence: float, work: _Work
) -> tuple[NDArray[np.float32], float]:
    inputs = torch.from_numpy(clip)[None, None]
    with torch.no_grad():
        difference = float(score(inputs)) - float(score(torch.full_like(inputs, silence)))

    def counted(steps: Tensor) -> Tensor:
        work.did(len(steps))
        return score(steps)

    for n_steps in N_STEPS:
        if n_steps > N_STEPS[0]:
            work.planned += n_steps
        # Gauss-Legendre, captum's default: no other rule of as many steps comes nearer.
        found = IntegratedGradients(counted).attribute(
            inputs, baselines=silence, n_steps=n_steps, internal_batch_size=_BATCH_STEPS
        )
        attribution: NDArray[np.float32] = found[0, 0].detach().numpy().astype(np.float32)
        if abs(float(attribution.sum(dtype=np.float64)) - difference) <= max(
            TOLERANCE * abs(difference), TOLERANCE_LOGIT
        ):
            break
    return attribution, difference


def _batch_of(clip: Clip) -> Tensor:
    return torch.from_numpy(clip.network_input)[None, None]
