"""A small company as standard tables, seeded: demand follows price, deals, weather, events, season and store size."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shared.profile import Profile
from training.dataset import Tables
from training.panel import Panel, build_panel

MARKET, FORMAT = "North", "large"


@dataclass(frozen=True, kw_only=True)
class Company:
    """Sizes of the company; `scale` multiplies demand, so that a small one sells intermittently."""

    n_stores: int = 4
    n_products: int = 5
    n_weeks: int = 120
    scale: float = 1.0
    seed: int = 3

    @property
    def weeks(self) -> pd.DatetimeIndex:
        return pd.date_range("2018-01-01", periods=self.n_weeks, freq="7D")

    @property
    def days(self) -> pd.DatetimeIndex:
        return pd.date_range(self.weeks[0], periods=self.n_weeks * 7 + 28)

    @property
    def store_ids(self) -> list[str]:
        return [f"S{i:02d}" for i in range(self.n_stores)]

    @property
    def product_ids(self) -> list[str]:
        return [f"P{i:02d}" for i in range(self.n_products)]


def stores(company: Company) -> pd.DataFrame:
    n = company.n_stores
    return pd.DataFrame(
        {
            "store_id": company.store_ids,
            "market": MARKET,
            "state": "TX",
            "zip_code": [f"7500{i % 2}" for i in range(n)],
            "format": FORMAT,
            "storage_capacity": np.linspace(500.0, 900.0, n),
        }
    )


def products(company: Company) -> pd.DataFrame:
    n = company.n_products
    return pd.DataFrame(
        {
            "product_id": company.product_ids,
            "category": ["chips" if i % 2 else "drinks" for i in range(n)],
            "brand": [f"B{i % 3}" for i in range(n)],
            "pack_size": np.arange(1.0, n + 1.0),
        }
    )


def make_tables(company: Company) -> Tables:
    """Return all the tables of a company."""
    rng = np.random.default_rng(company.seed)
    weather = _weather(company, rng)
    pairs = pd.MultiIndex.from_product(
        [company.weeks, company.store_ids, company.product_ids],
        names=["week_start", "store_id", "product_id"],
    ).to_frame(index=False)
    promotions = pairs.assign(
        deal=(rng.random(len(pairs)) < 0.15).astype(float),
        feature_ad=(rng.random(len(pairs)) < 0.05).astype(float),
    )
    promotions = promotions.assign(price=np.round(3.0 * (1 - 0.25 * promotions["deal"]), 2))
    events = _events(company)
    units = rng.poisson(_expected(company, promotions, weather, events)).astype(float)
    shipped = pairs.assign(units_shipped=units + rng.poisson(0.02 * units))
    returned = pairs.assign(units_returned=shipped["units_shipped"] - units)
    future = promotions.assign(week_start=promotions["week_start"] + pd.Timedelta(weeks=30))
    future = future[future["week_start"] > company.weeks[-1]]
    return Tables(
        stores=stores(company),
        products=products(company),
        shipments=shipped[shipped["units_shipped"] > 0].reset_index(drop=True),
        returns=returned[returned["units_returned"] > 0].reset_index(drop=True),
        weather_history=weather[weather["date"] < company.weeks[-1] + pd.Timedelta(weeks=1)],
        weather_forecast=_forecasts(company, weather, rng),
        demographics=_demographics(company),
        events=events,
        promotions=pd.concat([promotions, future], ignore_index=True),
    )


def _weather(company: Company, rng: np.random.Generator) -> pd.DataFrame:
    days, frames = company.days, []
    for zip_code in ("75000", "75001"):
        warm = 18 - 12 * np.cos(2 * np.pi * days.day_of_year / 365) + rng.normal(0, 3, len(days))
        frames.append(
            pd.DataFrame(
                {
                    "date": days,
                    "zip_code": zip_code,
                    "temperature_min_c": warm - 5,
                    "temperature_max_c": warm + 5,
                    "precipitation_mm": rng.gamma(0.5, 4, len(days)),
                    "snowfall_mm": 0.0,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _forecasts(company: Company, weather: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Issue every Sunday evening, ten days ahead, with an error that grows with the lead."""
    frames = []
    for week in company.weeks:
        issued = week + pd.Timedelta(days=6, hours=18)
        ahead = (weather["date"] - issued.normalize()).dt.days
        part = weather[(ahead >= 1) & (ahead <= 10)]
        error = rng.normal(0, 0.3, len(part)) * ahead[part.index]
        part = part.assign(issued_at=issued.tz_localize("UTC"))
        frames.append(
            part.assign(
                temperature_min_c=part["temperature_min_c"] + error,
                temperature_max_c=part["temperature_max_c"] + error,
            )
        )
    return pd.concat(frames, ignore_index=True)


