"""First step of training and of scoring: picks a market's rows out of the dataset versions and checks them.

Whatever the checks find short of unusable data is a warning in the report. Rows are not changed here: what breaks a
rule was rejected when the files were conditioned.
"""

import argparse
import shutil
import sys
from pathlib import Path

import pandas as pd

from shared.errors import NotEnoughHistory
from shared.profile import Profile, load_profile
from training.dataset import Tables, in_clusters, read_tables
from training.steps.folders import FACTS, PROFILE, TABLES, read_json, write_json, write_tables
from training.steps.program import Result, Step

OUTLIER_TIMES = 50.0


def validate(arguments: argparse.Namespace, output: Path) -> Result:
    """Write the market's tables, the profile, and the facts about the cell."""
    profile = load_profile(arguments.profile)
    versions = read_json(arguments.versions)
    everything = in_clusters(read_tables(arguments.conditioned, versions), profile.clusters)
    market = of_market(everything, arguments.market)
    cell = _cell_shipments(market, everything.stores, arguments.market, arguments.format)
    if cell.empty:
        raise NotEnoughHistory(f"{arguments.market} / {arguments.format} has no shipments")
    facts = {
        "market": arguments.market,
        "format": arguments.format,
        "shipment_rows": len(cell),
        "first_week": str(cell["week_start"].min().date()),
        "cutoff_week": str(market["shipments"]["week_start"].max().date()),
        "warnings": _warnings(market, cell, profile),
    }
    write_tables(market, output / TABLES)
    shutil.copy(arguments.profile, output / PROFILE)
    write_json(output / FACTS, facts)
    # Told, not written: a new version that leaves this market as it was is no reason to train again.
    told = {"versions": versions, "weather_issued_at": _weather_issued(market, facts["cutoff_week"])}
    return Result(rows_in=len(cell), rows_out=len(cell), details=facts | told)


def _weather_issued(market: dict[str, pd.DataFrame], cutoff_week: str) -> str | None:
    """Return when the last weather forecast was issued that the cutoff week knows, as ISO text."""
    if "weather_forecast" not in market:
        return None
    issued = market["weather_forecast"]["issued_at"]
    known = issued[issued < pd.Timestamp(cutoff_week, tz="UTC") + pd.Timedelta(weeks=1)]
    return None if known.empty else str(known.max().isoformat())


def of_market(tables: Tables, market: str) -> dict[str, pd.DataFrame]:
    """Return the rows of each table that concern one market's stores."""
    stores = tables.stores[tables.stores["market"] == market]
    found = {"stores": stores, "products": tables.products, "events": tables.events}
    for name in ("shipments", "returns", "promotions", "demographics"):
        found[name] = _only(getattr(tables, name), "store_id", stores["store_id"])
    for name in ("weather_history", "weather_forecast", "demographics_by_zip"):
        found[name] = _only(getattr(tables, name), "zip_code", stores["zip_code"])
    return {name: frame for name, frame in found.items() if frame is not None}


def _only(frame: pd.DataFrame | None, column: str, wanted: pd.Series) -> pd.DataFrame | None:
    if frame is None:
        return None
    kept = frame[frame[column].isin(set(wanted.dropna()))].reset_index(drop=True)
    return kept.assign(**{c: kept[c].astype("str") for c in kept.columns if kept[c].dtype == "category"})


def _cell_shipments(
    market: dict[str, pd.DataFrame], stores: pd.DataFrame, name: str, form: str
) -> pd.DataFrame:
    wanted = stores.loc[(stores["market"] == name) & (stores["format"] == form), "store_id"]
    shipments = market["shipments"]
    return shipments[shipments["store_id"].isin(set(wanted))]


def _warnings(market: dict[str, pd.DataFrame], cell: pd.DataFrame, profile: Profile) -> list[str]:
    return [*_short(cell, profile), *_late(market, cell), *_gaps(cell), *_outliers(cell)]


def _short(cell: pd.DataFrame, profile: Profile) -> list[str]:
    weeks, needed = cell["week_start"].nunique(), profile.forecasting.minimum_weeks
    return [f"{weeks} weeks of history, {needed} needed: the baseline serves"] if weeks < needed else []


def _late(market: dict[str, pd.DataFrame], cell: pd.DataFrame) -> list[str]:
    last, here = market["shipments"]["week_start"].max(), cell["week_start"].max()
    return [f"its last shipments are of {here.date()}, the market's of {last.date()}"] if here < last else []


def _gaps(cell: pd.DataFrame) -> list[str]:
    weeks = cell["week_start"]
    axis = pd.date_range(weeks.min(), weeks.max(), freq="7D")
    missing = axis.difference(pd.DatetimeIndex(weeks.unique()))
    return [f"no shipments in the week of {day.date()}" for day in missing]


def _outliers(cell: pd.DataFrame) -> list[str]:
    """Name weeks far above what the product ever ships to a store."""
    usual = cell.groupby("product_id", observed=True)["units_shipped"].transform("median")
    far = int((cell["units_shipped"] > OUTLIER_TIMES * usual.clip(lower=1)).sum())
    return [f"{far} shipments above {OUTLIER_TIMES:.0f} times the product's median"] if far else []


STEP = Step(
    name="validate",
    purpose="Picks a market's rows out of the dataset versions and checks that its cell can be forecast.",
    body=validate,
    mounts=(("conditioned", "The conditioned zone."),),
    inputs=(
        ("versions", "JSON file: the version of each table."),
        ("profile", "The client profile (YAML)."),
    ),
    parameters=(("market", "Market name."), ("format", "large or small.")),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
