"""File formats that a source can arrive in, one section each, told apart by `type`."""

from typing import Annotated, Literal

from pydantic import Field

from shared.profile.base import Section


class _Text(Section):
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    skip_rows: int = Field(0, ge=0, description="Lines before the header (or before the first row).")


class Delimited(_Text):
    """Comma-, semicolon-, tab- or otherwise separated text."""

    type: Literal["delimited"]
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1)
    header: tuple[str, ...] | None = Field(
        None, description="Column names, where the file has no header line."
    )


class FixedWidth(_Text):
    """Columns at fixed positions; `columns` maps a name to (first, last), counted from 1, both included."""

    type: Literal["fixed_width"]
    columns: dict[str, tuple[int, int]]


class JsonLines(Section):
    """One JSON object a line; nested members are named with dots, `explode` names a list with one row each."""

    type: Literal["json_lines"]
    encoding: str = "utf-8"
    explode: str | None = None


class Excel(Section):
    """A worksheet; `header_row` counts from 1."""

    type: Literal["excel"]
    sheet: str | int = 0
    header_row: int = Field(1, ge=1)


class Parquet(Section):
    """A Parquet file."""

    type: Literal["parquet"]


# Compression and archives are seen in the bytes, never declared: .gz of any, .zip whose members are read one by one.
FileFormat = Annotated[Delimited | FixedWidth | JsonLines | Excel | Parquet, Field(discriminator="type")]
