"""What every feature family starts from: the panel, the origins of the forecasts, and each series' level at its cutoff.

Arrays are (n_series, n_origins), or broadcast to it: (1, n_origins), (n_series, 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.features.offers import Offers
from training.panel import Panel
from training.windows import Running, group_mean

Float = NDArray[np.float32]
Index = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

UNIT_FLOOR = 0.5
LEVEL_FLOOR = 0.02
LEVEL_WEEKS = 52
PRIOR_WEEKS = 2.0


@dataclass(frozen=True, kw_only=True)
class Origins:
    """Where forecasts are made from: positions of cutoff weeks, and leads in weeks; both of shape (n_origins,)."""

    cutoff: Index
    lead: Index

    @property
    def target(self) -> Index:
        """Positions of the forecast weeks."""
        return self.cutoff + self.lead

    @classmethod
    def cross(cls, cutoffs: "Sequence[int] | Index", leads: "Sequence[int] | Index") -> "Origins":
        """Return every lead at every cutoff."""
        c, lead = np.meshgrid(
            np.asarray(cutoffs, dtype=np.int64), np.asarray(leads, dtype=np.int64), indexing="ij"
        )
        return cls(cutoff=c.ravel(), lead=lead.ravel())


@dataclass(frozen=True)
class Scene:
    """Panel and origins with the levels that features are measured against.

    Parameters
    ----------
    panel : Panel
    origins : Origins
    geometric : bool
        Whether a level is the mean of logs (for relative errors) or the log of the mean (for absolute and squared
        ones, where zeros count).
    """

    panel: Panel
    origins: Origins
    geometric: bool

    @cached_property
    def logs(self) -> Float:
        """Log of weekly units, which are at least `UNIT_FLOOR`; shape (n_series, n_weeks)."""
        return np.log(np.maximum(self.panel.units, UNIT_FLOOR))

    @cached_property
    def running(self) -> Running:
        """Sums of what levels are means of."""
        return Running(self.logs if self.geometric else self.panel.units)

    @cached_property
    def running_logs(self) -> Running:
        """Sums of log units."""
        return Running(self.logs)

    def level(self, last: Index, width: int | Index) -> Float:
        """Return the log level over the `width` weeks that end with `last`, NaN where nothing is known.

        Returns
        -------
        ndarray, shape (n_series, n_origins)
        """
        mean = self.running.mean(last, width)
        return mean if self.geometric else np.log(np.maximum(mean, LEVEL_FLOOR))

    @cached_property
    def weeks_known(self) -> Float:
        """Number of known weeks of the series up to the cutoff."""
        return self.running.total(self.origins.cutoff, np.full_like(self.origins.cutoff, -1))[1].astype(
            np.float32
        )

    @cached_property
    def base(self) -> Float:
        """The series' own log level at the cutoff, drawn to its peers' where little is known; always finite."""
        own, n = self.level(self.origins.cutoff, LEVEL_WEEKS), np.minimum(self.weeks_known, LEVEL_WEEKS)
        prior = self._peers(own)
        return ((n * np.nan_to_num(own) + PRIOR_WEEKS * prior) / (n + PRIOR_WEEKS)).astype(np.float32)

    def _peers(self, own: Float) -> Float:
        """Return product level + store effect; a new product is taken for the mean of its category, then of all."""
        panel = self.panel
        category = panel.category
        everything = group_mean(own, np.zeros_like(category), 1)
        everything = np.where(np.isfinite(everything), everything, 0.0)
        product = group_mean(own, panel.product, len(panel.products))
        of_category = group_mean(own, category, int(category.max()) + 1)
        product = np.where(
            np.isfinite(product), product, np.where(np.isfinite(of_category), of_category, everything)
        )
        store = group_mean(own - product, panel.store, len(panel.stores))
        return (product + np.nan_to_num(store)).astype(np.float32)

    @cached_property
    def offers(self) -> Offers | None:
        """The offers; None where the client has no promotions."""
        promotions = self.panel.promotions
        return None if promotions is None else Offers(self.panel, promotions)

    def at(self, values: NDArray[np.generic], week: Index) -> Float:
        """Return the values of those weeks, shape (..., n_origins); NaN before the panel's first week."""
        found = values[..., np.clip(week, 0, values.shape[-1] - 1)]
        return np.where(week >= 0, found, np.nan).astype(np.float32)

    def of_store(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Spread rows of stores over the series."""
        return values[self.panel.store]
