"""Which cutoffs and leads are trained on, validated on and judged on; fitting always comes before judging."""

from dataclasses import dataclass

import numpy as np

from shared.profile import Forecasting
from training.features.scene import Origins

FIRST_CUTOFF = 4


@dataclass(frozen=True, kw_only=True)
class Split:
    """Origins to fit on, and origins of later target weeks to choose weights on."""

    training: Origins
    validation: Origins


def training_origins(settings: Forecasting, *, first_week: int, last_week: int, n_series: int) -> Origins:
    """Return every lead at every cutoff whose target week is at most `last_week`, thinned out to the row budget.

    Parameters
    ----------
    first_week, last_week : int
        Positions of the first target week and of the last one.
    n_series : int
        Rows per origin, at most.
    """
    origins = _with_targets(settings, first=first_week, last=last_week)
    wanted = max(settings.training_rows // max(n_series, 1), 1)
    if len(origins.cutoff) <= wanted:
        return origins
    kept = np.random.default_rng(settings.seed).choice(len(origins.cutoff), wanted, replace=False)
    kept.sort()
    return Origins(cutoff=origins.cutoff[kept], lead=origins.lead[kept])


def rolling_origins(settings: Forecasting, *, first_week: int, last_week: int) -> Origins:
    """Return, for each target week from `first_week` to `last_week`, its cutoff for every lead."""
    return _with_targets(settings, first=first_week, last=last_week)


def _with_targets(settings: Forecasting, *, first: int, last: int) -> Origins:
    origins = Origins.cross(range(max(first - settings.leads[-1], 0), last), settings.leads)
    inside = (origins.target >= first) & (origins.target <= last)
    return Origins(cutoff=origins.cutoff[inside], lead=origins.lead[inside])


def split(settings: Forecasting, *, cutoff: int, n_series: int) -> Split:
    """Hold the last `validation_weeks` before the cutoff back; a third of the history at most."""
    held = max(min(settings.validation_weeks, (cutoff + 1) // 3), 1)
    last = cutoff - held
    first = FIRST_CUTOFF + settings.leads[0]
    return Split(
        training=training_origins(settings, first_week=first, last_week=last, n_series=n_series),
        validation=rolling_origins(settings, first_week=last + 1, last_week=cutoff),
    )
