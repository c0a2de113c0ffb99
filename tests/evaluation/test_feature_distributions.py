"""Distances between mixtures of Gaussians, against formulas known elsewhere, integrals and samples."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from menura.evaluation.systems.feature_distributions import (
    Mixture,
    describe,
    euclidean_scores,
    gaussian_divergences,
    kl_scores,
    log_products,
    matched_divergences,
    unpacked,
)
from sounds_made import RATE_HZ, noise, tone


def mixture(rng, k, d, spread=1.0):
    weights = rng.dirichlet(np.full(k, 5.0))
    return Mixture(weights, spread * rng.normal(size=(k, d)), rng.uniform(0.5, 2, (k, d)))


def log_density(mixture, points):
    parts = zip(mixture.weights, mixture.means, mixture.variances, strict=True)
    return np.logaddexp.reduce(
        [np.log(w) + multivariate_normal(mean, np.diag(var)).logpdf(points) for w, mean, var in parts], axis=0
    )


def sampled(mixture, n, rng):
    component = rng.choice(len(mixture.weights), n, p=mixture.weights)
    return rng.normal(mixture.means[component], np.sqrt(mixture.variances[component]))


def packed(mixture):
    return np.concatenate([mixture.weights[:, None], *mixture[1:]], axis=1).astype(np.float32)


def test_divergence_of_gaussians_is_that_of_torch():
    rng = np.random.default_rng(0)
    ours, theirs = mixture(rng, 3, 5), mixture(rng, 4, 5)
    found = gaussian_divergences(ours, theirs)

    def normal(of, row):
        mean, variance = (torch.from_numpy(array[row]) for array in (of.means, of.variances))
        return torch.distributions.Independent(torch.distributions.Normal(mean, variance.sqrt()), 1)

    for i in range(3):
        for j in range(4):
            expected = torch.distributions.kl_divergence(normal(ours, i), normal(theirs, j))
            assert found[i, j] == pytest.approx(float(expected), rel=1e-9)


def test_product_of_densities_is_its_integral():
    rng = np.random.default_rng(1)
    one, others = mixture(rng, 3, 1), [mixture(rng, 2, 1), mixture(rng, 4, 1)]

    def density(of, x):
        return sum(
            w * norm(m[0], np.sqrt(v[0])).pdf(x) for w, m, v in zip(of.weights, of.means, of.variances, strict=True)
        )

    for found, other in zip(np.exp(log_products(one, others)), others, strict=True):
        integral, _ = quad(lambda x, other=other: density(one, x) * density(other, x), -20, 20, limit=200)
        assert found == pytest.approx(integral, rel=1e-6)


def test_product_of_densities_in_many_dimensions_is_that_of_samples():
    rng = np.random.default_rng(2)
    one, other = mixture(rng, 3, 4), mixture(rng, 2, 4)
    expected = np.exp(log_density(other, sampled(one, 400_000, rng))).mean()  # the mean of q where p is
    assert np.exp(log_products(one, [other])[0]) == pytest.approx(expected, rel=0.02)


def test_matched_divergence_of_single_gaussians_is_exact():
    rng = np.random.default_rng(3)
    one, others = mixture(rng, 1, 6), [mixture(rng, 1, 6), mixture(rng, 1, 6)]
    exact = [gaussian_divergences(one, other)[0, 0] + gaussian_divergences(other, one)[0, 0] for other in others]
    assert matched_divergences(one, others) == pytest.approx(exact)


def test_matched_divergence_is_near_that_of_samples_where_components_lie_apart():
    rng = np.random.default_rng(4)
    one = mixture(rng, 3, 4, spread=12.0)
    moved = Mixture(one.weights[::-1], one.means[::-1] + 1.0, one.variances[::-1] * 1.3)
    points, other_points = sampled(one, 200_000, rng), sampled(moved, 200_000, rng)
    forth = (log_density(one, points) - log_density(moved, points)).mean()
    back = (log_density(moved, other_points) - log_density(one, other_points)).mean()
    assert matched_divergences(one, [moved])[0] == pytest.approx(forth + back, rel=0.02)


@pytest.mark.parametrize("scores", [euclidean_scores, kl_scores])
def test_a_mixture_is_nearest_to_itself_and_distances_have_no_direction(scores):
    rng = np.random.default_rng(5)
    mixtures = [packed(mixture(rng, k, 5)) for k in (1, 2, 5, 8)]
    found = scores(mixtures, mixtures)
    assert np.diagonal(found) == pytest.approx(0, abs=1e-5)
    assert (found <= 1e-5).all()
    assert found == pytest.approx(found.T, rel=1e-5, abs=1e-5)


def test_a_sound_of_two_parts_is_likelier_under_its_own_mixture():
    parts = np.concatenate([tone(250, 1.0), noise(1.0)])
    own, of_one_part = unpacked(describe(parts, RATE_HZ)), unpacked(describe(tone(250, 2.0), RATE_HZ))
    assert len(own.weights) > 2
    assert own.weights.sum() == pytest.approx(1)
    points = sampled(own, 2_000, np.random.default_rng(0))
    assert log_density(own, points).mean() > log_density(of_one_part, points).mean() + 10
