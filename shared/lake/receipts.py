"""Receipts: a raw file counts as conditioned once its receipt is written. How rows merge is not here."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.conditioning.outcome import Conditioned, DeltaPart
from shared.errors import LakeError, WriteConflict
from shared.lake.blobs import read_record, write_named
from shared.lake.deliveries import file_of, name_beside, raw_path
from shared.lake.layout import CONDITIONED, QUARANTINE
from shared.lake.records import Delta, Receipt
from shared.ports import BlobStore

WRITERS = 4
"""Blobs that are written at the same time: most of the time goes into waiting for the disk."""

FOLDER = f"{CONDITIONED}/receipts"


def receipt_path(source: str, file: str) -> str:
    """Return the path of a raw file's receipt."""
    return f"{FOLDER}/{source}/{name_beside(file, '.json')}"


def read_receipt(store: BlobStore, source: str, file: str) -> Receipt | None:
    """Read a raw file's receipt, or None where it has none."""
    return read_record(store, receipt_path(source, file), Receipt)


def list_receipts(store: BlobStore, source: str) -> Iterator[Receipt]:
    """Read all receipts of a source, sorted by path."""
    for blob in store.list(f"{FOLDER}/{source}/"):
        receipt = read_record(store, blob.path, Receipt)
        if receipt:
            yield receipt


def write_receipt(
    store: BlobStore, conditioned: Conditioned, fingerprint: str, *, etag: str | None = None
) -> Receipt:
    """Write what conditioning made of a file, and its receipt last of all.

    Whatever an earlier conditioning of the file left in quarantine is replaced.

    Raises
    ------
    LakeError
        If the raw file is not in the lake.
    WriteConflict
        If `etag` is given and the raw file is another one by now: then this outcome is not of its bytes.
    """
    raw = store.stat(conditioned.name)
    if not raw:
        raise LakeError(f"{conditioned.name} is not in the lake. Receive it first.")
    if etag is not None and raw.etag != etag:
        raise WriteConflict(f"{conditioned.name} was replaced while it was conditioned")
    source, file = conditioned.source, file_of(conditioned.source, conditioned.name)
    aside = f"{QUARANTINE}/{source}/"
    receipt = Receipt(
        source=source,
        name=raw_path(source, file),
        sha256=conditioned.sha256,
        size=conditioned.size,
        etag=raw.etag,
        fingerprint=fingerprint,
        sequence=conditioned.sequence,
        deltas=_write_deltas(store, conditioned.deltas),
        rejects=_replace(store, aside + name_beside(file, ".rejected.csv"), conditioned.rejects),
        superseded=_replace(store, aside + name_beside(file, ".superseded.csv"), conditioned.superseded),
        report=conditioned.report.to_json(),
    )
    store.put(receipt_path(source, file), receipt.to_bytes())
    return receipt


def _write_deltas(store: BlobStore, parts: Sequence[DeltaPart]) -> tuple[Delta, ...]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return tuple(pool.map(lambda part: _write_delta(store, part), parts))


def _write_delta(store: BlobStore, part: DeltaPart) -> Delta:
    path = f"{CONDITIONED}/{part.table}/deltas/{part.sha256}.csv"
    write_named(store, path, part.path)
    return Delta(
        table=part.table,
        partition=part.partition,
        path=path,
        rows=part.rows,
        sha256=part.sha256,
        grain=part.grain,
    )


def _replace(store: BlobStore, path: str, content: Path | None) -> str | None:
    """Write a file's list; where there is nothing to list any more, the earlier list is emptied."""
    if content:
        store.put(path, content)
        return path
    if store.stat(path):
        store.put(path, b"")
    return None
