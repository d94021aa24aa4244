"""The standard tables of the conditioned zone: columns, keys, bounds, partitions. How files are read is not here."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

SCHEMA_VERSION = 1

Kind = Literal["text", "date", "timestamp", "number", "integer"]
ARROW_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("s", tz="UTC"),
    "number": pa.float64(),
    "integer": pa.int64(),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of a standard table; bounds are inclusive, in the column's unit."""

    name: str
    kind: Kind
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A standard table.

    Attributes
    ----------
    partition_by : str or None
        The date column whose month names the part that a row lies in; None: one part.
    references : tuple of (column, table)
        Columns whose values must exist as the key of another table.
    open : bool
        Whether the profile may add numeric columns.
    """

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    partition_by: str | None = None
    references: tuple[tuple[str, str], ...] = ()
    open: bool = False

    def field(self, name: str) -> Field:
        """Return the column of that name.

        Raises
        ------
        KeyError
            If the table has no such column.
        """
        return next((f for f in self.fields if f.name == name), None) or _no_field(self, name)

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in their fixed order."""
        return tuple(f.name for f in self.fields)

    @property
    def arrow_schema(self) -> pa.Schema:
        """The table's Arrow schema, without columns that a profile adds."""
        return pa.schema([pa.field(f.name, ARROW_TYPES[f.kind], not f.required) for f in self.fields])


def _no_field(table: Table, name: str) -> Field:
    raise KeyError(f"{table.name} has no column {name}; it has {', '.join(table.columns)}")


def _text(name: str, *, required: bool = True, one_of: tuple[str, ...] = ()) -> Field:
    return Field(name=name, kind="text", required=required, one_of=one_of)


def _number(name: str, low: float | None, high: float | None, *, required: bool = True) -> Field:
    return Field(name=name, kind="number", required=required, minimum=low, maximum=high)


def _date(name: str) -> Field:
    return Field(name=name, kind="date")


_SERIES = (_date("week_start"), _text("store_id"), _text("product_id"))
_SERIES_KEY = ("week_start", "store_id", "product_id")
_SERIES_REFERENCES = (("store_id", "stores"), ("product_id", "products"))
_DEMOGRAPHICS = (
    _date("as_of"),
    _number("population", 0, None, required=False),
    _number("median_income", 0, None, required=False),
    _number("median_age", 0, 120, required=False),
    _number("household_size", 0, 20, required=False),
)
_WEATHER = (
    _number("temperature_min_c", -70, 60, required=False),
    _number("temperature_max_c", -70, 60, required=False),
    _number("precipitation_mm", 0, 2000, required=False),
    _number("snowfall_mm", 0, 5000, required=False),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="stores",
            key=("store_id",),
            fields=(
                _text("store_id"),
                _text("market"),
                _text("state", required=False),
                _text("zip_code", required=False),
                _text("format", required=False, one_of=("large", "small")),
                _number("storage_capacity", 0, None, required=False),
            ),
        ),
        Table(
            name="products",
            key=("product_id",),
            fields=(
                _text("product_id"),
                _text("category"),
                _text("brand", required=False),
                _number("pack_size", 0, None, required=False),
            ),
        ),
        Table(
            name="shipments",
            key=_SERIES_KEY,
            fields=(*_SERIES, _number("units_shipped", 0, None)),
            partition_by="week_start",
            references=_SERIES_REFERENCES,
        ),
        Table(
            name="returns",
            key=_SERIES_KEY,
            fields=(*_SERIES, _number("units_returned", 0, None)),
            partition_by="week_start",
            references=_SERIES_REFERENCES,
        ),
        Table(
            name="weather_history",
            key=("date", "zip_code"),
            fields=(_date("date"), _text("zip_code"), *_WEATHER),
            partition_by="date",
        ),
        Table(
            name="weather_forecast",
            key=("issued_at", "date", "zip_code"),
            fields=(Field(name="issued_at", kind="timestamp"), _date("date"), _text("zip_code"), *_WEATHER),
            partition_by="issued_at",
        ),
        Table(
            name="demographics",
            key=("store_id", "as_of"),
            fields=(_text("store_id"), *_DEMOGRAPHICS),
            references=(("store_id", "stores"),),
            open=True,
        ),
        # What is known of an area, not of a store: read with the stores that have that zip code.
        Table(
            name="demographics_by_zip",
            key=("zip_code", "as_of"),
            fields=(_text("zip_code"), *_DEMOGRAPHICS),
            open=True,
        ),
        Table(
            name="events",
            key=("event_id",),
            fields=(
                _text("event_id"),
                _text("name"),
                _text("kind", one_of=("holiday", "special")),
                _date("start_date"),
                _date("end_date"),
                _text("scope", one_of=("national", "market", "store")),
                _text("scope_id", required=False),
            ),
        ),
        Table(
            name="promotions",
            key=_SERIES_KEY,
            fields=(
                *_SERIES,
                _number("price", 0, None, required=False),
                _number("deal", 0, 1, required=False),
                _number("feature_ad", 0, 1, required=False),
            ),
            partition_by="week_start",
            references=_SERIES_REFERENCES,
        ),
    )
}
