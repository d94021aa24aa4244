"""Standardises features with the mean and spread of training rows; unknown values become the mean."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

CLIP = 5.0


@dataclass(frozen=True, kw_only=True)
class Scaler:
    """Mean and standard deviation per feature, shape (n_features,); a constant feature has spread 0 and becomes 0."""

    mean: Float
    spread: Float

    @classmethod
    def fit(cls, X: Float) -> "Scaler":
        """Measure training rows, shape (n_rows, n_features), NaN where unknown."""
        known = np.isfinite(X)
        n = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, X, 0.0).sum(axis=0, dtype=np.float64) / n
        centred = np.where(known, X - mean, 0.0)
        variance = np.einsum("ij,ij->j", centred, centred) / n
        spread = np.where(variance > 1e-10, np.sqrt(variance), 0.0)
        return cls(mean=mean.astype(np.float32), spread=spread.astype(np.float32))

    def transform(self, X: Float) -> Float:
        """Return standardised rows, cut off at `CLIP` standard deviations."""
        usable = np.isfinite(X) & (self.spread > 0)
        scaled = np.where(usable, X - self.mean, 0.0) / np.where(self.spread > 0, self.spread, 1.0)
        return np.clip(scaled, -CLIP, CLIP).astype(np.float32)
