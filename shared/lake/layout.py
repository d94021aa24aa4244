"""Where things lie in the lake, and which columns the profile gives a table.

raw/{source}/{file}                                 as it arrived; ~r2 before the suffix of another file of that name
conditioned/receipts/{source}/{file}.json           the file counts; what it brought
conditioned/{table}/deltas/{sha256}.csv             rows of one file
conditioned/{table}/merged/...                      results remembered, so that they are made once
conditioned/{table}/parts/{partition}-{sha256}.csv  rows of the table
conditioned/{table}/versions/{version}.json         manifest: parts, sources, counts, warnings, reports
conditioned/{table}/corrections/{version}.csv       values that later files corrected
conditioned/{table}/reports/{version}-*.csv         what looks wrong and stays
conditioned/{table}/current.json                    the current version
quarantine/{source}/{file}.rejected.csv             rows that conditioning rejected
quarantine/{source}/{file}.superseded.csv           rows that gave way to later ones in the same file
quarantine/{source}/orphans-{version}.csv           rows that name an unknown store or product
"""

import hashlib
from dataclasses import dataclass

from shared.conditioning.plan import table_fields
from shared.profile import Profile
from shared.schemas import TABLES, Table

CONDITIONED = "conditioned"
QUARANTINE = "quarantine"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A standard table with the columns that a profile adds, and its paths."""

    table: Table
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @property
    def key(self) -> tuple[str, ...]:
        """Key columns."""
        return self.table.key

    @property
    def values(self) -> tuple[str, ...]:
        """All other columns."""
        return tuple(c for c in self.columns if c not in self.table.key)

    def path(self, *names: str) -> str:
        """Return a path below the table."""
        return "/".join((CONDITIONED, self.name, *names))


def layouts(profile: Profile) -> dict[str, Layout]:
    """Return the layout of every standard table."""
    return {
        name: Layout(table=table, columns=tuple(f.name for f in table_fields(profile, name)))
        for name, table in TABLES.items()
    }


def current_path(table: str) -> str:
    """Return the path of the pointer to a table's current version."""
    return f"{CONDITIONED}/{table}/current.json"


def version_path(table: str, version: str) -> str:
    """Return the path of a version's manifest."""
    return f"{CONDITIONED}/{table}/versions/{version}.json"


def digest(*parts: object) -> str:
    """Return the SHA-256 of some values' text, each told apart."""
    made = hashlib.sha256()
    for part in parts:
        text = repr(part).encode()
        made.update(len(text).to_bytes(8, "big") + text)
    return made.hexdigest()
