"""The lake: receipts, corrections and dataset versions over any blob store."""

from shared.lake.history import Statement, history
from shared.lake.lake import Lake, RawBlob
from shared.lake.quality import Quality, QualityReport, quality_report
from shared.lake.records import DatasetVersion, Part, Receipt, RowCounts
from shared.lake.versions import read_current, read_version, verify_conservation

__all__ = [
    "DatasetVersion",
    "Lake",
    "Part",
    "Quality",
    "QualityReport",
    "RawBlob",
    "Receipt",
    "RowCounts",
    "Statement",
    "history",
    "quality_report",
    "read_current",
    "read_version",
    "verify_conservation",
]
