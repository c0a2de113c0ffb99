"""Distances between distributions of features (Helén and Virtanen 2010).

The paper says of it: they "extracted hand-crafted features from both query and sound samples and measured the
query-sample pairwise similarity on their feature distributions". A sound is the distribution of what its frames are
like, whatever their order: here a mixture of Gaussians of mel-frequency cepstral coefficients and their changes, fitted
to the sound by itself. Two distances between mixtures p = sum w_i N(m_i, s_i) and q = sum v_j N(n_j, t_j) have a form
that needs no sampling:

- Euclidean, between densities of unit length: ||p / |p| - q / |q|||^2 = 2 - 2 <p, q> / (|p| |q|), where

      <p, q> = integral of p q = sum_ij w_i v_j N(m_i; n_j, s_i + t_j)

  is exact. What is scored is the logarithm of <p, q> / (|p| |q|): it has the order of the distance, and tells apart
  what is so far away that the distance is 2 to the last digit.
- Kullback-Leibler has no closed form between mixtures. Goldberger, Gordon and Greenspan (2003) match every component
  with its nearest: KL(p, q) is near sum_i w_i min_j (KL(N_i, N_j) + log(w_i / v_j)), which is exact for one component
  each. Both directions are added, since it is not a query that explains a sound or the reverse.

Choices of ours, the article not being at hand: 13 coefficients without the first, which is the level, of 40 mel bands
in windows of 46 ms every 23 ms; changes over five frames, counted thrice, as they are small beside the coefficients;
diagonal covariances; one component for every 20 frames, 8 at most, so that a click is a single Gaussian; no variance
below 1 dB^2; the first 4 s of a sound, without frames that are 50 dB below its loudest.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import librosa
import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from menura.evaluation.systems.system import System, beginning

SAMPLE_RATE_HZ = 22_050
DURATION_S = 4.0
WINDOW_SAMPLES = 1_024  # 46 ms
HOP_SAMPLES = 512  # 23 ms
N_MELS = 40
N_MFCC = 13
DELTA_FRAMES = 5
DELTA_WEIGHT = 3.0
DYNAMIC_RANGE_DB = 50.0
FRAMES_PER_COMPONENT = 20
MOST_COMPONENTS = 8
LEAST_VARIANCE = 1.0  # dB^2

N_FEATURES = 2 * (N_MFCC - 1)


class Mixture(NamedTuple):
    """k Gaussians: (k,) weights that add up to 1, (k, d) means and (k, d) variances."""

    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    variances: NDArray[np.float64]


def describe(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float32]:
    """The mixture that fits a sound.

    Args:
        samples: (n,) mono, n >= 1, finite; the first `DURATION_S` count.
        sample_rate_hz: Its rate.

    Returns:
        (components, 1 + 2 x N_FEATURES): of each component its weight, its mean and its variances.
    """
    frames = _frames(samples, sample_rate_hz)
    n = min(MOST_COMPONENTS, max(1, len(frames) // FRAMES_PER_COMPONENT))
    if n == 1:
        return _packed(Mixture(np.ones(1), frames.mean(axis=0)[None], frames.var(axis=0)[None] + LEAST_VARIANCE))
    fitted = GaussianMixture(n, covariance_type="diag", reg_covar=LEAST_VARIANCE, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # frames that are all alike make fewer components
        fitted.fit(frames)
    return _packed(Mixture(fitted.weights_, fitted.means_, fitted.covariances_))


def euclidean_scores(
    queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]
) -> NDArray[np.float64]:
    """The logarithm of the cosine between densities, (q, c), at most 0 but for rounding.

    Args:
        queries: q descriptors from `describe`.
        candidates: c descriptors.
    """
    ours, theirs = [unpacked(query) for query in queries], [unpacked(candidate) for candidate in candidates]
    own = [np.array([log_products(one, [one])[0] for one in mixtures]) for mixtures in (ours, theirs)]
    between = np.stack([log_products(one, theirs) for one in ours])
    cosines: NDArray[np.float64] = between - (own[0][:, None] + own[1]) / 2
    return cosines


def kl_scores(queries: Sequence[NDArray[np.float32]], candidates: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Minus the Kullback-Leibler divergences by matched components, of both directions together; arguments as above."""
    ours, theirs = [unpacked(query) for query in queries], [unpacked(candidate) for candidate in candidates]
    return np.stack([-matched_divergences(one, theirs) for one in ours])


