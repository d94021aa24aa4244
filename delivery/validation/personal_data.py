"""No person in a standard table: what columns are called, and what stands in them. The policy is configuration."""

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from delivery.validation.config import PersonalData
from shared.schemas import TABLES, Table

SHOWN = 2
"""Letters of a finding that are shown: a report must not tell what a table must not hold."""


def faulty_columns(policy: PersonalData, table: str, columns: Sequence[str]) -> Iterator[str]:
    """Say which columns of a table are called like something of a person."""
    for column in columns:
        for kind, pattern in policy.columns.items():
            if re.search(pattern, column, re.IGNORECASE) and not _allowed(policy, table, column, kind):
                yield f"{table}.{column}: is called like a person's {kind}"


def faulty_values(policy: PersonalData, table: str, rows: pa.Table) -> Iterator[str]:
    """Say which values in the text columns of a table look like something of a person."""
    for column in _texts(TABLES[table], rows):
        values = [str(value) for value in rows[column].unique().to_pylist() if value]
        for kind, pattern in policy.values.items():
            if _allowed(policy, table, column, kind):
                continue
            found = [value for value in values if re.search(pattern, value)]
            if found:
                yield f"{table}.{column}: {len(found)} values hold a person's {kind}, such as {_veiled(found[0])}"


def _texts(table: Table, rows: pa.Table) -> list[str]:
    """Return the text columns that name nothing which another table lists: that one is looked at."""
    elsewhere = {column for column, _ in table.references}
    kinds = {field.name: field.kind for field in table.fields}
    return [c for c in rows.column_names if kinds.get(c, "text") == "text" and c not in elsewhere]


def _allowed(policy: PersonalData, table: str, column: str, kind: str) -> bool:
    return kind in policy.allowed.get(f"{table}.{column}", ())


def _veiled(value: str) -> str:
    return f"'{value[:SHOWN]}...' ({len(value)} letters)"
