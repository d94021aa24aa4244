"""One column of a standard table from one raw column: cleaning, translation, parsing, units, rules.

Everything is done once per distinct text and then spread over the rows. Which rows go where is not decided here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.conditioning.coding import codes_and_values, with_codes
from shared.conditioning.dates import SECONDS_PER_DAY, days_since_epoch, parse_times, week_starts
from shared.conditioning.formulas import is_formula
from shared.conditioning.quantities import apply_signs, convert_unit, parse_numbers
from shared.conditioning.reasons import NUMBER
from shared.profile import Calendar, Mapped
from shared.schemas import ARROW_TYPES, Field


@dataclass(frozen=True, kw_only=True)
class Target:
    """A column to make.

    Attributes
    ----------
    anchored : bool
        Whether a date becomes the first day of its week.
    since : int or None
        Days since 1970 before which a date lies before the history.
    decimal, thousands : str
        How the file writes numbers.
    """

    field: Field
    mapped: Mapped
    calendar: Calendar
    anchored: bool = False
    since: int | None = None
    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A converted column of n rows.

    Attributes
    ----------
    values : pa.DictionaryArray, length n
        Of the column's kind; what stands at rows at fault means nothing.
    faults : ndarray of int8, shape (n,)
        Number of the first reason against the row, 0 where there is none.
    repaired : dict of str to ndarray of bool, shape (n,)
        For what was repaired anywhere, the rows: ``zeros`` where leading zeros were given back, ``case`` where letters
        changed their case.
    """

    values: pa.DictionaryArray
    faults: np.ndarray
    repaired: dict[str, np.ndarray]


def convert(column: pa.ChunkedArray | None, target: Target, length: int) -> Converted:
    """Make a column of a standard table.

    Parameters
    ----------
    column : pa.ChunkedArray of strings, coded or not, or None
        The raw column; None where the mapping is a constant.
    target : Target
    length : int
        Number of rows.
    """
    distinct, places = _distinct(column, target.mapped, length)
    text, repaired = _cleaned(distinct, target.mapped)
    text, faults = _translated(text, target.mapped)
    values, parse_faults = _PARSERS[target.field.kind](text, target)
    faults = np.where(faults != 0, faults, parse_faults)
    if target.field.required:
        missing = text.is_null().to_numpy(zero_copy_only=False)
        faults = np.where((faults == 0) & missing, NUMBER["missing_value"], faults)
    if faults.any():
        values = _fill(values, faults)
    return Converted(
        values=with_codes(places, values),
        faults=_spread(faults, places),
        repaired={what: changed[places] for what, changed in repaired.items() if changed.any()},
    )


def _fill(values: pa.Array, faults: np.ndarray) -> pa.Array:
    """Put something where values are at fault and never used: columns without nulls are quicker."""
    good = values.drop_null()
    return pc.if_else(pa.array(faults != 0), good[0], values) if len(good) else values


