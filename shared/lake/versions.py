"""Dataset versions: their names, their manifests, and which one is current. What they contain is made elsewhere."""

from collections.abc import Mapping, Sequence

from shared.errors import BlobMissing
from shared.lake.blobs import join_pieces, read_record
from shared.lake.layout import QUARANTINE, Layout, current_path, digest, version_path
from shared.lake.records import DatasetVersion, Part, Piece, Pointer, Report, RowCounts, SourceFile
from shared.ports import BlobStore
from shared.schemas import SCHEMA_VERSION

VERSION_LETTERS = 16
UNDATED = "all"


def make_version(
    layout: Layout,
    *,
    parts: Sequence[Part],
    sources: Sequence[SourceFile],
    rows: RowCounts,
    warnings: Sequence[str],
    reports: Mapping[str, Sequence[Piece]],
) -> DatasetVersion:
    """Name a content and describe it; raises LakeError where rows are unaccounted for."""
    version = _name(layout, parts, sources)
    made = DatasetVersion(
        table=layout.name,
        version=version,
        alias=max((part.partition for part in parts), default=UNDATED),
        schema_version=SCHEMA_VERSION,
        columns=layout.columns,
        parts=tuple(parts),
        sources=tuple(sources),
        rows=rows,
        warnings=tuple(warnings),
        reports={name: _report(layout, version, name, pieces) for name, pieces in reports.items() if pieces},
    )
    verify_conservation(made)
    return made


def verify_conservation(version: DatasetVersion) -> None:
    """Raise LakeError unless every delta row and every row of the table is accounted for."""
    version.rows.verify(version.table)


def _name(layout: Layout, parts: Sequence[Part], sources: Sequence[SourceFile]) -> str:
    content = [(part.partition, part.sha256) for part in parts]
    named = sorted({file.source for file in sources})
    return digest(layout.name, SCHEMA_VERSION, layout.columns, content, named)[:VERSION_LETTERS]


def _report(layout: Layout, version: str, name: str, pieces: Sequence[Piece]) -> Report:
    kind, _, source = name.partition("/")
    path = {
        "corrections": layout.path("corrections", f"{version}.csv"),
        "oversized": layout.path("reports", f"{version}-oversized.csv"),
        "orphans": f"{QUARANTINE}/{source}/orphans-{version}.csv",
    }[kind]
    content = digest([piece.path for piece in pieces])
    return Report(path=path, rows=sum(piece.rows for piece in pieces), content=content)


def write_version(store: BlobStore, version: DatasetVersion, reports: Mapping[str, Sequence[Piece]]) -> None:
    """Write a version's reports, then its manifest, unless it is there and says the same."""
    path = version_path(version.table, version.version)
    if read_record(store, path, DatasetVersion) == version:
        return
    for name, report in version.reports.items():
        join_pieces(store, report.path, reports[name])
    store.put(path, version.to_bytes())


def point_to(store: BlobStore, pointer: Pointer, *, etag: str) -> None:
    """Make a version the current one; raises WriteConflict where the pointer is not the one with that ETag."""
    path = current_path(pointer.table)
    if read_record(store, path, Pointer) == pointer:
        return
    store.put(path, pointer.to_bytes(), if_match=etag)


def read_current(store: BlobStore, table: str) -> DatasetVersion | None:
    """Return the current version of a table, or None where it has none."""
    pointer = read_record(store, current_path(table), Pointer)
    return read_version(store, table, pointer.version) if pointer and pointer.version else None


def read_version(store: BlobStore, table: str, version: str) -> DatasetVersion:
    """Return a version of a table; raises BlobMissing."""
    path = version_path(table, version)
    found = read_record(store, path, DatasetVersion)
    if found is None:
        raise BlobMissing(path)
    return found
