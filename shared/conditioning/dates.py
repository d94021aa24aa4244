"""Dates and times from text, strictly: the 30th of February is no date."""

import functools
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from shared.conditioning.reasons import NUMBER

_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_REMEMBERED = 100_000
SECONDS_PER_DAY = 86_400


def parse_times(text: pa.Array, form: str | None, *, in_utc: bool) -> tuple[np.ndarray, np.ndarray]:
    """Parse dates or times.

    Parameters
    ----------
    text : pa.StringArray, length n
        Null is a missing value.
    form : str or None
        A strptime format; None: ISO 8601.
    in_utc : bool
        Whether a time in another zone is converted to UTC; otherwise its day stays as written.

    Returns
    -------
    seconds : ndarray of int64, shape (n,)
        Since 1970; a time without a zone is in UTC. 0 where missing or at fault.
    faults : ndarray of int8, shape (n,)
        ``bad_date``; 0 elsewhere.
    """
    parsed = [None if value is None else _seconds(value, form, in_utc) for value in text.to_pylist()]
    bad = np.array([p is None for p in parsed], dtype=bool) & text.is_valid().to_numpy(zero_copy_only=False)
    seconds = np.array([p or 0 for p in parsed], dtype=np.int64)
    return seconds, np.where(bad, NUMBER["bad_date"], 0).astype(np.int8)


@functools.lru_cache(maxsize=_REMEMBERED)
def _seconds(value: str, form: str | None, in_utc: bool) -> int | None:
    try:
        moment = datetime.fromisoformat(value) if form is None else datetime.strptime(value, form)
    except ValueError:
        return None
    if not _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
        return None
    moment = moment if moment.tzinfo and in_utc else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _SECOND


def days_since_epoch(day: date) -> int:
    """Count the days since 1970-01-01."""
    return (day - _EPOCH.date()).days


def week_starts(days: np.ndarray, anchor: int) -> np.ndarray:
    """Return the first day of each day's week.

    Parameters
    ----------
    days : ndarray of int64
        Days since 1970-01-01, a Thursday.
    anchor : int
        The week's first day, Monday = 0.
    """
    return days - (days + 3 - anchor) % 7


def months(days: np.ndarray) -> np.ndarray:
    """Return months since 1970-01."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_name(month: int) -> str:
    """Write a month since 1970-01 as ``YYYY-MM``."""
    return str(np.datetime64(month, "M"))
