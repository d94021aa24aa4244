"""Column types that mean the same in SQLite and in Azure SQL. Which columns there are is not here; see schema.

SQL Server on its own would compare keys without case, round times to 3 ms, drop what Latin-1 lacks, and refuse
indexes over long texts.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Dialect, Unicode
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeDecorator

BINARY = "Latin1_General_100_BIN2"
"""Compares character by character, as SQLite does."""

NAME_CHARACTERS = 120
WORD_CHARACTERS = 30


class Utc(TypeDecorator[datetime]):
    """A moment, aware in Python and kept as UTC to the microsecond."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """DATETIME2 where plain DATETIME is coarse."""
        kind = mssql.DATETIME2(6) if dialect.name == "mssql" else DateTime()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone; its meaning would depend on the machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its zone: {value=}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A small JSON value as text, the same text for the same value; None is NULL."""

    impl = Unicode
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write it."""
        return None if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read it back."""
        return None if value is None else json.loads(value)


def exact(characters: int) -> Unicode:
    """Return the type of a text that is compared exactly, and may be part of a key."""
    kind = Unicode(characters)
    return kind.with_variant(mssql.NVARCHAR(characters, collation=BINARY), "mssql")


def name(column: str, comment: str, *, characters: int = NAME_CHARACTERS, **options: Any) -> Column[str]:
    """Return a column for a name, which may be part of a key; empty where there is none."""
    if not options.get("primary_key"):
        options.setdefault("default", "")
    return Column(column, exact(characters), comment=comment, nullable=False, **options)


def word(column: str, comment: str, **options: Any) -> Column[str]:
    """Return a column for one word out of few."""
    if not options.get("primary_key"):
        options.setdefault("default", "")
    return Column(column, exact(WORD_CHARACTERS), comment=comment, nullable=False, **options)


def text(column: str, comment: str) -> Column[str]:
    """Return a column for words of any length, empty where there are none; never part of a key."""
    return Column(column, Unicode(), comment=comment, nullable=False, default="")


def moment(column: str, comment: str, *, nullable: bool = True) -> Column[datetime]:
    """Return a column for a moment in UTC."""
    return Column(column, Utc(), comment=comment, nullable=nullable)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Return the rule that a column holds one of some words."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)
