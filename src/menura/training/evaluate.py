"""How well a network ranks: every imitation against every recording of a set."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from menura.metrics import chance_mrr, mean_reciprocal_rank, recall_at_k
from menura.network.iminet import IMINET
from menura.training.features import PairFeatures


@dataclass(frozen=True)
class RankingScores:
    """Means over all imitations of a set, each ranked against every recording of it, with chance beside them."""

    n_recordings: int
    n_imitations: int
    mrr: float
    chance_mrr: float
    hit_at_1: float
    hit_at_10: float
    chance_hit_at_10: float

    def to_dict(self) -> dict[str, float]:
        """The scores as JSON values, rounded to four digits."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def evaluate_ranking(network: IMINET, features: PairFeatures, chosen: NDArray[np.integer]) -> RankingScores:
    """Rank the chosen recordings for every imitation of each of them.

    Args:
        network: The network, used as it stands in evaluation mode.
        features: Recordings and their imitations.
        chosen: (m,) indices of the recordings that take part.
    """
    logits, target = score_matrix(network, features, chosen)
    return RankingScores(
        n_recordings=len(chosen),
        n_imitations=len(target),
        mrr=mean_reciprocal_rank(logits, target),
        chance_mrr=chance_mrr(len(chosen)),
        hit_at_1=recall_at_k(logits, target, 1),
        hit_at_10=recall_at_k(logits, target, 10),
        chance_hit_at_10=min(1.0, 10 / len(chosen)),
    )


def score_matrix(
    network: IMINET, features: PairFeatures, chosen: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Logits (imitations, recordings) of the chosen recordings and all their imitations; each row's right column."""
    network.eval()
    n_takes = features.imitations.shape[1]
    device = next(network.parameters()).device
    with torch.no_grad():
        projections = torch.cat(
            [
                network.project_recording(_inputs(features.recordings[part]).to(device))
                for part in np.array_split(chosen, _n_parts(len(chosen)))
            ]
        )
        rows = [
            network.logits(network.embed_imitation(_inputs(features.imitations[index]).to(device)), projections)
            for index in chosen
        ]
    logits: NDArray[np.float32] = torch.cat(rows).cpu().numpy()
    return logits, np.repeat(np.arange(len(chosen)), n_takes)


def calibrate(network: IMINET, features: PairFeatures, chosen: NDArray[np.integer]) -> None:
    """Scale and shift FC2 so that the sigmoid says how probable a match is, pairs and non-pairs being equally many.

    Listwise training fixes the order of the scores but not their level. The change is monotone: no rank moves.

    Args:
        network: Changed in place.
        features: Recordings and their imitations.
        chosen: Recordings to calibrate on; not those that the network is measured on.
    """
    logits, target = score_matrix(network, features, chosen)
    scores = torch.from_numpy(logits).double()
    labels = torch.zeros_like(scores)
    labels[torch.arange(len(target)), torch.from_numpy(target)] = 1
    weights = torch.where(labels == 1, 0.5 / labels.sum(), 0.5 / (1 - labels).sum())
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


def _inputs(log_mels: NDArray[np.float16]) -> torch.Tensor:
    return torch.from_numpy(log_mels.astype(np.float32)[:, None])


def _n_parts(n: int) -> int:
    return max(1, n // 64)
