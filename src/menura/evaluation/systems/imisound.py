"""IMISOUND (Zhang and Duan, ICASSP 2016): learned features, compared without supervision.

The paper: "an unsupervised system called IMISOUND, using the SAE for feature extraction and various kinds of distances
for query-sample similarity measure". The features are those of `auto_encoder`, one vector for each patch of the query
and of the sound. Which distances there were, the paper does not say; here are four, from a sound as one point to
a sound as a sequence:

- Euclidean, between the means over the patches.
- Cosine, between the same.
- Kullback-Leibler, in both directions, between Gaussians of the patches. A sound has few patches, so a variance is
  that of its patches plus a tenth of the variance that the feature has over all training sounds; no covariances.
- Dynamic time warping, between the sequences, as `mfcc_dtw` aligns them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from menura.evaluation.systems import mfcc_dtw
from menura.evaluation.systems.auto_encoder import describe, encode, learn
from menura.evaluation.systems.feature_distributions import Mixture, gaussian_divergences
from menura.evaluation.systems.system import Learned, System

SHARED_VARIANCE = 0.1


def mean_of_patches(descriptor: NDArray[np.float32], learned: Learned) -> NDArray[np.float32]:
    """(N_FEATURES,) mean over the patches."""
    mean: NDArray[np.float32] = encode(descriptor, learned).mean(axis=0)
    return mean


def gaussian_of_patches(descriptor: NDArray[np.float32], learned: Learned) -> NDArray[np.float32]:
    """(2, N_FEATURES): mean and variance over the patches."""
    features = encode(descriptor, learned)
    variance = features.var(axis=0) + SHARED_VARIANCE * learned["variance"] + np.finfo(np.float32).eps
    return np.stack([features.mean(axis=0), variance]).astype(np.float32)


def euclidean_scores(
    queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]
) -> NDArray[np.float64]:
    """Minus the Euclidean distances between means, (q, c)."""
    one, other = np.stack(queries).astype(np.float64), np.stack(candidates).astype(np.float64)
    scores: NDArray[np.float64] = -cdist(one, other)
    return scores


def cosine_scores(
    queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]
) -> NDArray[np.float64]:
    """Cosines between means, (q, c)."""
    one, other = np.stack(queries).astype(np.float64), np.stack(candidates).astype(np.float64)
    lengths = np.linalg.norm(one, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    scores: NDArray[np.float64] = one @ other.T / lengths  # what comes out of a sigmoid is never 0
    return scores


def kl_scores(queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Minus the Kullback-Leibler divergences between Gaussians, both directions together, (q, c)."""
    ours, theirs = _gaussians(queries), _gaussians(candidates)
    scores: NDArray[np.float64] = -gaussian_divergences(ours, theirs) - gaussian_divergences(theirs, ours).T
    return scores


def _gaussians(kept: Sequence[NDArray[np.float32]]) -> Mixture:
    """One Gaussian a sound, as components of one mixture."""
    stacked = np.stack(kept).astype(np.float64)
    return Mixture(np.full(len(kept), 1 / len(kept)), stacked[:, 0], stacked[:, 1])


SYSTEMS = (
    System(name="IMISOUND, Euclidean", describe=describe, learn=learn, keep=mean_of_patches, scores=euclidean_scores),
    System(name="IMISOUND, cosine", describe=describe, learn=learn, keep=mean_of_patches, scores=cosine_scores),
    System(name="IMISOUND, KL", describe=describe, learn=learn, keep=gaussian_of_patches, scores=kl_scores),
    System(name="IMISOUND, DTW", describe=describe, learn=learn, keep=encode, scores=mfcc_dtw.scores),
)
