"""The lake: receipts, corrections and dataset versions over any blob store."""

from shared.lake.lake import Lake, RawBlob
from shared.lake.records import DatasetVersion, Part, Receipt, RowCounts
from shared.lake.versions import read_current, read_version, verify_conservation

__all__ = [
    "DatasetVersion",
    "Lake",
    "Part",
    "RawBlob",
    "Receipt",
    "RowCounts",
    "read_current",
    "read_version",
    "verify_conservation",
]
