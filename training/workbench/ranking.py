"""Puts experiments side by side: on the same rows, best first. How that looks is in `tables`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from shared.errors import TrainingError
from shared.profile import Forecasting
from training.metrics import Metrics, measure, reduction
from training.workbench.experiments import Experiment

By = Literal["mape", "wape", "rmse_all"]
KEY = ["market", "format", "store_id", "product_id", "week_start", "lead"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One candidate (or trial) over all panels.

    Attributes
    ----------
    reduction : float or None
        MAPE reduction against the historical average on the same rows.
    weeks_better : int
        Weeks in which it errs less than the reference of the ranking, by the ranking's measure.
    seconds : float
        Of all its fits and forecasts.
    baseline_slots : int
        Slots with too little history, forecast by the historical average.
    """

    name: str
    metrics: Metrics
    reduction: float | None
    weeks_better: int
    seconds: float
    baseline_slots: int


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Candidates, best first, and what they were judged on."""

    by: By
    reference: str
    standings: Sequence[Standing]
    rows: int
    cells: int
    weeks: tuple[str, ...]
    leads: tuple[int, ...]


def usual_measure(settings: Forecasting) -> By:
    """Return the number that the profile's gate looks at."""
    return "mape" if settings.gate.measure == "mape" else "wape"


def pooled(experiments: Sequence[Experiment]) -> pd.DataFrame:
    """Return the rows of a candidate's experiments on all panels, in the order of their keys."""
    frames = [experiment.rows for experiment in experiments]
    return pd.concat(frames, ignore_index=True).sort_values(KEY, ignore_index=True)


def rank(candidates: Mapping[str, Sequence[Experiment]], *, by: By, reference: str) -> Ranking:
    """Rank candidates by their error over all rows; an undefined error comes last.

    Parameters
    ----------
    candidates : mapping of name to experiments
        One experiment per panel.
    reference : str
        The name that the others' weeks are counted against.

    Raises
    ------
    TrainingError
        If two candidates were not judged on the same rows.
    """
    rows = {name: pooled(experiments) for name, experiments in candidates.items()}
    first = rows[reference]
    for name, frame in rows.items():
        _same_rows(first, frame, name)
    standings = [_standing(name, candidates[name], frame, first, by) for name, frame in rows.items()]
    return Ranking(
        by=by,
        reference=reference,
        standings=sorted(standings, key=lambda s: _undefined_last(getattr(s.metrics, by))),
        rows=len(first),
        cells=len(first[["market", "format"]].drop_duplicates()),
        weeks=tuple(str(day.date()) for day in sorted(first["week_start"].unique())),
        leads=tuple(int(lead) for lead in sorted(first["lead"].unique())),
    )


def _same_rows(first: pd.DataFrame, other: pd.DataFrame, name: str) -> None:
    columns = [*KEY, "actual"]
    if not first[columns].equals(other[columns]):
        raise TrainingError(f"{name} was judged on {len(other)} other rows than the first's {len(first)}")


def _standing(
    name: str, experiments: Sequence[Experiment], rows: pd.DataFrame, reference: pd.DataFrame, by: By
) -> Standing:
    found = measure(rows["actual"], rows["forecast"])
    baseline = measure(rows["actual"], rows["historical_average"])
    return Standing(
        name=name,
        metrics=found,
        reduction=reduction(found.mape, baseline.mape),
        weeks_better=weeks_better(rows, reference, by=by),
        seconds=sum(float(e.facts["seconds"]) for e in experiments),
        baseline_slots=sum(len(e.facts["baseline_instead"]) for e in experiments),
    )


def weeks_better(rows: pd.DataFrame, reference: pd.DataFrame, *, by: By) -> int:
    """Count the weeks in which rows err less than the same rows of a reference."""
    ours, theirs = (_by_week(frame, by) for frame in (rows, reference))
    return int(np.sum(ours < theirs))


def _by_week(rows: pd.DataFrame, by: By) -> np.ndarray:
    found = [getattr(measure(g["actual"], g["forecast"]), by) for _, g in rows.groupby("week_start")]
    return np.array([_undefined_last(value) for value in found])


def _undefined_last(value: float | None) -> float:
    return np.inf if value is None else value
