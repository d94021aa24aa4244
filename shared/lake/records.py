"""What the lake writes down as JSON: receipts, partition results, manifests. How they come about is not here."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from shared.conditioning.outcome import Grain
from shared.errors import LakeError


class Record(BaseModel):
    """A frozen record; unknown keys are refused, its JSON is the same for the same content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_bytes(self) -> bytes:
        """Return the record as readable JSON."""
        return self.model_dump_json(indent=1).encode() + b"\n"


class Delta(Record):
    """Rows of one table that a raw file brought; see conditioning's DeltaPart."""

    table: str
    partition: str
    path: str
    rows: int
    sha256: str
    grain: Grain


class Receipt(Record):
    """A raw file that has been conditioned and whose outcome lies in the lake.

    Attributes
    ----------
    name : str
        Path of the raw blob.
    etag : str
        Of the raw blob when it was committed, so that a look at it tells whether it is still the same.
    fingerprint : str
        Of the rules that conditioned it.
    rejects, superseded : str or None
        Paths of the rejected rows, and of the rows that gave way to later ones in the same file.
    """

    source: str
    name: str
    sha256: str
    size: int
    etag: str
    fingerprint: str
    sequence: str
    deltas: tuple[Delta, ...]
    rejects: str | None
    superseded: str | None
    report: dict[str, Any]


class RowCounts(Record):
    """Rows of a table; ``delta_rows == kept + superseded + repeated + orphaned``.

    Attributes
    ----------
    delta_rows : int
        Rows of all deltas.
    kept : int
        Delta rows whose value stands.
    superseded : int
        Delta rows whose value a later delivery corrected.
    repeated : int
        Delta rows that said again what an earlier delivery had said.
    orphaned : int
        Delta rows of a store or product that is not known.
    weekly_rows : int
        Rows of the standard table.
    """

    delta_rows: int = 0
    kept: int = 0
    superseded: int = 0
    repeated: int = 0
    orphaned: int = 0
    weekly_rows: int = 0

    def __add__(self, other: Self) -> "RowCounts":
        """Add the counts of another part."""
        mine, theirs = self.model_dump(), other.model_dump()
        return RowCounts(**{name: mine[name] + theirs[name] for name in mine})

    def verify(self, table: str) -> None:
        """Raise LakeError unless every delta row is accounted for."""
        out = self.kept + self.superseded + self.repeated + self.orphaned
        if self.delta_rows != out:
            raise LakeError(
                f"{table}: {self.delta_rows} delta rows came in, but {out} are accounted for: {self}"
            )


class Part(Record):
    """Some rows of a standard table, as an immutable blob."""

    path: str
    partition: str
    sha256: str
    rows: int


class Piece(Record):
    """A part of a report, to be joined with others."""

    path: str
    rows: int


class Remembered(Record):
    """A result that need not be made again while `inputs`, which names all that it was made of, is the same."""

    inputs: str


class PartitionResult(Remembered):
    """What the deltas of a partition come to, remembered so that it is made once.

    Attributes
    ----------
    part : Part or None
        None where no row stands.
    orphans : dict
        For a source, its rows that name something unknown.
    named, unknown : dict
        For a column that refers to another table, the values that the deltas name, and those of them that did not
        exist: when others do not exist any more, or do now, the result is outdated.
    weeks, products : tuple of str
        Those that rows stand for.
    """

    partition: str
    part: Part | None
    rows: RowCounts
    corrections: Piece | None
    orphans: dict[str, Piece]
    named: dict[str, tuple[str, ...]]
    unknown: dict[str, tuple[str, ...]]
    weeks: tuple[str, ...]
    products: tuple[str, ...]


class Assortments(Remembered):
    """Number of different products that each store was ever shipped."""

    products: dict[str, int]


class Oversized(Remembered):
    """The returns of a partition that exceed their shipments."""

    found: Piece | None


class Report(Record):
    """Rows that belong to a version and are no part of it; `content` names what is in it."""

    path: str
    rows: int
    content: str


class SourceFile(Record):
    """A raw file that a version is made of."""

    source: str
    name: str
    sha256: str


class DatasetVersion(Record):
    """The manifest of a version of a table.

    The version names the content: the same parts, schema and sources have the same version, however they came about.
    Its account (`sources`, `rows`, `warnings`, `reports`) may grow when further files say the same.

    Attributes
    ----------
    alias : str
        Month of the newest row, or ``all`` for a table without a date.
    reports : dict
        What belongs to the version and is no part of it: ``corrections``, ``oversized``, ``orphans/{source}``.
    """

    table: str
    version: str
    alias: str
    schema_version: int
    columns: tuple[str, ...]
    parts: tuple[Part, ...]
    sources: tuple[SourceFile, ...]
    rows: RowCounts
    warnings: tuple[str, ...] = ()
    reports: dict[str, Report] = {}


class Pointer(Record):
    """The current version of a table; `receipts` names the set of receipts that it was made of."""

    table: str
    version: str | None
    alias: str
    receipts: str