def _events(company: Company) -> pd.DataFrame:
    rows = []
    for year in sorted(set(company.days.year)):
        rows.append(
            (f"h{year}", "Founders Day", "holiday", f"{year}-07-04", f"{year}-07-04", "national", None)
        )
        rows.append((f"f{year}", "Fair", "special", f"{year}-09-10", f"{year}-09-16", "market", MARKET))
        rows.append((f"o{year}", "Elsewhere", "special", f"{year}-03-10", f"{year}-03-16", "market", "South"))
    frame = pd.DataFrame(
        rows, columns=["event_id", "name", "kind", "start_date", "end_date", "scope", "scope_id"]
    )
    return frame.assign(
        start_date=pd.to_datetime(frame["start_date"]), end_date=pd.to_datetime(frame["end_date"])
    )


def _demographics(company: Company) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "store_id": company.store_ids,
                "as_of": pd.Timestamp(f"{year}-01-01"),
                "population": 10_000.0 * (1 + np.arange(company.n_stores)) * growth,
                "median_income": 50_000.0,
                "median_age": 35.0,
                "household_size": 2.5,
            }
        )
        for year, growth in ((2017, 1.0), (2020, 1.1))
    ]
    return pd.concat(frames, ignore_index=True)


def _expected(
    company: Company, promotions: pd.DataFrame, weather: pd.DataFrame, events: pd.DataFrame
) -> np.ndarray:
    store = promotions["store_id"].map({s: i for i, s in enumerate(company.store_ids)}).to_numpy()
    product = promotions["product_id"].map({p: i for i, p in enumerate(company.product_ids)}).to_numpy()
    weekly = weather.assign(
        week_start=weather["date"] - pd.to_timedelta(weather["date"].dt.day_of_week, unit="D")
    )
    warmth = weekly.groupby("week_start")["temperature_max_c"].mean()
    log = np.log(company.scale * 40.0) + 0.2 * store - 0.3 * product
    log = log + 0.7 * promotions["deal"].to_numpy() + 0.4 * promotions["feature_ad"].to_numpy()
    log = log + 0.02 * (promotions["week_start"].map(warmth).to_numpy() - 20)
    fair = promotions["week_start"].isin(
        [d - pd.Timedelta(days=d.day_of_week) for d in events.loc[events["name"] == "Fair", "start_date"]]
    )
    return np.exp(log + 0.5 * fair.to_numpy())


def make_profile(**forecasting: object) -> Profile:
    """Return a profile with those forecasting settings."""
    columns = {
        "stores": ("store_id", "market"),
        "products": ("product_id", "category"),
        "shipments": ("week_start", "store_id", "product_id", "units_shipped"),
    }
    sources = {
        table: {
            "files": [f"{table}.csv"],
            "format": {"type": "delimited"},
            "table": table,
            "columns": {name: {"from": name} for name in names},
        }
        for table, names in columns.items()
    }
    settings = {"epochs": 8, "evaluation_weeks": 6, "validation_weeks": 6, **forecasting}
    return Profile.model_validate(
        {
            "client": "test",
            "version": 1,
            "formats": {"by": "assortment"},
            "sources": sources,
            "forecasting": settings,
        }
    )


def make_panel(tables: Tables, profile: Profile) -> Panel:
    """Return the panel of the only cell."""
    return build_panel(tables, profile, market=MARKET, format=FORMAT)
