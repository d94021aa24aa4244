"""Standardises features with the mean and spread of training rows; unknown values become the mean.

A feature that moves only from week to week, alike for all series, has been seen as often as there are weeks, not as
there are rows. So that a penalty or a decay holds it back accordingly, it is scaled down by its trust:

    trust = 1 / (1 + WEEKS_TO_TRUST * share of its variance that lies between weeks / number of weeks)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Index = NDArray[np.int64]

CLIP = 5.0
WEEKS_TO_TRUST = 100.0


@dataclass(frozen=True, kw_only=True)
class Scaler:
    """Mean, standard deviation and trust per feature, shape (n_features,); a constant feature has spread 0."""

    mean: Float
    spread: Float
    trust: Float

    @classmethod
    def fit(cls, X: Float, week: Index) -> "Scaler":
        """Measure training rows, shape (n_rows, n_features), NaN where unknown, and their target weeks."""
        known = np.isfinite(X)
        n = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, X, 0.0).sum(axis=0, dtype=np.float64) / n
        centred = np.where(known, X - mean, 0.0)
        variance = np.einsum("ij,ij->j", centred, centred) / n
        spread = np.where(variance > 1e-10, np.sqrt(variance), 0.0)
        between = _between_weeks(centred, known, week) / np.maximum(variance * n, 1e-12)
        trust = 1.0 / (1.0 + WEEKS_TO_TRUST * np.clip(between, 0.0, 1.0) / len(np.unique(week)))
        return cls(mean=_single(mean), spread=_single(spread), trust=_single(trust))

    def transform(self, X: Float) -> Float:
        """Return standardised rows, cut off at `CLIP` standard deviations and scaled by the trust."""
        usable = np.isfinite(X) & (self.spread > 0)
        scaled = np.where(usable, X - self.mean, 0.0) / np.where(self.spread > 0, self.spread, 1.0)
        return _single(np.clip(scaled, -CLIP, CLIP) * self.trust)


def _between_weeks(
    centred: NDArray[np.float64], known: NDArray[np.bool_], week: Index
) -> NDArray[np.float64]:
    """Return the sum over rows of the squared mean of their week, shape (n_features,)."""
    order = np.argsort(week, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(week[order]) > 0])
    sums = np.add.reduceat(centred[order], starts, axis=0)
    counts = np.add.reduceat(known[order].astype(np.float64), starts, axis=0)
    return np.asarray((sums**2 / np.maximum(counts, 1.0)).sum(axis=0))


def _single(values: NDArray[np.floating]) -> Float:
    return values.astype(np.float32)
