"""How each source's files become standard tables."""

import re
from typing import Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator

from shared.profile.base import Section
from shared.profile.formats import FileFormat
from shared.schemas import TABLES

Unit = Literal["fahrenheit", "celsius", "inch", "cm", "mm", "dozen", "each"]
Transform = Literal["strip", "upper", "lower", "title", "digits", "zfill", "absolute", "negate", "exp_round"]


class Mapped(Section):
    """How one column of a standard table is made.

    Steps run in this order: read `source` (or take `constant`), `missing` tokens become empty, `default` fills,
    `transform` in the order given, `first` keeps that many leading characters, `values` translates, then the text is
    parsed to the column's kind with `date` (a strptime format) and converted from `unit`, then multiplied by `scale`.
    """

    source: str | None = Field(None, alias="from")
    constant: str | float | None = None
    date: str | None = Field(None, description="strptime format; default ISO 8601.")
    unit: Unit | None = None
    scale: float = 1.0
    width: int | None = Field(None, ge=1, description="For zfill: the length to pad to.")
    transform: tuple[Transform, ...] = ("strip",)
    first: int | None = Field(None, ge=1, description="Keep so many leading characters: a zip code's area.")
    values: dict[str, str] | None = Field(
        None, description="Translation; a value that is not listed is rejected."
    )
    values_default: str | None = Field(
        None, description="What an unlisted value becomes, instead of rejection."
    )
    keep_unlisted: bool = Field(False, description="A value that `values` does not list stays as it is.")
    missing: tuple[str, ...] = ("",)
    default: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.source is None) == (self.constant is None):
            raise ValueError("give exactly one of 'from' and 'constant'")
        if "zfill" in self.transform and self.width is None:
            raise ValueError("zfill needs 'width'")
        return self


class Condition(Section):
    """A test on one raw column; a row goes to the first output whose test it passes.

    `below` and `at_least` compare numbers; `equals` and `matches` (a regular expression) compare text.
    """

    column: str
    below: float | None = None
    at_least: float | None = None
    equals: tuple[str, ...] | None = None
    matches: str | None = None

    @field_validator("matches")
    @classmethod
    def _is_pattern(cls, matches: str | None) -> str | None:
        pc.match_substring_regex(pa.array([""]), matches or "")  # raises a ValueError in Arrow's words
        return matches


class Output(Section):
    """One standard table that a source feeds.

    `grain` says what a row is. ``week``: the week's value, so that the same key again is a correction.
    ``day``: a day's total, and ``line``: a line known by `line_id`, both summed to the week; the same day or line
    again is a correction.
    """

    table: str
    columns: dict[str, Mapped]
    where: Condition | None = None
    grain: Literal["week", "day", "line"] = "week"
    line_id: str | None = Field(None, description="Raw column that identifies a line.")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.table not in TABLES:
            raise ValueError(f"unknown table {self.table!r}; known: {', '.join(TABLES)}")
        table = TABLES[self.table]
        unknown = set(self.columns) - set(table.columns)
        if unknown and not table.open:
            raise ValueError(
                f"{self.table} has no column {sorted(unknown)}; it has {', '.join(table.columns)}"
            )
        odd = [name for name in self.columns if not name.isidentifier()]
        if odd:
            raise ValueError(f"{odd} cannot be column names; use letters, digits and underscores")
        missing = {f.name for f in table.fields if f.required} - set(self.columns)
        if missing:
            raise ValueError(f"{self.table} needs {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _grains(self) -> Self:
        if (self.grain == "line") != (self.line_id is not None):
            raise ValueError("grain 'line' and 'line_id' go together")
        if self.grain != "week" and "week_start" not in TABLES[self.table].columns:
            raise ValueError(
                f"grain {self.grain!r} is summed to the week, and {self.table} has no week_start"
            )
        return self


class Source(Section):
    """One source of raw files.

    `files` are globs below the data folder. Deliveries are applied in the order of `sequence` (a regular expression
    whose first group is taken from the file name; default: the name's natural order), so that the last correction
    wins in whatever order files arrive. `hook` is ``file.py:function`` beside the profile: it takes a batch
    of raw rows as a pyarrow Table of strings, with the record's number in `_row` (int64), and returns such a table.
    It may change columns and rows: a row that it makes keeps the `_row` that it is made of, and one that it leaves
    out is rejected.
    """

    files: tuple[str, ...] = Field(min_length=1)
    format: FileFormat
    outputs: tuple[Output, ...] = Field(min_length=1)
    sequence: str | None = None
    required: bool = True
    hook: str | None = None
    owner: str = ""
    cadence: Literal["once", "daily", "weekly", "monthly", "yearly"] = "weekly"
    visibility: Literal["private", "public"] = "private"

    @field_validator("sequence")
    @classmethod
    def _is_pattern(cls, sequence: str | None) -> str | None:
        try:
            re.compile(sequence or "")
        except re.error as exc:
            raise ValueError(f"is no regular expression: {exc}") from exc
        return sequence

    @model_validator(mode="before")
    @classmethod
    def _single_output(cls, data: object) -> object:
        """Accept `table` and `columns` in place of a list with one output."""
        if isinstance(data, dict) and "table" in data and "outputs" not in data:
            own = {"table", "columns", "where", "grain", "line_id"}
            return {
                **{k: v for k, v in data.items() if k not in own},
                "outputs": [{k: v for k, v in data.items() if k in own}],
            }
        return data
