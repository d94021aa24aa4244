"""LASSO linear regression in layers: one for all rows, then one per group on what the layers before leave.

The objective that scikit-learn minimises in each layer and group, with x standardised on the training rows:

    1 / (2 n) * sum_i v_i (z_i - o_i - b - x_i' w) ** 2 + alpha * (sum_j abs(w_j) + abs(b) where grouped)

z is the response, o what the layers before say of it, v the row weights with mean 1. So a product differs from its
category, and the category from the whole, only where the rows insist. What the response is, and moving its forecast
to the objective's best point, is the affair of `training.members` and of the ensemble.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Lasso

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Index = NDArray[np.int64]

ALPHAS = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
MINIMUM_ROWS = 30


@dataclass(frozen=True, kw_only=True)
class Moments:
    """What a LASSO needs to know of its rows: weighted means, and the second moments around them.

    Attributes
    ----------
    n_rows : int
    x_mean, z_mean
        Shapes (n_features,) and ().
    gram, cross : ndarray
        Shapes (n_features, n_features) and (n_features,), divided by the number of rows.
    """

    n_rows: int
    x_mean: Double
    z_mean: float
    gram: Double
    cross: Double

    @classmethod
    def of(cls, X: Float, z: Double, weight: Double) -> "Moments":
        """Measure rows, shapes (n_rows, n_features), (n_rows,), (n_rows,)."""
        share = weight / weight.sum()
        x_mean, z_mean = share @ X, float(share @ z)
        root = np.sqrt(share)
        centred = ((X - x_mean) * root[:, None]).astype(np.float32)
        return cls(
            n_rows=len(z),
            x_mean=x_mean,
            z_mean=z_mean,
            gram=(centred.T @ centred).astype(np.float64),
            cross=(centred.T @ ((z - z_mean) * root).astype(np.float32)).astype(np.float64),
        )

    def minus(self, weights: Double, intercept: float) -> "Moments":
        """Return the moments of what the forecast ``x' weights + intercept`` leaves of the response."""
        return Moments(
            n_rows=self.n_rows,
            x_mean=self.x_mean,
            z_mean=self.z_mean - float(self.x_mean @ weights) - intercept,
            gram=self.gram,
            cross=self.cross - self.gram @ weights,
        )

    def solve(self, alpha: float) -> Double:
        """Return the LASSO's weights, shape (n_features,).

        The rows are replaced by as many as there are features, with the same moments, so that the time does not
        depend on how many rows there were.
        """
        values, vectors = np.linalg.eigh(self.gram)
        kept = values > 1e-7 * max(values[-1], 1e-12)
        if not kept.any():
            return np.zeros(len(self.cross))
        root = np.sqrt(values[kept])
        rows, response = root[:, None] * vectors[:, kept].T, (vectors[:, kept].T @ self.cross) / root
        model = Lasso(alpha=alpha / len(root), fit_intercept=False, max_iter=20_000, tol=1e-3)
        return np.asarray(model.fit(rows, response).coef_, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Weights per group; row 0 is of rows without a known group, and zero.

    Attributes
    ----------
    column : str
        The categorical column whose codes are the groups.
    weights, intercepts : ndarray
        Shapes (n_groups + 1, n_features) and (n_groups + 1,).
    """

    column: str
    weights: Double
    intercepts: Double


@dataclass(frozen=True, kw_only=True)
class LassoModel:
    """The pooled weights, shape (n_features,), and the layers on top of them."""

    weights: Double
    intercept: float
    layers: tuple[Layer, ...]
    alpha: float

    def predict(self, X: Float, groups: Mapping[str, Index]) -> Double:
        """Return the response, shape (n_rows,).

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_features)
            Standardised.
        groups : mapping of column to ndarray of int, shape (n_rows,)
            Codes; 0 where unknown.
        """
        z = X @ self.weights + self.intercept
        for layer in self.layers:
            code = groups[layer.column]
            z = z + np.einsum("ij,ij->i", X, layer.weights[code]) + layer.intercepts[code]
        return np.asarray(z, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class LassoRows:
    """Training rows as moments, so that several alphas can be tried for the price of one."""

    pooled: Moments
    layers: Mapping[str, Sequence[Moments | None]]
    parents: Mapping[str, Index]
    spread: float = 1.0

    @classmethod
    def of(
        cls, X: Float, z: Double, weight: Double, groups: Mapping[str, Index], *, spread: float = 1.0
    ) -> "LassoRows":
        """Measure the rows of all groups.

        Parameters
        ----------
        groups : mapping of column to ndarray of int, shape (n_rows,)
            Codes per layer, the coarser first; each group lies within one group of the layer before.
        spread : float
            What alpha is a multiple of, in the unit of z: its standard deviation, say.
        """
        layers = {column: _by_group(X, z, weight, code) for column, code in groups.items()}
        return cls(pooled=Moments.of(X, z, weight), layers=layers, parents=_parents(groups), spread=spread)

    def fit(self, alpha: float) -> LassoModel:
        """Fit all layers."""
        penalty = alpha * self.spread
        pooled = self.pooled.solve(penalty)
        intercept = self.pooled.z_mean - float(self.pooled.x_mean @ pooled)
        layers: list[Layer] = []
        above = [(pooled, intercept)]
        for column, moments in self.layers.items():
            parents = [above[i] for i in self.parents[column]]
            own = [
                _fit_group(m, parent[0], parent[1], penalty)
                for m, parent in zip(moments, parents, strict=True)
            ]
            above = [(p[0] + w, p[1] + b) for p, (w, b) in zip(parents, own, strict=True)]
            layers.append(
                Layer(
                    column=column,
                    weights=np.stack([w for w, _ in own]),
                    intercepts=np.array([b for _, b in own]),
                )
            )
        return LassoModel(weights=pooled, intercept=intercept, layers=tuple(layers), alpha=alpha)


def _by_group(X: Float, z: Double, weight: Double, code: Index) -> list[Moments | None]:
    """Return moments per code; None for unknown (0) and for too few rows."""
    counts = np.bincount(code)
    found: list[Moments | None] = []
    for group, n_rows in enumerate(counts):
        rows = code == group
        usable = group > 0 and n_rows >= MINIMUM_ROWS and weight[rows].any()
        found.append(Moments.of(X[rows], z[rows], weight[rows]) if usable else None)
    return found


def _parents(groups: Mapping[str, Index]) -> dict[str, Index]:
    """Return, per layer and group, the group of the layer before that it lies in; 0 in the first layer."""
    found, above = {}, None
    for column, code in groups.items():
        parent = np.zeros(int(code.max(initial=0)) + 1, dtype=np.int64)
        if above is not None:
            parent[code] = above
            parent[0] = 0
        found[column], above = parent, code
    return found


def _fit_group(
    moments: Moments | None, weights: Double, intercept: float, alpha: float
) -> tuple[Double, float]:
    if moments is None:
        return np.zeros_like(weights), 0.0
    left = moments.minus(weights, intercept)
    own = left.solve(alpha)
    mean = left.z_mean - float(left.x_mean @ own)
    return own, float(np.sign(mean) * max(abs(mean) - alpha, 0.0))
