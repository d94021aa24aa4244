"""Hooks of the orange-juice profile: week numbers become dates, and a row's own price is picked out of all prices."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WEEK_ONE = date(1989, 9, 14)
PRICE_COLUMN = "price{brand}"


def dated(rows: pa.Table) -> pa.Table:
    """Add ``week_start``; a week that is no number from 1 on stays as it is, so that the row is rejected as no date."""
    numbers = pc.unique(rows["week"])
    starts = pa.array([_start(number) for number in numbers.to_pylist()], pa.string())
    position = pc.index_in(rows["week"], value_set=numbers)
    return rows.append_column("week_start", starts.take(position.combine_chunks()))


def _start(number: str | None) -> str:
    text = (number or "").strip()
    if not text.isdecimal() or not 1 <= int(text) <= 9999:
        return text
    return (WEEK_ONE + timedelta(weeks=int(text) - 1)).isoformat()


def dated_and_priced(rows: pa.Table) -> pa.Table:
    """Add ``week_start`` and ``own_price``: of the columns price1, price2, ... that of the row's brand."""
    brands = np.char.strip(np.asarray(rows["brand"].to_pylist(), dtype=np.str_))
    own = np.full(rows.num_rows, "", dtype=object)
    for brand in np.unique(brands):
        column = PRICE_COLUMN.format(brand=brand)
        if column in rows.column_names:
            chosen = brands == brand
            own[chosen] = np.asarray(rows[column].to_pylist(), dtype=object)[chosen]
    return dated(rows).append_column("own_price", pa.array(own, pa.string()))
