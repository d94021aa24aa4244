"""Disguises what surrounds the series: stores, products, demographics, weather, events.

As in the series, every value is that of a random other: attributes of a store come each from some store of its group,
the weather of a day from some place, a local event from some market. Weather and fairs are public; kept as they were,
they would give the place away to anybody with an archive or a calendar.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.obfuscation.key import Key
from local.obfuscation.sample import Disguise, Sample
from local.obfuscation.series import Noise
from training.dataset import Tables

LOCAL_EVENT_WEEKS = 2
"""A local event is moved by at most so many weeks, either way."""
TEMPERATURES = ["temperature_min_c", "temperature_max_c"]
WATER = ["precipitation_mm", "snowfall_mm"]


def disguise_stores(tables: Tables, sample: Sample, names: Disguise) -> pd.DataFrame:
    """Name stores anew, without state; a cell's stores have one capacity, the mean of the sizes that they took."""
    capacity = tables.stores.set_index("store_id")["storage_capacity"].astype(float)
    own = sample.stores
    taken = own["store_id"].map(sample.size_of).map(capacity)
    mean = taken.groupby([own["market"], own["format"]]).transform("mean")
    made = pd.DataFrame(
        {
            "store_id": own["store_id"].map(names.stores),
            "market": own["market"].map(names.markets),
            "zip_code": own["zip_code"].map(names.zip_codes),
            "format": own["format"],
            "storage_capacity": rounded(mean, 2),
        }
    )
    return made.sort_values("store_id", ignore_index=True)


def disguise_products(tables: Tables, sample: Sample, names: Disguise, key: Key) -> pd.DataFrame:
    """Name products, categories and brands anew."""
    own = sample.products
    made = own.assign(
        product_id=own["product_id"].map(names.products),
        category=_renamed("Category", own["category"], tables.products["category"], key),
        brand=_renamed("Brand", own["brand"], tables.products["brand"], key),
    )
    return made.sort_values("product_id", ignore_index=True)


def disguise_demographics(
    frame: pd.DataFrame,
    others: dict[str, npt.NDArray[np.object_]],
    names: dict[str, str],
    *,
    shift: pd.Timedelta,
    noise: Noise,
    key: Key,
) -> pd.DataFrame:
    """Take each attribute of a store (or zip code) from one of the others, with noise, to two digits."""
    place = frame.columns[frame.columns.isin(["store_id", "zip_code"])][0]
    rng = key.stream(f"demographics {place}")
    own = frame.loc[frame[place].isin(list(names))].sort_values([place, "as_of"], ignore_index=True)
    known = frame.set_index([place, "as_of"])
    made = own.copy()
    for attribute in frame.columns.drop([place, "as_of"]):
        source = {name: rng.choice(others[name]) for name in sorted(names)}
        factor = {name: np.exp(rng.normal(0, noise.attribute)) for name in sorted(names)}
        wanted = pd.MultiIndex.from_arrays([own[place].map(source), own["as_of"]])
        values = known[attribute].reindex(wanted).to_numpy(float)
        made[attribute] = rounded(pd.Series(values) * own[place].map(factor), 2)
    made[place] = own[place].map(names)
    made["as_of"] = own["as_of"] + shift
    return made.sort_values([place, "as_of"], ignore_index=True)


def draw_weather_sources(tables: Tables, sample: Sample, names: Disguise, key: Key) -> pd.DataFrame:
    """Draw for each zip code of the sample and each day the place whose weather it has."""
    frames = [f for f in (tables.weather_history, tables.weather_forecast) if f is not None and len(f)]
    if not frames:
        return pd.DataFrame(columns=["date", "zip_code", "own"])
    places = sorted({str(place) for frame in frames for place in frame["zip_code"].unique()})
    days = pd.date_range(sample.weeks[0], max(frame["date"].max() for frame in frames))
    pairs = pd.MultiIndex.from_product([days, sorted(names.zip_codes)], names=["date", "own"])
    return pairs.to_frame(index=False).assign(
        zip_code=key.stream("weather").choice(np.array(places, dtype=object), len(pairs))
    )


