"""What became of every row that was delivered, counted per file, source and table. Nothing is changed here."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.lake.blobs import read_rows
from shared.lake.lake import Lake
from shared.lake.records import DatasetVersion, Receipt, RowCounts
from shared.lake.versions import read_current
from shared.schemas import TABLES

Counts = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What became of the rows of a file, or of all files of a source.

    ``rows_in == sum(accepted) + sum(rejected) + superseded``

    Attributes
    ----------
    files : int
        Raw files that were conditioned by the rules of today.
    rows_in : int
    accepted : dict
        Rows per table.
    rejected : dict
        Rows per reason.
    superseded : int
        Rows that a later row of the same file corrected.
    orphaned : dict
        Of the accepted rows, those that name an unknown store or product, per reason.
    repaired : dict
        What was put right in rows and files, by name; see conditioning's FileReport.
    refused : dict
        Whole files per reason.
    """

    files: int
    rows_in: int
    accepted: Counts
    rejected: Counts
    superseded: int
    orphaned: Counts
    repaired: Counts
    refused: Counts

    def __add__(self, other: "Quality") -> "Quality":
        """Count two together."""
        return Quality(
            files=self.files + other.files,
            rows_in=self.rows_in + other.rows_in,
            accepted=_sum(self.accepted, other.accepted),
            rejected=_sum(self.rejected, other.rejected),
            superseded=self.superseded + other.superseded,
            orphaned=_sum(self.orphaned, other.orphaned),
            repaired=_sum(self.repaired, other.repaired),
            refused=_sum(self.refused, other.refused),
        )


@dataclass(frozen=True, kw_only=True)
class QualityReport:
    """What became of all rows.

    Attributes
    ----------
    files : dict
        By path of the raw file.
    sources : dict
        By source; those without a file too.
    tables : dict
        By table, the counts of its current version.
    warnings : dict
        By table, the warnings of its current version.
    """

    files: Mapping[str, Quality]
    sources: Mapping[str, Quality]
    tables: Mapping[str, RowCounts]
    warnings: Mapping[str, tuple[str, ...]]


NOTHING = Quality(
    files=0, rows_in=0, accepted={}, rejected={}, superseded=0, orphaned={}, repaired={}, refused={}
)


def quality_report(lake: Lake) -> QualityReport:
    """Count what became of every row, by the current receipts and the current versions."""
    versions = [v for v in (read_current(lake.store, table) for table in TABLES) if v]
    orphaned = _orphaned(lake, versions)
    receipts = lake.receipts()
    files = {receipt.name: _quality(receipt, orphaned.get(receipt.name, {})) for receipt in receipts}
    return QualityReport(
        files=files,
        sources={
            source: sum((files[r.name] for r in receipts if r.source == source), NOTHING)
            for source in lake.profile.sources
        },
        tables={version.table: version.rows for version in versions},
        warnings={version.table: version.warnings for version in versions},
    )


def _quality(receipt: Receipt, orphaned: Counts) -> Quality:
    report: dict[str, Any] = receipt.report
    return Quality(
        files=1,
        rows_in=report["rows_in"],
        accepted=report["accepted"],
        rejected=report["rejected"],
        superseded=report["superseded"],
        orphaned=orphaned,
        repaired=report["repaired"],
        refused={report["refused"]: 1} if report["refused"] else {},
    )


def _orphaned(lake: Lake, versions: Iterable[DatasetVersion]) -> dict[str, Counts]:
    """Count the orphans of the versions by file and reason."""
    found: dict[str, Counter[str]] = {}
    for version in versions:
        for name in [name for name in version.reports if name.startswith("orphans/")]:
            rows = read_rows(lake.store, version.reports[name].path).group_by(
                ["file", "reason"], use_threads=False
            )
            for counted in rows.aggregate([([], "count_all")]).to_pylist():
                found.setdefault(counted["file"], Counter())[counted["reason"]] += counted["count_all"]
    return {file: dict(sorted(counts.items())) for file, counts in found.items()}


def _sum(one: Counts, other: Counts) -> Counts:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}
