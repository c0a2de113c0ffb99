"""Why a query and a sound match: how much each point of both spectrograms raised the score.

The score of a pair is no sum over its two sides: without either, little is left of it. So each side is asked about by
itself, the other being as it is: its attributions share out the difference between the logit of the pair and the logit
that silence in this side's place would get. Silence is all zeros to a tower like the paper's, and so is the mean of a
clip; to one that is mn04 it is the lowest level.

(Both sides silent is no point to start from: a network that learned that like matches like finds silence and silence
alike, and often more so than a voice and the sound that it imitates.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.explanation.match import Clip
from menura.model.score import sigmoid


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one side of a match contributes.

    Attributes:
        clip: What the tower heard.
        attribution: (mel bands, frames), each point's share of `gain`: positive where it raised the logit.
        gain: The logit of the match less the logit with silence in this side's place.
    """

    clip: Clip
    attribution: NDArray[np.float32]
    gain: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a query and the best window of a sound match.

    Attributes:
        method: How the attributions were found: `integrated gradients` or `occlusion`.
        logit: The logit of the match.
        query: What the query contributes.
        recording: What the window contributes; `recording.clip.start_s` says where in the file it is.
    """

    method: str
    logit: float
    query: Evidence
    recording: Evidence

    @property
    def score(self) -> float:
        """The similarity, in (0, 1): what a search would show."""
        return _score(self.logit)

    def score_without(self, side: Evidence) -> float:
        """The similarity if one of the two sides were silent."""
        return _score(self.logit - side.gain)


def _score(logit: float) -> float:
    return float(sigmoid(np.array(logit)))