def log_products(one: Mixture, others: Sequence[Mixture]) -> NDArray[np.float64]:
    """The logarithm of <p, q> of a mixture with each of (c,) others."""
    joined, starts = _joined(others)
    variances = one.variances[:, None] + joined.variances  # (k, all components of the others, d)
    apart = (one.means[:, None] - joined.means) ** 2
    logs = -0.5 * (apart / variances + np.log(2 * np.pi * variances)).sum(axis=2)
    by_component = np.logaddexp.reduce(logs + np.log(one.weights)[:, None] + np.log(joined.weights), axis=0)
    products: NDArray[np.float64] = np.logaddexp.reduceat(by_component, starts)
    return products


def matched_divergences(one: Mixture, others: Sequence[Mixture]) -> NDArray[np.float64]:
    """Goldberger's approximation of KL(p, q) + KL(q, p), of a mixture p with each of (c,) others."""
    joined, starts = _joined(others)
    there = gaussian_divergences(one, joined) + np.log(one.weights)[:, None] - np.log(joined.weights)
    nearest = np.minimum.reduceat(there, starts, axis=1)  # (k, c): of each of our components, in each mixture
    back = gaussian_divergences(joined, one) + np.log(joined.weights)[:, None] - np.log(one.weights)
    forth: NDArray[np.float64] = one.weights @ nearest
    both: NDArray[np.float64] = forth + np.add.reduceat(joined.weights * back.min(axis=1), starts)
    return both


def gaussian_divergences(ours: Mixture, theirs: Mixture) -> NDArray[np.float64]:
    """KL(N_i, N_j) of each component of one mixture from each of another, (k, l): exact.

    Half the sum over dimensions of s / t + (m - n)^2 / t - 1 - log(s / t), multiplied out into products of matrices.
    """
    precisions = 1 / theirs.variances
    quadratic = (ours.variances + ours.means**2) @ precisions.T - 2 * ours.means @ (theirs.means * precisions).T
    of_theirs = (theirs.means**2 * precisions + np.log(theirs.variances)).sum(axis=1)
    of_ours = (1 + np.log(ours.variances)).sum(axis=1)
    divergences: NDArray[np.float64] = 0.5 * (quadratic + of_theirs - of_ours[:, None])
    return divergences


def unpacked(descriptor: NDArray[np.float32]) -> Mixture:
    """The mixture that `describe` gave."""
    wide = descriptor.astype(np.float64)
    d = (wide.shape[1] - 1) // 2
    weights = np.maximum(wide[:, 0], np.finfo(np.float64).tiny)
    return Mixture(weights / weights.sum(), wide[:, 1 : 1 + d], wide[:, 1 + d :])


def _packed(mixture: Mixture) -> NDArray[np.float32]:
    columns = np.concatenate([mixture.weights[:, None], mixture.means, mixture.variances], axis=1)
    packed: NDArray[np.float32] = columns.astype(np.float32)
    return packed


def _joined(mixtures: Sequence[Mixture]) -> tuple[Mixture, NDArray[np.intp]]:
    """The components of several mixtures one after another, and where those of each begin."""
    sizes = [len(mixture.weights) for mixture in mixtures]
    parts = [np.concatenate(arrays) for arrays in zip(*mixtures, strict=True)]
    return Mixture(*parts), np.cumsum([0, *sizes[:-1]])


def _frames(samples: NDArray[np.floating], sample_rate_hz: float) -> NDArray[np.float64]:
    """(frames, N_FEATURES) in dB: coefficients and their changes, of the frames that are loud enough."""
    clip = beginning(samples, sample_rate_hz, DURATION_S, SAMPLE_RATE_HZ)
    clip = np.pad(clip, (0, max(0, WINDOW_SAMPLES - len(clip))))
    mel = librosa.feature.melspectrogram(
        y=clip, sr=SAMPLE_RATE_HZ, n_fft=WINDOW_SAMPLES, hop_length=HOP_SAMPLES, n_mels=N_MELS
    )
    decibels = librosa.power_to_db(mel, ref=np.max, top_db=DYNAMIC_RANGE_DB)
    coefficients = librosa.feature.mfcc(S=decibels, n_mfcc=N_MFCC)[1:]
    changes = librosa.feature.delta(coefficients, width=DELTA_FRAMES, mode="nearest")
    frames = np.concatenate([coefficients, DELTA_WEIGHT * changes]).T.astype(np.float64)
    power = mel.sum(axis=0)
    loud = power >= power.max() * 10 ** (-DYNAMIC_RANGE_DB / 10)
    kept: NDArray[np.float64] = frames[loud]
    return kept


SYSTEMS = (
    System(name="Helén-Virtanen, Euclidean", describe=describe, scores=euclidean_scores),
    System(name="Helén-Virtanen, KL", describe=describe, scores=kl_scores),
)
