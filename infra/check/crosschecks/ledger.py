"""SQL that is deployed asks for tables and columns that the ledger has. KQL is in telemetry."""

import re
from collections.abc import Iterator
from pathlib import Path

from infra.check.model import Place
from infra.check.rules import Finding
from infra.check.subject import Infrastructure
from monitor.schema import metadata

FOLDERS = ("infra",)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
TEXT = re.compile(r"N?'(?:[^']|'')*'")
TABLE = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|OBJECT::)\s*((?:\[?\w+\]?\.)?\[?\w+\]?)(?:\s+(?:AS\s+)?(\w+))?", re.I
)
CURSOR = re.compile(r"\bDECLARE\s+(\w+)\s+CURSOR", re.I)
COLUMN = re.compile(r"\b(\w+)\.\[?(\w+)\]?")
TABLES = {name: {column.name for column in table.columns} for name, table in metadata.tables.items()}
SCHEMAS = {"dbo"}
CATALOGUE = {"sys", "information_schema"}
"""SQL Server's own; what is in there is not ours to know."""

WORDS = {
    "on",
    "where",
    "group",
    "order",
    "set",
    "values",
    "inner",
    "left",
    "right",
    "join",
    "with",
    "to",
    "cross",
}


def ledger_names(subject: Infrastructure) -> Iterator[Finding]:
    """A statement for a table or a column that the ledger lacks fails at the deployment, or in a report."""
    for path in sorted(file for folder in FOLDERS for file in (subject.root / folder).rglob("*.sql")):
        inside = path.relative_to(subject.root)
        yield from _faults(_bare(path.read_text()), inside)


def _bare(text: str) -> str:
    """Return SQL without comments and texts; what is left stays on its line."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n") or " "

    return TEXT.sub(blank, COMMENT.sub(blank, text))


def _faults(sql: str, path: Path) -> Iterator[Finding]:
    names: dict[str, str] = {}
    cursors = set(CURSOR.findall(sql))
    for match in TABLE.finditer(sql):
        schema, _, table = match[1].replace("[", "").replace("]", "").rpartition(".")
        if schema.lower() in CATALOGUE:
            names[(match[2] or table).lower()] = ""
        elif table not in TABLES and table not in cursors:
            yield _finding(sql, match.start(1), path, f"the ledger has no table '{table}'.", TABLES)
        elif table in TABLES:
            alias = match[2] if match[2] and match[2].lower() not in WORDS else table
            names |= {alias.lower(): table, table.lower(): table}
    for match in COLUMN.finditer(sql):
        table = names.get(match[1].lower(), "")
        if table and match[2] not in TABLES[table]:
            problem = f"the ledger's table {table} has no column '{match[2]}'."
            yield _finding(sql, match.start(), path, problem, TABLES[table])


def _finding(sql: str, offset: int, path: Path, problem: str, known: object) -> Finding:
    return Finding(
        place=Place(path, sql.count("\n", 0, offset) + 1),
        problem=problem,
        remedy=f"monitor/schema.py has {', '.join(sorted(map(str, known)))}.",  # type: ignore[call-overload]
    )
