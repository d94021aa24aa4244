"""The calendar of the target week, and how far ahead it lies."""

import numpy as np
from numpy.typing import NDArray

from training.features.scene import Columns, Scene
from training.weather import WEEKS_PER_YEAR

HARMONICS = (1, 2, 3)


def calendar_columns(scene: Scene) -> Columns:
    """Return yearly harmonics, the part of the month, years since the panel's start, and the lead."""
    middle = scene.panel.weeks[scene.origins.target] + np.timedelta64(3, "D")
    year_angle = 2 * np.pi * day_of_year(middle) / 365.2425
    columns: Columns = {}
    for k in HARMONICS:
        columns[f"year_sin_{k}"] = np.sin(k * year_angle)[None]
        columns[f"year_cos_{k}"] = np.cos(k * year_angle)[None]
    month_angle = 2 * np.pi * (middle - middle.astype("datetime64[M]")) / np.timedelta64(30, "D")
    return columns | {
        "month_sin": np.sin(month_angle)[None],
        "month_cos": np.cos(month_angle)[None],
        "years": (scene.origins.cutoff / WEEKS_PER_YEAR)[None],
        "lead": np.log1p(scene.origins.lead)[None],
    }


def day_of_year(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the day's position in its year, from 0."""
    return (days - days.astype("datetime64[Y]")).astype("timedelta64[D]").astype(np.int64)


def week_of_year(weeks: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the week's position in the year of its middle day, 0 to 52."""
    return day_of_year(weeks + np.timedelta64(3, "D")) // 7
