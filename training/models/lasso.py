"""LASSO linear regression of log demand against the series' level, per product where each has enough rows.

The objective that scikit-learn minimises, per group of rows:

    1 / (2 n) * sum_i (log(y_i / level_i) - b - x_i' w) ** 2 + alpha * sum_j abs(w_j)

with x standardised on the training rows. alpha is chosen on later weeks than those that w is fitted on. Moving the
forecast from the log mean to the objective's best point is the ensemble's affair.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Lasso

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Index = NDArray[np.int64]

ALPHAS = (0.1, 0.03, 0.01, 0.003, 0.001)
POOLED = 0


@dataclass(frozen=True, kw_only=True)
class LassoModel:
    """Weights per group; rows of a group that has none use the pooled ones.

    Attributes
    ----------
    weights : ndarray, shape (n_groups, n_features)
        Row 0 is pooled; row g is of group g, and not used where `fitted[g]` is false.
    intercepts : ndarray, shape (n_groups,)
    fitted : ndarray of bool, shape (n_groups,)
    alpha : float
    """

    weights: Double
    intercepts: Double
    fitted: NDArray[np.bool_]
    alpha: float

    def predict(self, X: Float, group: Index) -> Double:
        """Return log demand against the level, shape (n_rows,).

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_features)
            Standardised.
        group : ndarray of int, shape (n_rows,)
            0 where unknown.
        """
        own = np.where(self.fitted[np.minimum(group, len(self.fitted) - 1)], group, POOLED)
        return np.einsum("ij,ij->i", X, self.weights[own]) + self.intercepts[own]


def fit_lasso(
    X: Float, z: Double, weight: Double, group: Index, *, n_groups: int, alpha: float, minimum_rows: int
) -> LassoModel:
    """Fit the pooled LASSO and one per group with at least `minimum_rows` rows.

    Parameters
    ----------
    X : ndarray, shape (n_rows, n_features)
        Standardised.
    z : ndarray, shape (n_rows,)
        Log demand against the level.
    weight : ndarray, shape (n_rows,)
        Row weights, >= 0.
    group : ndarray of int, shape (n_rows,)
        From 1; 0 = no group.
    n_groups : int
        Number of groups, the pooled one included.
    """
    weights, intercepts = np.zeros((n_groups, X.shape[1])), np.zeros(n_groups)
    fitted = np.bincount(group, minlength=n_groups) >= minimum_rows
    fitted[POOLED] = True
    for g in np.flatnonzero(fitted):
        rows = slice(None) if g == POOLED else group == g
        weights[g], intercepts[g] = _fit_one(X[rows], z[rows], weight[rows], alpha)
    return LassoModel(weights=weights, intercepts=intercepts, fitted=fitted, alpha=alpha)


def _fit_one(X: Float, z: Double, weight: Double, alpha: float) -> tuple[Double, float]:
    """Fit on the Gram matrix, whose size does not grow with the rows."""
    share = weight / weight.sum()
    x_mean, z_mean = share @ X, float(share @ z)
    centred = (X - x_mean) * np.sqrt(share * len(z))[:, None]
    target = (z - z_mean) * np.sqrt(share * len(z))
    gram = np.ascontiguousarray(centred.T @ centred)
    model = Lasso(alpha=alpha, fit_intercept=False, precompute=gram, max_iter=2000, tol=1e-3)
    model.fit(np.asfortranarray(centred), target)
    return model.coef_.astype(np.float64), z_mean - float(x_mean @ model.coef_)
