"""What takes of a sound usually are to a trained network, fitted on those that it learned from."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from menura.inputs.pair_features import PairFeatures
from menura.model.usual import Usual
from menura.network.iminet import IMINET

FITTED_ON = 2_400
"""Recordings at most: two dozen for each number of a projection."""

_RIDGE = 0.5  # of what one recording weighs: it matters where there are few
_AT_ONCE = 64


@torch.no_grad()
def measure_usual(network: IMINET, features: PairFeatures, chosen: NDArray[np.integer]) -> Usual:
    """Fit the mean of each recording's takes by its projection.

    Args:
        network: A trained one.
        features: Recordings and takes of them by people.
        chosen: The recordings to fit on, two at least.
    """
    network.eval()
    projections, queries = [], []
    for start in range(0, len(chosen), _AT_ONCE):
        rows = chosen[start : start + _AT_ONCE]
        takes = features.imitations[rows]
        heard = torch.from_numpy(takes.reshape(-1, 1, *takes.shape[2:]).astype(np.float32))
        queries.append(network.embed_imitation(heard).unflatten(0, takes.shape[:2]).mean(dim=1))
        recordings = torch.from_numpy(features.recordings[rows][:, None].astype(np.float32))
        projections.append(network.project_recording(recordings))
    return fit_usual(torch.cat(projections).numpy(), torch.cat(queries).numpy())


def fit_usual(projections: NDArray[np.float32], queries: NDArray[np.float32]) -> Usual:
    """By ridge regression of (n, h) mean queries on (n, h) projections."""
    known, wanted = projections.astype(np.float64), queries.astype(np.float64)
    away = known - known.mean(axis=0)
    products = away.T @ away
    ridge = _RIDGE * np.trace(products) / len(products) / len(known) * np.eye(len(products))
    weight = np.linalg.solve(products + ridge, away.T @ (wanted - wanted.mean(axis=0))).T
    bias = wanted.mean(axis=0) - weight @ known.mean(axis=0)
    return Usual(weight.astype(np.float32), bias.astype(np.float32))
