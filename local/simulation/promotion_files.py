"""Promotions as Parquet, half a year a file, those of the weeks ahead in the last one."""

from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from local.simulation.dirt import Defect
from local.simulation.history import History
from local.simulation.streams import stream

_PLANTED = (
    ("exact_duplicate", "duplicate", 3),
    ("orphan_store", "unknown_store", 1),
    ("negative_price", "below_minimum", 1),
)


def write_promotions(history: History, folder: Path) -> list[Defect]:
    """Write price, deal and advertised share of every live series and week."""
    company = history.company
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Defect] = []
    for half, group in groupby(range(company.all_weeks), key=lambda week: _half(history, week)):
        name = f"promotions_{half}.parquet"
        sound = _offers(history, list(group))
        rng = stream(company.seed, "dirt", "promotions", half)
        pq.write_table(_with_dirt(sound, rng), folder / name, compression="zstd")
        found += [
            Defect(
                kind=kind, source="promotions", file=name, count=count, found_in="quarantine", reason=reason
            )
            for kind, reason, count in _PLANTED
        ]
    return found


def _half(history: History, week: int) -> str:
    """Return the half-year of a week; the weeks ahead belong to that of the last shipment."""
    day = history.company.week_start(min(week, history.company.size.weeks - 1))
    return f"{day.year}-H{1 if day.month < 7 else 2}"


def _offers(history: History, weeks: list[int]) -> pa.Table:
    """Return the sound rows of those weeks, by week, store and product."""
    company = history.company
    span = slice(weeks[0], weeks[-1] + 1)
    place, store, product = np.nonzero(history.expected[:, :, span].transpose(2, 0, 1) > 0)
    week = place + weeks[0]
    mondays = pa.array([company.week_start(each) for each in weeks], pa.date32())
    return pa.table(
        {
            "Week": mondays.take(place),
            "Store": pa.array(company.stores.ids).take(store),
            "Item": pa.array(company.products.ids).take(product),
            "ShelfPrice": history.price[store, product, week].astype(float).round(2),
            "OnDeal": history.deal[store, product, week].astype(np.int8),
            "AdvertisedPercent": (100 * history.feature_ad[store, product, week]).astype(np.int16),
        }
    )


def _with_dirt(sound: pa.Table, rng: np.random.Generator) -> pa.Table:
    chosen = np.sort(rng.choice(len(sound), sum(count for *_, count in _PLANTED), replace=False))
    twice, orphan, negative = chosen[:3], chosen[3:4], chosen[4:]
    unknown = sound.take(orphan).set_column(1, "Store", pa.array(["XX0000"]))
    cheap = sound.take(negative).set_column(3, "ShelfPrice", pa.array([-1.0]))
    return pa.concat_tables([sound, sound.take(twice), unknown, cheap])
