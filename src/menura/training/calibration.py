"""The level of the scores: listwise training fixes their order alone, and a person wants to read them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from menura.evaluation.scoring import score_features
from menura.inputs.pair_features import PairFeatures
from menura.network.iminet import IMINET


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
    logits, target = score_features(network, features, chosen)
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
