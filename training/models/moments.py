"""Sums of squares and products of weighted rows: all that a linear model needs to know of them, however many they are.

Shape
-----
matrix (n_features + 2, n_features + 2) = sum_i v_i a_i a_i', with a_i = (c_i, x_i, z_i), weight v_i, response z_i, and
c_i the constant: 1, or what a transformation of the rows left of it.
Moments of disjoint rows add up.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Lasso

Float = NDArray[np.float32]
Double = NDArray[np.float64]

TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class Moments:
    """See the module; `n_rows` counts rows, `weight` is the sum of their weights."""

    n_rows: int
    weight: float
    matrix: Double

    @classmethod
    def of(cls, rows: Double, weight: Double) -> "Moments":
        """Measure rows (c, x, z), shape (n_rows, n_features + 2), with their weights."""
        return cls(n_rows=len(rows), weight=float(weight.sum()), matrix=rows.T @ (rows * weight[:, None]))

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of both sets of rows."""
        return Moments(
            n_rows=self.n_rows + other.n_rows,
            weight=self.weight + other.weight,
            matrix=self.matrix + other.matrix,
        )

    @property
    def spread(self) -> float:
        """Standard deviation of the response."""
        return float(np.sqrt(max(self._centred[-1, -1], 0.0)))

    def squares(self, weights: Double, intercept: float) -> float:
        """Return the weighted sum of squared errors of the forecast ``x' weights + intercept``."""
        error = np.r_[intercept, weights, -1.0]
        return float(error @ self.matrix @ error)

    def solve(self, weights: Double, intercept: float, alpha: float) -> tuple[Double, float]:
        """Fit a LASSO on what the forecast ``x' weights + intercept`` leaves of the response.

        Returns
        -------
        weights, intercept
            To be added to those given; the intercept makes the weighted mean error zero.
        """
        own = self._lasso(self._centred[:-1, -1] - self._centred[:-1, :-1] @ weights, alpha)
        return own, float(self._mean[-1] - self._mean[:-1] @ (weights + own) - intercept)

    def _lasso(self, cross: Double, alpha: float) -> Double:
        """Solve on as many rows as there are features, with the same moments as the rows themselves."""
        values, vectors = self._spectrum
        if not len(values):
            return np.zeros(len(cross))
        root = np.sqrt(values)
        model = Lasso(alpha=alpha / len(root), fit_intercept=False, max_iter=20_000, tol=1e-3)
        fitted = model.fit(root[:, None] * vectors.T, (vectors.T @ cross) / root)
        return np.asarray(fitted.coef_, dtype=np.float64)

    @cached_property
    def _mean(self) -> Double:
        """Means of (x, z), as their regression on the constant."""
        return np.asarray(self.matrix[0, 1:] / self.matrix[0, 0])

    @cached_property
    def _centred(self) -> Double:
        """Mean squares and products of (x, z) around their means."""
        about = self.matrix[1:, 1:] - self.matrix[0, 0] * np.outer(self._mean, self._mean)
        return np.asarray(about / self.weight)

    @cached_property
    def _spectrum(self) -> tuple[Double, Double]:
        values, vectors = np.linalg.eigh(self._centred[:-1, :-1])
        kept = values > TINY + 1e-8 * values[-1]
        return values[kept], vectors[:, kept]
