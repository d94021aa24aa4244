"""The lake: raw files come in, receipts are written, dataset versions are published. Reading files is not here."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from shared.conditioning.fingerprint import fingerprint
from shared.conditioning.outcome import Conditioned
from shared.errors import LakeError, WriteConflict
from shared.lake.blobs import hash_blob
from shared.lake.deliveries import Order, delivery_order, file_of, raw_path, revision_name
from shared.lake.layout import current_path, digest
from shared.lake.materialise import describe, materialise
from shared.lake.receipts import list_receipts, read_receipt, write_receipt
from shared.lake.records import DatasetVersion, Pointer, Receipt
from shared.lake.rules import Tables
from shared.lake.versions import UNDATED, point_to, write_version
from shared.ports import BlobInfo, BlobStore
from shared.profile import Profile
from shared.schemas import TABLES

ATTEMPTS = 20
"""Times that publishing is tried while others publish too."""


@dataclass(frozen=True, kw_only=True)
class RawBlob:
    """A raw file in the lake.

    Attributes
    ----------
    path : str
        Such as ``raw/shipments/2019-W31.csv``.
    size : int
        Bytes.
    """

    source: str
    path: str
    size: int
    etag: str


class Lake:
    """A client's lake.

    Parameters
    ----------
    store : BlobStore
    profile : Profile
        Its sources, and the rules by which tables are made.
    """

    def __init__(self, store: BlobStore, profile: Profile) -> None:
        self.store = store
        self.profile = profile
        self._rules = {source: fingerprint(profile, source) for source in profile.sources}

    def receive(self, source: str, path: Path) -> RawBlob:
        """Take a file into the raw zone, where it is never rewritten.

        The same bytes under the same name again change nothing. Other bytes under that name are its next revision, and
        lie beside it: see shared.lake.deliveries.

        Raises
        ------
        LakeError
            If the profile has no such source, or the file name cannot be a blob's.
        """
        self._know(source)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size, revision = path.stat().st_size, 1
        while True:
            name = revision_name(path.name, revision)
            blob = self.store.stat(raw_path(source, name))
            if not blob and not self._create(raw_path(source, name), path):
                continue
            if not blob or (blob.size == size and self._sha256(source, blob) == sha256):
                return self._seen(source, name)
            revision += 1

    def pending(self, source: str) -> list[RawBlob]:
        """List the raw files that have no receipt for their content and the rules of today, in delivery order."""
        self._know(source)
        blobs = (_raw(source, blob) for blob in self.store.list(raw_path(source, "")))
        waiting = [raw for raw in blobs if not self._is_done(raw)]
        return sorted(
            waiting, key=lambda raw: delivery_order(self.profile, source, file_of(source, raw.path))
        )

    def find(self, source: str, path: str) -> RawBlob | None:
        """Return a raw file by its blob path, None where there is none; raises LakeError for an unknown source."""
        self._know(source)
        blob = self.store.stat(path)
        return _raw(source, blob) if blob else None

    def is_done(self, raw: RawBlob) -> bool:
        """Tell whether the file has a receipt for its content and the rules of today."""
        return self._is_done(raw)

    def receipt(self, raw: RawBlob) -> Receipt | None:
        """Return the file's receipt, if it has one."""
        return read_receipt(self.store, raw.source, file_of(raw.source, raw.path))

    def commit(self, conditioned: Conditioned, *, etag: str | None = None) -> Receipt:
        """Take what conditioning made of a raw file; it counts from the moment that the receipt is written.

        Committing again changes nothing; committing the file as conditioned by other rules replaces its receipt.

        Raises
        ------
        LakeError
            If the raw file is not in the lake.
        WriteConflict
            If `etag` is given and the raw file has been replaced since it had that one.
        """
        self._know(conditioned.source)
        return write_receipt(self.store, conditioned, self._rules[conditioned.source], etag=etag)

    def receipts(self) -> list[Receipt]:
        """Return the receipts that count, in the order of delivery: those by the rules of today."""
        return [receipt for receipt in self.all_receipts() if self._is_current(receipt)]

    def materialise(self) -> dict[str, DatasetVersion]:
        """Make the versions that the receipts stand for, and let them be the current ones.

        Returns
        -------
        dict
            The current version of each table that has one.

        Raises
        ------
        HistoryIncomplete
            If a week has no shipment and the profile does not let it pass; nothing is published then.
        LakeError
            If a delta is damaged, or rows are unaccounted for.
        WriteConflict
            If others publish all the time.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(WriteConflict):
                return self._materialise()
        return self._materialise()

    def _materialise(self) -> dict[str, DatasetVersion]:
        # Read before the receipts: whoever publishes in between has seen others, and these are read again.
        etags = self._etags()
        receipts = self.all_receipts()
        tables = materialise(self.store, self.profile, [r for r in receipts if self._is_current(r)])
        return self._publish(self._warned(tables, receipts), etags, receipts)

    def _know(self, source: str) -> None:
        if source not in self.profile.sources:
            known = ", ".join(self.profile.sources)
            raise LakeError(f"The profile has no source {source!r}; it has {known}.")

    def _create(self, path: str, content: Path) -> bool:
        """Write a blob that is not there yet; False where somebody else was faster."""
        try:
            self.store.put(path, content, if_match="")
        except WriteConflict:
            return False
        return True

    def _seen(self, source: str, file: str) -> RawBlob:
        blob = self.store.stat(raw_path(source, file))
        assert blob, f"{file} is gone from the raw zone, which is never rewritten"
        return _raw(source, blob)

    def _sha256(self, source: str, blob: BlobInfo) -> str:
        """Return the hash of a raw blob, from its receipt where that has seen this blob."""
        receipt = read_receipt(self.store, source, file_of(source, blob.path))
        return receipt.sha256 if receipt and receipt.etag == blob.etag else hash_blob(self.store, blob.path)

    def _is_done(self, raw: RawBlob) -> bool:
        receipt = self.receipt(raw)
        if not receipt or not self._is_current(receipt) or receipt.size != raw.size:
            return False
        return receipt.etag == raw.etag or receipt.sha256 == hash_blob(self.store, raw.path)

    def all_receipts(self) -> list[Receipt]:
        """Return all receipts in the order of delivery, those too by earlier rules."""
        found = [receipt for source in self.profile.sources for receipt in list_receipts(self.store, source)]
        return sorted(found, key=self._order)

    def _order(self, receipt: Receipt) -> Order:
        return delivery_order(self.profile, receipt.source, file_of(receipt.source, receipt.name))

    def _is_current(self, receipt: Receipt) -> bool:
        return receipt.fingerprint == self._rules[receipt.source]

    def _etags(self) -> dict[str, str]:
        blobs = {table: self.store.stat(current_path(table)) for table in TABLES}
        return {table: blob.etag if blob else "" for table, blob in blobs.items()}

    def _warned(self, tables: Tables, receipts: Sequence[Receipt]) -> Tables:
        """Warn where receipts by earlier rules do not count, in the tables that they are for."""
        outdated = Counter(r.source for r in receipts if not self._is_current(r))
        for source, count in outdated.items():
            for table in {output.table for output in self.profile.sources[source].outputs} & tables.keys():
                tables = {**tables, table: tables[table].warn(f"outdated_receipts {source} {count}")}
        return tables

    def _publish(
        self, tables: Tables, etags: dict[str, str], receipts: Sequence[Receipt]
    ) -> dict[str, DatasetVersion]:
        made = digest([(r.source, r.name, r.sha256, r.fingerprint) for r in receipts])
        versions = {name: describe(table) for name, table in tables.items()}
        for name, version in versions.items():
            write_version(self.store, version, tables[name].reports)
        for table, etag in etags.items():
            if table in versions or etag:
                point_to(self.store, _pointer(table, versions.get(table), made), etag=etag)
        return versions


def _raw(source: str, blob: BlobInfo) -> RawBlob:
    return RawBlob(source=source, path=blob.path, size=blob.size, etag=blob.etag)


def _pointer(table: str, version: DatasetVersion | None, receipts: str) -> Pointer:
    if version is None:
        return Pointer(table=table, version=None, alias=UNDATED, receipts=receipts)
    return Pointer(table=table, version=version.version, alias=version.alias, receipts=receipts)
