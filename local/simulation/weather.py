"""Daily weather per zip code as it came, and as it was forecast each Sunday evening. What it sells is in `demand`."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from local.simulation.company import FIRST_WEEK, Company, Floats
from local.simulation.markets import Market
from local.simulation.streams import stream

FORECAST_DAYS = 14
ISSUE_HOUR = 18  # UTC, on the Sunday that ends a week


@dataclass(frozen=True, kw_only=True)
class Weather:
    """One zip code's weather; `usual_c` is the daily mean temperature that its season would have.

    All arrays have shape (n_days,) for what came, and (n_issues, FORECAST_DAYS) for what was forecast; issue i was
    made on the Sunday before week i, and its first day is the Monday of week i.
    """

    usual_c: Floats
    low_c: Floats
    high_c: Floats
    rain_mm: Floats
    snow_mm: Floats

    @property
    def weekly_warmth(self) -> Floats:
        """Mean of the week's temperatures minus the usual, degrees Celsius, shape (n_weeks,)."""
        return ((self.low_c + self.high_c) / 2 - self.usual_c).reshape(-1, 7).mean(axis=1)

    @property
    def weekly_wet_days(self) -> Floats:
        """Days of each week with at least 1 mm, shape (n_weeks,)."""
        return (self.rain_mm >= 1).reshape(-1, 7).sum(axis=1).astype(float)


def observe(company: Company, market: Market, zip_code: str) -> Weather:
    """Draw a zip code's weather for all weeks, those ahead included; its market's swings are shared.

    Returns
    -------
    Weather
        With arrays of shape (7 * n_weeks,).
    """
    days = 7 * (company.all_weeks + 2)
    shared = stream(company.seed, "weather", market.state, market.zip_codes[0])
    own = stream(company.seed, "weather", zip_code, "own")
    swing = 0.9 * _swings(shared, days) + 0.44 * _swings(own, days)
    wet = _swings(shared, days, memory=0.45) + 0.5 * _swings(own, days, memory=0.45)
    wet_day = wet > np.quantile(wet, 1 - market.wet_share)
    usual = usual_temperature(market, days) + own.normal(0, 0.8)
    mean = usual + 3.6 * swing - 1.2 * wet_day
    half_range = market.daily_range_c / 2 * own.uniform(0.75, 1.25, days)
    rain = np.where(wet_day, own.gamma(0.9, 8.0, days) + 0.3, 0.0).round(1)
    return Weather(
        usual_c=usual,
        low_c=(mean - half_range).round(1),
        high_c=(mean + half_range).round(1),
        rain_mm=rain,
        snow_mm=np.where(mean < 0, 8 * rain, 0.0).round(0),
    )


def usual_temperature(market: Market, days: int) -> Floats:
    """Return the season's daily mean temperature, degrees Celsius, shape (days,); coldest in mid-January."""
    day_of_year = FIRST_WEEK.timetuple().tm_yday + np.arange(days)
    return market.mean_c - market.swing_c * np.cos(2 * np.pi * (day_of_year - 18) / 365.25)


def _swings(rng: np.random.Generator, days: int, memory: float = 0.8) -> Floats:
    """Return a series of unit variance whose days resemble the days before."""
    shocks = rng.normal(0, np.sqrt(1 - memory**2), days)
    kernel = memory ** np.arange(60)
    return np.convolve(shocks, kernel)[:days]


def foresee(company: Company, zip_code: str, came: Weather) -> Weather:
    """Forecast each week's weather on the Sunday before it; errors grow with the days ahead.

    Returns
    -------
    Weather
        With arrays of shape (n_issues, FORECAST_DAYS), one issue before each week up to the first one ahead.
    """
    rng = stream(company.seed, "forecast", zip_code)
    issues = company.size.weeks + 1
    days = 7 * np.arange(issues)[:, None] + np.arange(FORECAST_DAYS)
    lead = np.arange(1, FORECAST_DAYS + 1)
    skill = np.exp(-lead / 12)
    usual = came.usual_c[days]
    error = rng.normal(0, 1, days.shape) * (0.5 + 0.16 * lead)
    low, high = (
        usual + skill * (truth[days] - usual) + (1 - skill) * (rest[days] - usual) + error
        for truth, rest in ((came.low_c, came.usual_c - 4), (came.high_c, came.usual_c + 4))
    )
    rain = _foreseen_rain(rng, came.rain_mm[days], skill)
    return Weather(
        usual_c=usual,
        low_c=np.minimum(low, high).round(1),
        high_c=np.maximum(low, high).round(1),
        rain_mm=rain,
        snow_mm=np.where((low + high) / 2 < 0, 8 * rain, 0.0).round(0),
    )


def _foreseen_rain(rng: np.random.Generator, truth: Floats, skill: Floats) -> Floats:
    """Keep a day's rain with the probability of `skill`, else take another day's of the same zip code."""
    other = rng.permuted(truth, axis=0)
    kept = rng.random(truth.shape) < skill
    return (np.where(kept, truth, other) * rng.uniform(0.7, 1.3, truth.shape)).round(1)


def day_text(day: int) -> str:
    """Return the ISO date of the day with that index."""
    return (FIRST_WEEK + timedelta(days=day)).isoformat()
