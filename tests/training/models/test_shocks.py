"""Generalised least squares against its textbook form with the full covariance matrix."""

import numpy as np
import pytest

from training.models.shocks import Clusters


def test_clusters_are_rows_with_the_same_keys() -> None:
    clusters = Clusters.of(np.array([1, 0, 1, 0, 1]), np.array([0, 0, 0, 0, 2]))
    assert sorted(clusters.sizes.tolist()) == [1, 2, 2]
    means = clusters.means(np.array([10.0, 1.0, 20.0, 3.0, 7.0]))
    assert sorted(means.tolist()) == [2.0, 7.0, 15.0]


def test_variances_are_found_again() -> None:
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(400), 12)
    residual = rng.normal(0, 0.4, 400)[cluster] + rng.normal(0, 0.3, len(cluster))
    shares = Clusters.of(cluster).shares(residual)
    expected = 1 - np.sqrt(0.09 / (0.09 + 12 * 0.16))
    assert shares == pytest.approx(np.full(400, expected), abs=0.02)


def test_without_shared_shocks_hardly_anything_is_taken() -> None:
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(200), 10)
    assert Clusters.of(cluster).shares(rng.normal(size=len(cluster))).max() < 0.1


def test_least_squares_on_the_rest_is_generalised_least_squares() -> None:
    rng = np.random.default_rng(2)
    cluster = rng.integers(0, 8, 60)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    z = X @ [1.0, 2.0, -1.0] + rng.normal(size=60)
    within, between = 0.5, 0.8
    covariance = within * np.eye(60) + between * (cluster[:, None] == cluster)
    inverse = np.linalg.inv(covariance)
    textbook = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ z)
    clusters = Clusters.of(cluster)
    shares = 1 - np.sqrt(within / (within + clusters.sizes * between))
    rest = clusters.without(np.column_stack([X, z]), shares)
    np.testing.assert_allclose(np.linalg.lstsq(rest[:, :3], rest[:, 3])[0], textbook)