def _spread(marks: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Spread marks of distinct values over the rows; most often there are none."""
    return marks[places] if marks.any() else np.zeros(len(places), dtype=marks.dtype)


def _distinct(column: pa.ChunkedArray | None, mapped: Mapped, length: int) -> tuple[pa.Array, np.ndarray]:
    if column is None:
        return pa.array([_constant(mapped.constant)], pa.string()), np.zeros(length, dtype=np.int32)
    places, distinct = codes_and_values(column)
    return distinct, places


def _constant(constant: str | float | None) -> str:
    return repr(constant) if isinstance(constant, float) else str(constant)


def _cleaned(text: pa.Array, mapped: Mapped) -> tuple[pa.Array, dict[str, np.ndarray]]:
    tokens = pa.array(mapped.missing, pa.string())
    missing = pc.or_(pc.is_in(text, tokens), pc.is_in(pc.utf8_trim_whitespace(text), tokens))
    text = pc.if_else(pc.or_(missing, pc.is_null(text)), pa.scalar(mapped.default, pa.string()), text)
    repaired: dict[str, np.ndarray] = {}
    for name in mapped.transform:
        before, text = text, _TRANSFORMS.get(name, _unchanged)(text, mapped)
        if name in _REPAIRS:
            what = _REPAIRS[name]
            repaired[what] = _differ(before, text) | repaired.get(what, False)
    if mapped.first is not None:
        text = pc.utf8_slice_codeunits(text, 0, mapped.first)
    return _without_empty(text), repaired


def _differ(before: pa.Array, after: pa.Array) -> np.ndarray:
    return pc.not_equal(before, after).fill_null(False).to_numpy(zero_copy_only=False)


def _unchanged(text: pa.Array, mapped: Mapped) -> pa.Array:
    return text


def _zfill(text: pa.Array, mapped: Mapped) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), text, pc.utf8_lpad(text, mapped.width, "0"))


# Transforms of numbers (absolute, negate, exp_round) wait until the text is parsed.
_TRANSFORMS: dict[str, Callable[[pa.Array, Mapped], pa.Array]] = {
    "strip": lambda text, mapped: pc.utf8_trim_whitespace(text),
    "upper": lambda text, mapped: pc.utf8_upper(text),
    "lower": lambda text, mapped: pc.utf8_lower(text),
    "title": lambda text, mapped: pc.utf8_title(text),
    "digits": lambda text, mapped: pc.replace_substring_regex(text, r"[^0-9]+", ""),
    "zfill": _zfill,
}
_REPAIRS = {"zfill": "zeros", "upper": "case", "lower": "case", "title": "case"}


def _without_empty(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _translated(text: pa.Array, mapped: Mapped) -> tuple[pa.Array, np.ndarray]:
    faults = np.zeros(len(text), dtype=np.int8)
    if mapped.values is None:
        return text, faults
    place = pc.index_in(text, pa.array(list(mapped.values), pa.string()))
    known = _without_empty(pa.array(list(mapped.values.values()), pa.string()).take(place))
    unlisted = pc.and_(pc.is_null(place), pc.is_valid(text))
    if mapped.keep_unlisted:
        return pc.if_else(unlisted, text, known), faults
    if mapped.values_default is not None:
        return pc.if_else(unlisted, mapped.values_default, known), faults
    faults[unlisted.to_numpy(zero_copy_only=False)] = NUMBER["unmapped_value"]
    return known, faults


def _text(text: pa.Array, target: Target) -> tuple[pa.Array, np.ndarray]:
    faults = np.zeros(len(text), dtype=np.int8)
    if target.field.one_of:
        allowed = pc.or_(pc.is_null(text), pc.is_in(text, pa.array(target.field.one_of)))
        faults[~allowed.to_numpy(zero_copy_only=False)] = NUMBER["not_one_of"]
    faults[is_formula(text).to_numpy(zero_copy_only=False)] = NUMBER["formula"]
    return text, faults


def _number(text: pa.Array, target: Target) -> tuple[pa.Array, np.ndarray]:
    decimal, thousands = (".", "") if target.mapped.source is None else (target.decimal, target.thousands)
    numbers, faults = parse_numbers(text, decimal=decimal, thousands=thousands)
    signed = apply_signs(numbers, target.mapped.transform)
    converted = convert_unit(signed, target.mapped.unit, target.mapped.scale)
    faults[(faults == 0) & np.isinf(converted)] = NUMBER["non_finite"]
    low, high = target.field.minimum, target.field.maximum
    if low is not None:
        faults[(faults == 0) & (converted < low)] = NUMBER["below_minimum"]
    if high is not None:
        faults[(faults == 0) & (converted > high)] = NUMBER["above_maximum"]
    return pa.array(converted, from_pandas=True), faults


def _date(text: pa.Array, target: Target) -> tuple[pa.Array, np.ndarray]:
    seconds, faults = parse_times(text, target.mapped.date, in_utc=False)
    days = seconds // SECONDS_PER_DAY
    days = week_starts(days, target.calendar.anchor) if target.anchored else days
    return _moments(days.astype(np.int32), text, target, faults, days)


def _timestamp(text: pa.Array, target: Target) -> tuple[pa.Array, np.ndarray]:
    seconds, faults = parse_times(text, target.mapped.date, in_utc=True)
    return _moments(seconds, text, target, faults, seconds // SECONDS_PER_DAY)


def _moments(
    numbers: np.ndarray, text: pa.Array, target: Target, faults: np.ndarray, days: np.ndarray
) -> tuple[pa.Array, np.ndarray]:
    missing = text.is_null().to_numpy(zero_copy_only=False)
    if target.since is not None:
        faults[(faults == 0) & ~missing & (days < target.since)] = NUMBER["before_history"]
    return pa.array(numbers, mask=missing).cast(ARROW_TYPES[target.field.kind]), faults


_PARSERS: dict[str, Callable[[pa.Array, Target], tuple[pa.Array, np.ndarray]]] = {
    "text": _text,
    "number": _number,
    "integer": _number,
    "date": _date,
    "timestamp": _timestamp,
}


def history_start(calendar: Calendar) -> int:
    """Return the first day of the week in which the history begins, in days since 1970."""
    return days_since_epoch(calendar.week_start(calendar.history_start))
