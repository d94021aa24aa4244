"""Puts the families together: one row per series, cutoff and lead.

Nothing here knows more than was known at the cutoff: demand, observed weather and demographics up to it, weather as
forecast by then; prices, promotions and events up to the target week are known in advance. Standardising, and what
becomes of missing values, is the models' affair.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.profile import Forecasting
from training.features.attributes import attribute_columns
from training.features.calendar import calendar_columns, week_of_year
from training.features.events import event_columns
from training.features.intermittence import intermittence_columns
from training.features.levels import group_columns, level_columns, season_columns
from training.features.prices import price_columns
from training.features.promotions import promotion_columns
from training.features.scene import Columns, Origins, Scene
from training.features.similar import similar_columns
from training.features.totals import total_columns
from training.features.weather import weather_columns
from training.panel import Panel

Index = NDArray[np.int64]

FAMILIES: tuple[Callable[[Scene], Columns], ...] = (
    level_columns, group_columns, season_columns, price_columns, promotion_columns, similar_columns,
    weather_columns, event_columns, calendar_columns, attribute_columns, intermittence_columns, total_columns,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Labels:
    """A categorical column: `position` in `names` per row."""

    position: Index
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Design:
    """What models are fitted on and asked with.

    Attributes
    ----------
    series, cutoff, lead : ndarray of int, shape (n_rows,)
        Row of `panel.series`, position of the cutoff week, weeks ahead.
    X : ndarray of float32, shape (n_rows, n_features)
        NaN where unknown.
    features : tuple of str
        Names of the columns of `X`.
    labels : dict of name to Labels
    level : ndarray, shape (n_rows,)
        The series' level at the cutoff, in units, > 0; forecasts are made as multiples of it.
    y : ndarray, shape (n_rows,)
        Units in the target week; NaN where unknown.
    """

    series: Index
    cutoff: Index
    lead: Index
    X: NDArray[np.float32]
    features: tuple[str, ...]
    labels: dict[str, Labels]
    level: NDArray[np.float64]
    y: NDArray[np.float64]

    @property
    def target(self) -> Index:
        """Position of the target week per row."""
        return self.cutoff + self.lead

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.y)

    def take(self, rows: NDArray[np.bool_]) -> "Design":
        """Return some of the rows."""
        return Design(
            series=self.series[rows], cutoff=self.cutoff[rows], lead=self.lead[rows], X=self.X[rows],
            features=self.features, level=self.level[rows], y=self.y[rows],
            labels={k: Labels(position=v.position[rows], names=v.names) for k, v in self.labels.items()},
        )  # fmt: skip


def design(
    panel: Panel, origins: Origins, *, geometric: bool, rows: NDArray[np.bool_] | None = None
) -> Design:
    """Compute the features of all origins at once.

    Parameters
    ----------
    panel : Panel
    origins : Origins
    geometric : bool
        See `Scene`.
    rows : ndarray of bool, shape (n_series, n_origins), optional
        The rows wanted; default all.

    Returns
    -------
    Design
        Sorted by series, then in the order of the origins.
    """
    scene = Scene(panel, origins, geometric)
    shape = (panel.n_series, len(origins.cutoff))
    chosen = np.ones(shape, dtype=bool) if rows is None else rows
    columns: Columns = {name: values for family in FAMILIES for name, values in family(scene).items()}
    X = np.empty((int(chosen.sum()), len(columns)), dtype=np.float32)
    for j, values in enumerate(columns.values()):
        X[:, j] = np.broadcast_to(values, shape)[chosen]
    series, origin = np.nonzero(chosen)
    return Design(
        series=series, cutoff=origins.cutoff[origin], lead=origins.lead[origin], X=X, features=tuple(columns),
        labels=_labels(panel, series, origins.target[origin], origins.lead[origin]),
        level=np.exp(scene.base[chosen].astype(np.float64)),
        y=panel.units[:, origins.target][chosen].astype(np.float64),
    )  # fmt: skip


def geometric(settings: Forecasting) -> bool:
    """Return whether levels are means of logs: under the relative objective, where zeros hardly count."""
    return settings.objective == "relative"


def feature_names(panel: Panel, settings: Forecasting) -> tuple[str, ...]:
    """Return the names of the features that the panel gives under these settings."""
    return design(panel, Origins.cross([panel.last_known], [1]), geometric=geometric(settings)).features


def _labels(panel: Panel, series: Index, target: Index, lead: Index) -> dict[str, Labels]:
    store, product = panel.store[series], panel.product[series]
    found = {
        "store": _of_rows(panel.stores["store_id"], store),
        "product": _of_rows(panel.products["product_id"], product),
        "category": _of_rows(panel.products["category"], product),
        "brand": _of_rows(panel.products["brand"], product),
        "zip_code": _of_rows(panel.stores["zip_code"], store),
        "week_of_year": Labels(position=week_of_year(panel.weeks)[target], names=tuple(map(str, range(53)))),
        "lead": Labels(position=lead, names=tuple(map(str, range(int(lead.max(initial=0)) + 1)))),
    }
    if panel.events is not None:
        found["event"] = Labels(position=panel.events.name[store, target], names=panel.events.names)
    return found


def _of_rows(column: "pd.Series[str]", rows: Index) -> Labels:
    codes, names = column.astype("str").fillna("").factorize(sort=True)
    return Labels(position=codes[rows].astype(np.int64), names=tuple(map(str, names)))
