"""scikit-learn on the rows themselves is the oracle for what is fitted on their moments."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso, LinearRegression

from training.models.lasso import GroupedRows, LassoRows, Penalty, fit_lasso
from training.models.moments import Moments

N_ROWS, N_FEATURES = 600, 7


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture(name="X")
def features(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(N_ROWS, N_FEATURES)).astype(np.float32)


@pytest.fixture
def z(X: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(0.5 + X @ np.array([1.0, -0.5, 0, 0, 0.2, 0, 0]) + rng.normal(0, 0.3, N_ROWS))


def with_constant(X: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(z)), X, z])


@pytest.mark.parametrize("alpha", [0.3, 0.05, 0.001])
def test_moments_give_the_lasso_of_the_rows(X: np.ndarray, z: np.ndarray, alpha: float) -> None:
    oracle = Lasso(alpha=alpha, tol=1e-7).fit(X.astype(float), z)
    weights, intercept = Moments.of(with_constant(X, z), np.ones(N_ROWS)).solve(
        np.zeros(N_FEATURES), 0.0, alpha
    )
    np.testing.assert_allclose(weights, oracle.coef_, atol=2e-3)
    assert intercept == pytest.approx(oracle.intercept_, abs=2e-3)


def test_row_weights_are_those_of_the_oracle(X: np.ndarray, z: np.ndarray, rng: np.random.Generator) -> None:
    weight = rng.uniform(0, 2, N_ROWS)
    oracle = Lasso(alpha=0.05, tol=1e-7).fit(X.astype(float), z, sample_weight=weight)
    weights, intercept = Moments.of(with_constant(X, z), weight).solve(np.zeros(N_FEATURES), 0.0, 0.05)
    np.testing.assert_allclose(weights, oracle.coef_, atol=2e-3)
    assert intercept == pytest.approx(oracle.intercept_, abs=2e-3)


def test_moments_of_parts_add_up(X: np.ndarray, z: np.ndarray) -> None:
    rows, ones = with_constant(X, z), np.ones(N_ROWS)
    parts = Moments.of(rows[:200], ones[:200]) + Moments.of(rows[200:], ones[200:])
    np.testing.assert_allclose(parts.matrix, Moments.of(rows, ones).matrix)
    assert parts.n_rows == N_ROWS


def test_squares_are_the_squared_errors(X: np.ndarray, z: np.ndarray) -> None:
    weights = np.arange(N_FEATURES) / 10
    found = Moments.of(with_constant(X, z), np.ones(N_ROWS)).squares(weights, 0.25)
    assert found == pytest.approx(np.sum((z - X @ weights - 0.25) ** 2))


def test_a_layer_fits_what_the_pooled_weights_leave(X: np.ndarray, z: np.ndarray) -> None:
    """With hardly any penalty, two groups with slopes of their own are fitted as if each stood alone."""
    group = np.arange(N_ROWS) % 2 + 1
    z = np.where(group == 2, z + 2 * X[:, 3] + 1.0, z)
    rows = GroupedRows.of(with_constant(X, z), np.ones(N_ROWS), {"product": group})
    model = rows.fit(Penalty(alpha=1e-5, layer_ratio=1.0))
    for g in (1, 2):
        own = group == g
        oracle = LinearRegression().fit(X[own], z[own])
        np.testing.assert_allclose(
            model.predict(X[own], {"product": group[own]}), oracle.predict(X[own]), atol=0.01
        )


def test_squares_by_group_are_those_of_the_forecasts(X: np.ndarray, z: np.ndarray) -> None:
    group = np.arange(N_ROWS) % 3
    rows = GroupedRows.of(with_constant(X, z), np.ones(N_ROWS), {"product": group})
    model = rows.fit(Penalty(alpha=0.01, layer_ratio=1.0))
    assert rows.squares(model) == pytest.approx(np.sum((z - model.predict(X, {"product": group})) ** 2))


def test_rows_of_an_unknown_group_get_the_pooled_forecast(X: np.ndarray, z: np.ndarray) -> None:
    group = np.arange(N_ROWS) % 2 + 1
    rows = GroupedRows.of(with_constant(X, z), np.ones(N_ROWS), {"product": group})
    model = rows.fit(Penalty(alpha=0.01, layer_ratio=1.0))
    unknown = np.zeros(N_ROWS, dtype=np.int64)
    np.testing.assert_allclose(model.predict(X, {"product": unknown}), X @ model.weights + model.intercept)


def lasso_rows(X: np.ndarray, z: np.ndarray, group: np.ndarray) -> LassoRows:
    week = np.repeat(np.arange(N_ROWS // 6), 6)
    return LassoRows(X=X, z=z, weight=np.ones(N_ROWS), groups={"product": group}, week=week, cluster=group)


def test_layers_are_chosen_where_groups_differ_and_left_out_where_they_do_not(
    X: np.ndarray, z: np.ndarray
) -> None:
    group = np.arange(N_ROWS) % 2 + 1
    apart = np.where(group == 2, z + 2 * X[:, 3], z)
    assert fit_lasso(lasso_rows(X, apart, group)).penalty.layer_ratio is not None
    alike = fit_lasso(lasso_rows(X, z, group))
    assert not alike.layers or np.abs(alike.layers[0].weights).max() < 0.1


def test_a_given_penalty_is_kept(X: np.ndarray, z: np.ndarray) -> None:
    penalty = Penalty(alpha=0.03, layer_ratio=None)
    assert fit_lasso(lasso_rows(X, z, np.ones(N_ROWS, dtype=np.int64)), penalty=penalty).penalty == penalty


def test_constant_features_get_no_weight(X: np.ndarray, z: np.ndarray) -> None:
    X = np.column_stack([X, np.zeros(N_ROWS)]).astype(np.float32)
    weights, _ = Moments.of(with_constant(X, z), np.ones(N_ROWS)).solve(np.zeros(N_FEATURES + 1), 0.0, 0.01)
    assert weights[-1] == 0.0
