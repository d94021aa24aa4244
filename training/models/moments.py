"""Sums of squares and products of weighted rows: all that a linear model needs to know of them, however many they are.

Shape
-----
matrix (n_features + 2, n_features + 2) = sum_i v_i a_i a_i', with a_i = (1, x_i, z_i), weight v_i, response z_i.
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
    """See the module; `n_rows` counts rows, whatever their weight."""

    n_rows: int
    matrix: Double

    @classmethod
    def of(cls, X: Float, z: Double, weight: Double) -> "Moments":
        """Measure rows, shapes (n_rows, n_features), (n_rows,), (n_rows,)."""
        rows = np.column_stack([np.ones(len(z)), X, z])
        return cls(n_rows=len(z), matrix=rows.T @ (rows * weight[:, None]))

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of both sets of rows."""
        return Moments(n_rows=self.n_rows + other.n_rows, matrix=self.matrix + other.matrix)

    def __sub__(self, other: "Moments") -> "Moments":
        """Return the moments without those rows."""
        return Moments(n_rows=self.n_rows - other.n_rows, matrix=self.matrix - other.matrix)

    @property
    def weight(self) -> float:
        """Sum of the weights."""
        return float(self.matrix[0, 0])

    @property
    def spread(self) -> float:
        """Standard deviation of the response."""
        mean = self.matrix[0, -1] / self.weight
        return float(np.sqrt(max(self.matrix[-1, -1] / self.weight - mean**2, 0.0)))

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
        mean = self.matrix[0] / self.weight
        cross = self._cross - self._gram @ weights
        own = self._lasso(cross, alpha)
        left = float(mean[-1] - mean[1:-1] @ (weights + own) - intercept)
        return own, left

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
    def _gram(self) -> Double:
        mean = self.matrix[0, 1:-1] / self.weight
        return self.matrix[1:-1, 1:-1] / self.weight - np.outer(mean, mean)

    @cached_property
    def _cross(self) -> Double:
        mean = self.matrix[0] / self.weight
        return self.matrix[1:-1, -1] / self.weight - mean[1:-1] * mean[-1]

    @cached_property
    def _spectrum(self) -> tuple[Double, Double]:
        values, vectors = np.linalg.eigh(self._gram)
        kept = values > TINY + 1e-8 * values[-1]
        return values[kept], vectors[:, kept]
