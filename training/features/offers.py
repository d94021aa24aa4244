"""The offers of all series as the feature families look at them: price against its past, discount, deal, feature ad.

Prices, deals and ads are known in advance. Each value looks at most as far as its own week.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.panel import Panel
from training.surroundings import Promotions
from training.windows import Running

Float = NDArray[np.float32]
Index = NDArray[np.int64]

USUAL_WEEKS = 26
REGULAR_WEEKS = 12
ON_DEAL = 0.5


@dataclass(frozen=True)
class Offers:
    """Arrays of shape (n_series, n_weeks), made when they are asked for."""

    panel: Panel
    promotions: Promotions

    @property
    def has_prices(self) -> bool:
        """Whether any price is known."""
        return bool(np.isfinite(self.promotions.price).any())

    @cached_property
    def logs(self) -> Float:
        """Log price."""
        return np.log(self.promotions.price)

    @cached_property
    def index(self) -> Float:
        """Log price against its mean over the last weeks, this one included; 0 where it is unknown."""
        weeks = np.arange(self.logs.shape[1])
        return np.nan_to_num(self.logs - Running(self.logs).mean(weeks, USUAL_WEEKS))

    @cached_property
    def discount(self) -> Float:
        """Log price against the highest of the last weeks, this one included, at most 0."""
        highest = self.logs.copy()
        for lag in range(1, REGULAR_WEEKS):
            highest[:, lag:] = np.fmax(highest[:, lag:], self.logs[:, :-lag])
        return np.nan_to_num(self.logs - highest)

    @property
    def states(self) -> dict[str, Float]:
        """What the offer of a week consists of, by name."""
        priced = {"price_index": self.index} if self.has_prices else {}
        return {"deal": self.promotions.deal, "feature_ad": self.promotions.feature_ad, **priced}

    @cached_property
    def on_deal(self) -> NDArray[np.bool_]:
        """Whether the series is on deal."""
        return self.promotions.deal > ON_DEAL

    @cached_property
    def rivals(self) -> "Rivals":
        """The other products of the same store and category."""
        category = self.panel.category
        group = self.panel.store * (int(category.max()) + 1) + category
        return Rivals(group)


class Rivals:
    """Means and minima over the other series of the same group.

    Parameters
    ----------
    group : ndarray of int, shape (n_series,)
    """

    def __init__(self, group: Index) -> None:
        self._member = np.unique(group, return_inverse=True)[1]
        self._order = np.argsort(self._member, kind="stable")
        self._starts = np.flatnonzero(np.r_[True, np.diff(self._member[self._order]) > 0])

    def mean(self, values: Float) -> Float:
        """Return the mean of the others, shape (n_series, n_weeks); NaN where there is none."""
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        sums = self._reduce(np.add, filled)[self._member] - filled
        counts = self._reduce(np.add, known)[self._member] - known
        return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0).astype(np.float32)

    def total(self, values: Float) -> Float:
        """Return the sum over the group, the series itself included, shape (n_series, n_weeks or n_origins)."""
        return self._reduce(np.add, values)[self._member].astype(np.float32)

    def least(self, values: Float) -> Float:
        """Return the least of the others, shape (n_series, n_weeks); NaN where there is none."""
        filled = np.where(np.isfinite(values), values, np.inf)
        first = self._reduce(np.minimum, filled)[self._member]
        is_first = filled == first
        shared = self._reduce(np.add, is_first)[self._member] > 1
        second = self._reduce(np.minimum, np.where(is_first, np.inf, filled))[self._member]
        least = np.where(is_first & ~shared, second, first)
        return np.where(np.isfinite(least), least, np.nan).astype(np.float32)

    def _reduce(self, how: np.ufunc, values: NDArray[np.generic]) -> NDArray[np.float64]:
        reduced = how.reduceat(values[self._order].astype(np.float64), self._starts, axis=0)
        return np.asarray(reduced, dtype=np.float64)
