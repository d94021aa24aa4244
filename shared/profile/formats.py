"""File formats that a source can arrive in, one section each, told apart by `type`."""

import codecs
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.profile.base import Section


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
        codecs.getincrementaldecoder(encoding)
    except LookupError as exc:
        raise ValueError(f"unknown encoding {encoding!r}; such as utf-8, latin-1, cp1252, utf-16") from exc
    return encoding


def _ascii(character: str) -> str:
    if not character.isascii() or character in ("\r", "\n"):
        raise ValueError(f"{character!r} is not an ASCII character within a line")
    return character


Encoding = Annotated[str, AfterValidator(_known)]
Character = Annotated[str, Field(max_length=1), AfterValidator(_ascii)]


class _Text(Section):
    encoding: Encoding = "utf-8"
    decimal: Literal[".", ","] = "."
    thousands: str = Field("", max_length=1)
    skip_rows: int = Field(0, ge=0, description="Lines before the header (or before the first row).")

    @model_validator(mode="after")
    def _marks(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        return self


class Delimited(_Text):
    """Comma-, semicolon-, tab- or otherwise separated text."""

    type: Literal["delimited"]
    delimiter: Character = Field(",", min_length=1)
    quote: Character = Field('"', description="Empty: quotes are plain characters.")
    header: tuple[str, ...] | None = Field(
        None, description="Column names, where the file has no header line."
    )

    @model_validator(mode="after")
    def _separate(self) -> Self:
        if self.delimiter == self.quote:
            raise ValueError(f"delimiter and quote are both {self.quote!r}")
        return self


class FixedWidth(_Text):
    """Columns at fixed positions; `columns` maps a name to (first, last), counted from 1, both included."""

    type: Literal["fixed_width"]
    columns: dict[str, tuple[int, int]] = Field(min_length=1)

    @model_validator(mode="after")
    def _positions(self) -> Self:
        wrong = [name for name, (first, last) in self.columns.items() if not 1 <= first <= last]
        if wrong:
            raise ValueError(f"columns {wrong} do not lie between 1 and their end")
        return self


class JsonLines(Section):
    """One JSON object a line; nested members are named with dots, `explode` names a list with one row each."""

    type: Literal["json_lines"]
    encoding: Encoding = "utf-8"
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