def disguise_weather(frame: pd.DataFrame, sources: pd.DataFrame, names: Disguise) -> pd.DataFrame:
    """Give each zip code the weather of its sources, brought to the mean climate of all places."""
    plain = frame.assign(zip_code=frame["zip_code"].astype(str))
    middle = plain[TEMPERATURES].mean(axis=1)
    month = plain["date"].dt.month
    warmer = middle.groupby(month).transform("mean") - middle.groupby([plain["zip_code"], month]).transform(
        "mean"
    )
    # Where a place has no temperature in a month, its other values still serve.
    brought = {name: (plain[name] + warmer).round(1) for name in TEMPERATURES}
    made = plain.assign(**brought, **{name: plain[name].round(1) for name in WATER}).merge(
        sources, on=["date", "zip_code"]
    )
    first = sources["date"].min()
    stamps = {name: made[name] + names.shift for name in ("date", "issued_at") if name in made}
    kept = made.assign(zip_code=made["own"].map(names.zip_codes), **stamps)[_issued_from(made, first)]
    keys = [name for name in ("issued_at", "date", "zip_code") if name in kept]
    return kept[list(frame.columns)].sort_values(keys, ignore_index=True)


def disguise_events(tables: Tables, sample: Sample, names: Disguise, key: Key) -> pd.DataFrame:
    """Keep national events; give each market and store the local ones of a random other, moved by some weeks."""
    assert tables.events is not None
    events = tables.events.loc[tables.events["end_date"] >= sample.weeks[0]].sort_values("event_id")
    rng = key.stream("events")
    markets = np.array(sorted(tables.stores["market"].unique()), dtype=object)
    owners = [
        *(("market", rng.choice(markets), name) for _, name in sorted(names.markets.items())),
        *(("store", rng.choice(sample.groups[own]), name) for own, name in sorted(names.stores.items())),
    ]
    local = events.merge(
        pd.DataFrame(owners, columns=["scope", "scope_id", "owner"]), on=["scope", "scope_id"]
    )
    moved = pd.to_timedelta(rng.integers(-LOCAL_EVENT_WEEKS, LOCAL_EVENT_WEEKS + 1, len(local)) * 7, unit="D")
    local = local.assign(start_date=local["start_date"] + moved, end_date=local["end_date"] + moved)
    national = events.loc[events["scope"] == "national"].assign(owner=None)
    kept = pd.concat([national, local], ignore_index=True) if len(local) else national.reset_index(drop=True)
    ids = [
        key.pseudonym("event", f"{e}\0{o}", 8) for e, o in zip(kept["event_id"], kept["owner"], strict=True)
    ]
    made = kept.assign(
        event_id=[f"E{name}" for name in ids],
        name=_renamed("Event", kept["name"], tables.events["name"], key),
        start_date=kept["start_date"] + names.shift,
        end_date=kept["end_date"] + names.shift,
        scope_id=kept["owner"],
    )
    return made[list(tables.events.columns)].sort_values("event_id", ignore_index=True)


def rounded(values: pd.Series, digits: int) -> pd.Series:
    """Round to so many significant digits."""
    sizes = np.floor(np.log10(values.abs().where(values != 0, 1.0)))
    unit = 10.0 ** (sizes - digits + 1)
    return ((values / unit).round() * unit).round(6)


def _renamed(kind: str, values: pd.Series, taken: pd.Series, key: Key) -> pd.Series:
    return values.map(key.neutral(kind, values.dropna(), taken=set(taken.dropna())))


def _issued_from(frame: pd.DataFrame, first: pd.Timestamp) -> pd.Series:
    if "issued_at" not in frame:
        return pd.Series(True, index=frame.index)
    return frame["issued_at"] >= first.tz_localize("UTC")
