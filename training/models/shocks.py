"""Errors that all stores share: rows of one product, week and lead are not as many independent observations.

The model is z_ci = x_ci' w + u_c + e_ci with a shock u_c per cluster c of m rows. Generalised least squares then is
least squares on rows from which the share

    theta_c = 1 - sqrt(var(e) / (var(e) + m_c var(u)))

of their cluster's mean has been taken, the constant's included. The variances come from a first fit's residuals.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """Rows sorted into clusters.

    Attributes
    ----------
    order : ndarray of int, shape (n_rows,)
        Rows in the order of their clusters.
    starts, sizes : ndarray of int, shape (n_clusters,)
    """

    order: Index
    starts: Index
    sizes: Index

    @classmethod
    def of(cls, *keys: Index) -> "Clusters":
        """Put rows with the same keys together."""
        order = np.lexsort(keys)
        changes = np.any([np.diff(key[order]) != 0 for key in keys], axis=0)
        starts = np.flatnonzero(np.r_[True, changes])
        return cls(order=order, starts=starts, sizes=np.diff(np.r_[starts, len(order)]))

    def means(self, values: NDArray[np.floating]) -> Double:
        """Return each cluster's mean, shape (n_clusters, ...)."""
        sums = np.add.reduceat(values[self.order], self.starts, axis=0, dtype=np.float64)
        return np.asarray(sums / self.sizes.reshape(-1, *[1] * (values.ndim - 1)))

    def shares(self, residual: Double) -> Double:
        """Return theta per cluster, from the residuals of a first fit, shape (n_rows,)."""
        within, between = self._variances(residual)
        return 1.0 - np.sqrt(within / (within + self.sizes * between))

    def _variances(self, residual: Double) -> tuple[float, float]:
        """Return var(e) and var(u) by the analysis of variance; at least a trace of the first."""
        means, n_rows, n_clusters = self.means(residual), len(residual), len(self.sizes)
        total = float(np.sum((residual - residual.mean()) ** 2))
        among = float(np.sum(self.sizes * (means - residual.mean()) ** 2))
        within = (total - among) / max(n_rows - n_clusters, 1)
        size = (n_rows - float(np.sum(self.sizes.astype(np.float64) ** 2)) / n_rows) / max(n_clusters - 1, 1)
        between = (among / max(n_clusters - 1, 1) - within) / max(size, 1.0)
        return max(within, 1e-6 * total / n_rows, 1e-12), max(between, 0.0)

    def without(self, values: Double, shares: Double) -> Double:
        """Return rows, shape (n_rows, ...), less their cluster's share of its mean, in the rows' own order."""
        taken = self.means(values) * shares.reshape(-1, *[1] * (values.ndim - 1))
        result = values.copy()
        result[self.order] -= np.repeat(taken, self.sizes, axis=0)
        return result
