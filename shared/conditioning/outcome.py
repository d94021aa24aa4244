"""What conditioning one raw file gives: parts of tables, quarantine files, a report. How it is made is not here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Grain = Literal["week", "day", "line"]


@dataclass(frozen=True, kw_only=True)
class DeltaPart:
    """Rows of one standard table that a raw file brings, as standard CSV in the workspace.

    Attributes
    ----------
    partition : str
        ``YYYY-MM`` of the table's partition date, or ``all``.
    rows : int
        Rows without the header.
    sha256 : str
        Of the CSV's bytes.
    grain : {"week", "day", "line"}
        ``week``: the table's own columns; ``day`` adds `date`; ``line`` adds `date` and `line_id`. All of them that
        identify a row belong to the key.
    """

    table: str
    partition: str
    path: Path
    rows: int
    sha256: str
    grain: Grain


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """Counts of one file: ``rows_in == sum(accepted) + sum(rejected) + superseded``.

    Attributes
    ----------
    rows_read : int
        Records in the file.
    rows_in : int
        Records after the source's hook, which may add some; those that it dropped count as rejected.
    accepted : dict
        Rows per table.
    rejected : dict
        Rows per reason.
    superseded : int
        Rows whose key came again further down in the same file with other values.
    repaired : dict
        What was repaired, and how often: rows by column for ``zip_code zeros`` (leading ones given back) and
        ``store_id case``, files for ``byte_order_mark``. Rows that are rejected for what stands in them do not count.
    refused : str or None
        Why the file as a whole could not be read; all counts are zero then.
    """

    rows_read: int = 0
    rows_in: int = 0
    accepted: dict[str, int]
    rejected: dict[str, int]
    superseded: int = 0
    repaired: dict[str, int] = field(default_factory=dict)
    refused: str | None = None

    def __post_init__(self) -> None:
        out = sum(self.accepted.values()) + sum(self.rejected.values()) + self.superseded
        assert self.rows_in == out, f"rows are lost: {self.rows_in=} but {out} came out"

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON types."""
        return {
            "rows_read": self.rows_read,
            "rows_in": self.rows_in,
            "accepted": dict(sorted(self.accepted.items())),
            "rejected": dict(sorted(self.rejected.items())),
            "superseded": self.superseded,
            "repaired": dict(sorted(self.repaired.items())),
            "refused": self.refused,
        }


@dataclass(frozen=True, kw_only=True)
class Conditioned:
    """The outcome of conditioning one raw file.

    Attributes
    ----------
    name : str
        The raw blob's path, such as ``raw/shipments/2019-W31.csv``.
    sha256, size
        Of the raw bytes.
    sequence : str
        Sorts the deliveries of a source as text; the last one wins.
    deltas : tuple of DeltaPart
        In the order of table, grain and partition.
    rejects : Path or None
        CSV ``source,file,row,reason,column,value,original``; row 0 is the whole file, `original` is JSON.
    superseded : Path or None
        CSV ``source,file,table,key,row,earlier,later``; the last three of them about the row that gave way.
    """

    source: str
    name: str
    sha256: str
    size: int
    sequence: str
    deltas: tuple[DeltaPart, ...]
    rejects: Path | None
    superseded: Path | None
    report: FileReport
