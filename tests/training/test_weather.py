"""Which issue of a weather forecast a cutoff may know, and what is said where none reaches."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.company import Company, make_tables
from training.weather import MEASURES, Weather, weather

WEEKS = np.arange(np.datetime64("2020-01-06"), np.datetime64("2020-03-30"), np.timedelta64(7, "D"))
SUNDAY_OF_WEEK_2 = "2020-01-26"


def make_weather(issues: dict[str, float], days_ahead: int = 14) -> Weather:
    """Return the weather of one zip code; each issue forecasts its own temperature for all the days it reaches."""
    frames = []
    for issued, degrees in issues.items():
        first = pd.Timestamp(issued).normalize() + pd.Timedelta(days=1)
        days = pd.date_range(first, periods=days_ahead)
        values = dict.fromkeys(MEASURES, degrees)
        frames.append(
            pd.DataFrame(
                {"issued_at": pd.Timestamp(issued, tz="UTC"), "date": days, "zip_code": "1", **values}
            )
        )
    days = pd.date_range(WEEKS[0], periods=7 * len(WEEKS))
    history = pd.DataFrame(
        {"date": days, "zip_code": "1"} | {m: np.arange(len(days)) // 7.0 for m in MEASURES}
    )
    tables = replace(
        make_tables(Company(n_weeks=10)), weather_history=history, weather_forecast=pd.concat(frames)
    )
    found = weather(tables, pd.DataFrame({"zip_code": ["1", "nowhere"]}), WEEKS)
    assert found is not None
    return found


def forecast(found: Weather, cutoff: int, lead: int) -> tuple[float, float]:
    values, coverage = found.forecast(np.array([cutoff]), np.array([lead]))
    return float(values[1, 0, 0]), float(coverage[0, 0])


def test_the_latest_issue_of_the_cutoffs_last_day_counts_and_none_after_it() -> None:
    issues = {f"{SUNDAY_OF_WEEK_2} 06:00": 5.0, f"{SUNDAY_OF_WEEK_2} 18:00": 7.0, "2020-01-27 00:00": 30.0}
    assert forecast(make_weather(issues), cutoff=2, lead=1) == (7.0, 1.0)


def test_where_no_newer_issue_is_there_an_older_one_counts() -> None:
    found = make_weather({f"{SUNDAY_OF_WEEK_2} 18:00": 7.0})
    assert forecast(found, cutoff=3, lead=1) == (7.0, 1.0)
    value, coverage = forecast(found, cutoff=4, lead=1)
    assert np.isnan(value)
    assert coverage == 0.0


def test_a_week_that_is_reached_in_part_says_so() -> None:
    value, coverage = forecast(
        make_weather({f"{SUNDAY_OF_WEEK_2} 18:00": 7.0}, days_ahead=10), cutoff=2, lead=2
    )
    assert value == 7.0
    assert coverage == pytest.approx(3 / 7)


def test_beyond_its_reach_there_is_no_forecast() -> None:
    value, coverage = forecast(make_weather({f"{SUNDAY_OF_WEEK_2} 18:00": 7.0}), cutoff=2, lead=26)
    assert np.isnan(value)
    assert coverage == 0.0


def test_observed_weather_is_the_mean_of_the_weeks_days() -> None:
    found = make_weather({f"{SUNDAY_OF_WEEK_2} 18:00": 7.0})
    assert found.observed[0, 0].tolist() == list(range(len(WEEKS)))


def test_the_usual_weather_is_that_of_the_same_weeks_of_earlier_years() -> None:
    observed = np.arange(150, dtype=np.float32)[None, None]
    found = Weather(zip_of_store=np.array([0]), observed=observed, issued=None)
    usual = found.usual(np.array([120]), np.array([121]))
    expected = np.mean([121 - 52 - 1, 121 - 52, 121 - 52 + 1, 121 - 104 - 1, 121 - 104, 121 - 104 + 1])
    assert usual[0, 0, 0] == expected
    assert np.isnan(found.usual(np.array([10]), np.array([11]))[0, 0, 0])


def test_a_store_without_weather_is_told_apart() -> None:
    assert make_weather({f"{SUNDAY_OF_WEEK_2} 18:00": 7.0}).zip_of_store.tolist() == [0, -1]
