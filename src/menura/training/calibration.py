"""The level of the scores, and their words: training fixes their order alone, and a person wants to read them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from menura.evaluation.metrics import target_ranks
from menura.evaluation.scoring import score_features
from menura.inputs.pair_features import PairFeatures
from menura.model.score import sigmoid
from menura.model.steps import Steps
from menura.network.iminet import IMINET
from menura.training.heads import Heads

CLOSE, LIKELY = 1 / 2, 1 / 5
"""How often a first hit of so high a score at least is the very sound that was imitated."""


def calibrate(
    network: IMINET, features: PairFeatures, chosen: NDArray[np.integer], *, as_in_a_library: bool = False
) -> None:
    """Scale and shift FC2 so that the sigmoid says how probable a match is, pairs and non-pairs being equally many.

    Or, as in a library of the chosen recordings, of which one is meant and all others are not: then the sigmoid says
    how probable it is that a sound of such a library is the one. The change is monotone: no rank moves.

    Args:
        network: Changed in place.
        features: Recordings and their imitations.
        chosen: Recordings to calibrate on; not those that the network is measured on.
        as_in_a_library: Whether pairs are as rare as they are there.
    """
    calibrate_by(network, *score_features(network, features, chosen), as_in_a_library=as_in_a_library)


def calibrate_by(
    network: IMINET | Heads,
    logits: NDArray[np.float32],
    target: NDArray[np.integer],
    *,
    as_in_a_library: bool = False,
) -> None:
    """The same by scores that the network has given: (i, r) logits, and (i,) each row's right column."""
    scores = torch.from_numpy(logits).double()
    labels = torch.zeros_like(scores)
    labels[torch.arange(len(target)), torch.from_numpy(target)] = 1
    weights = torch.where(labels == 1, 0.5 / labels.sum(), 0.5 / (1 - labels).sum())
    if as_in_a_library:
        weights = torch.full_like(labels, 1 / labels.numel())
    log_scale = torch.zeros((), dtype=torch.double, requires_grad=True)
    shift = torch.zeros((), dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_scale, shift], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(
            log_scale.exp() * scores + shift, labels, weight=weights, reduction="sum"
        )
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        network.fc2.weight.mul_(log_scale.exp().item())
        network.fc2.bias.mul_(log_scale.exp().item()).add_(shift.item())


def measure_steps(network: IMINET, features: PairFeatures, chosen: NDArray[np.integer]) -> Steps | None:
    """The steps of a calibrated network's scores, by imitations of recordings that it did not learn from.

    Args:
        network: Scores as it will when it is searched with.
        features: Recordings and their imitations.
        chosen: The recordings that are a library here.

    Returns:
        As `steps_of`.
    """
    return steps_of(*score_features(network, features, chosen))


def steps_of(logits: NDArray[np.floating], target: NDArray[np.integer]) -> Steps | None:
    """From which scores on the first hit of a query is the right one, often enough to be called close or likely.

    Args:
        logits: (queries, candidates) of every query with every sound of a library.
        target: (queries,) the column of the sound that was imitated.

    Returns:
        The least scores from which on upwards a half and a fifth of the first hits are right, a tie for the first place
        being wrong; None if not even a fifth ever is.
    """
    first, right = sigmoid(logits.max(axis=1)), target_ranks(logits, target) == 1
    likely = _least_score(first, right, LIKELY)
    return None if likely is None else Steps(likely, _least_score(first, right, CLOSE), logits.shape[1])


def _least_score(first: NDArray[np.float64], right: NDArray[np.bool_], share: float) -> float | None:
    """The least score such that, of all that are no lower, at least this share is right."""
    order = np.argsort(-first, kind="stable")
    scores = first[order]
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    is_last = np.append(scores[1:] < scores[:-1], True)  # equal scores are above a step together
    enough = np.flatnonzero(is_last & (shares >= share))
    return float(scores[enough[-1]]) if len(enough) else None
