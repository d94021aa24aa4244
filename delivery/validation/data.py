"""Data validation: what lies in a lake is whole, of its schema, without persons, and complete.

Everything is read, nothing is changed. How raw files came to lie there is not here.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from delivery.validation.config import ValidationConfig
from delivery.validation.personal_data import faulty_columns, faulty_values
from delivery.validation.report import Check, check
from local.simulation.audit import audit
from shared.errors import LakeError
from shared.lake import DatasetVersion, Lake, read_current
from shared.lake.blobs import read_bytes
from shared.lake.records import Part
from shared.lake.rows import decode
from shared.runs.readiness import readiness
from shared.schemas import ARROW_TYPES, TABLES, Field

Rows = Mapping[str, pa.Table]


@dataclass(frozen=True, kw_only=True)
class DataValidation:
    """What is looked at.

    Attributes
    ----------
    newest_parts : int or None
        So many of each table's parts are read, the newest ones; None: all.
    truth : Path or None
        What was planted in the raw files, where they are made up.
    """

    lake: Lake
    config: ValidationConfig
    newest_parts: int | None = None
    truth: Path | None = None

    def checks(self) -> list[Check]:
        """Look at everything."""
        versions = {v.table: v for v in (read_current(self.lake.store, t) for t in TABLES) if v}
        if not versions:
            return [check("dataset versions", ["the lake has none"], "")]
        rows, damaged = self._read(versions)
        return [
            self._conservation(versions),
            *([self._planted()] if self.truth else []),
            check(
                "parts are as they were written", damaged, f"{sum(t.num_rows for t in rows.values())} rows"
            ),
            check("schema", list(_off_schema(versions, rows)), f"{len(versions)} tables"),
            self._personal_data(versions, rows),
            self._rejected(),
            self._completeness(versions),
        ]

    def _conservation(self, versions: Mapping[str, DatasetVersion]) -> Check:
        receipts = self.lake.receipts()
        faults = [f"{r.name}: {said}" for r in receipts if (said := _lost(r.report))]
        for name, version in versions.items():
            accepted = sum(receipt.report["accepted"].get(name, 0) for receipt in receipts)
            if accepted != version.rows.delta_rows:
                faults.append(f"{name}: {accepted} rows were accepted, {version.rows.delta_rows} are in it")
            try:
                version.rows.verify(name)
            except LakeError as exc:
                faults.append(str(exc))
        delivered = sum(receipt.report["rows_in"] for receipt in receipts)
        return check("row conservation", faults, f"{delivered} rows of {len(receipts)} files")

    def _planted(self) -> Check:
        assert self.truth
        findings = audit(self.lake, self.truth)
        faults = [
            f"{f.source}: {f.kind}: {f.planted} planted, {f.found} found, in {', '.join(f.differing)}"
            for f in findings
            if not f.exact
        ]
        found, kinds = sum(f.found for f in findings), {kind for f in findings for kind in f.kinds}
        return check("planted defects", faults, f"{found} of {len(kinds)} kinds, in exact numbers")

    def _read(self, versions: Mapping[str, DatasetVersion]) -> tuple[Rows, list[str]]:
        """Read the parts of each table; also returns what is wrong with them as files."""
        rows: dict[str, pa.Table] = {}
        faults: list[str] = []
        for name, version in versions.items():
            parts = sorted(version.parts, key=lambda part: part.partition)
            chosen = parts[-self.newest_parts :] if self.newest_parts else parts
            tables = [self._part(part, version, faults) for part in chosen]
            if tables:
                rows[name] = pa.concat_tables(tables, promote_options="default")
        return rows, faults

    def _part(self, part: Part, version: DatasetVersion, faults: list[str]) -> pa.Table:
        content = read_bytes(self.lake.store, part.path)
        table = decode(content)
        if hashlib.sha256(content).hexdigest() != part.sha256:
            faults.append(f"{part.path}: its bytes are not those that were written")
        if table.num_rows != part.rows:
            faults.append(f"{part.path}: has {table.num_rows} rows of {part.rows}")
        if tuple(table.column_names) != version.columns:
            faults.append(f"{part.path}: has the columns {', '.join(table.column_names)}")
        return table

    def _personal_data(self, versions: Mapping[str, DatasetVersion], rows: Rows) -> Check:
        policy = self.config.personal_data
        faults = [f for name, v in versions.items() for f in faulty_columns(policy, name, v.columns)]
        faults += [fault for name, table in rows.items() for fault in faulty_values(policy, name, table)]
        kinds = ", ".join(policy.values)
        return check("no personal data", faults, f"no {kinds}")

    def _rejected(self) -> Check:
        receipts, limit = self.lake.receipts(), self.config.max_rejected
        rejected = sum(sum(receipt.report["rejected"].values()) for receipt in receipts)
        share = rejected / max(1, sum(receipt.report["rows_in"] for receipt in receipts))
        faults = [f"{share:.1%} of all rows are rejected, {limit:.1%} may be"] if share > limit else []
        faults += [f"{r.name}: {r.report['refused']}" for r in receipts if r.report["refused"]]
        return check("rejected rows", faults, f"{share:.2%}, {limit:.0%} may be")

    def _completeness(self, versions: Mapping[str, DatasetVersion]) -> Check:
        try:
            state = readiness(self.lake, versions)
        except ValueError as exc:  # of a date that is none
            return check("completeness", [f"it cannot be told: {exc}"], "")
        pending = sum(len(self.lake.pending(source)) for source in self.lake.profile.sources)
        faults = [f"{name} has not come for the week of {state.week}" for name in state.missing]
        faults += [f"{pending} raw files are not conditioned by the rules of today"] if pending else []
        empty = [name for name, version in versions.items() if not version.parts]
        faults += [f"{name} has no row" for name in empty]
        late = f"; late: {', '.join(state.late)}" if state.late else ""
        return check("completeness", faults, f"every source has come for the week of {state.week}{late}")


def _lost(report: Mapping[str, object]) -> str:
    accepted, rejected = report["accepted"], report["rejected"]
    assert isinstance(accepted, dict)
    assert isinstance(rejected, dict)
    out = sum(accepted.values()) + sum(rejected.values()) + int(str(report["superseded"]))
    return "" if report["rows_in"] == out else f"{report['rows_in']} rows came in, {out} are accounted for"


def _off_schema(versions: Mapping[str, DatasetVersion], rows: Rows) -> Iterator[str]:
    for name, version in versions.items():
        table = TABLES[name]
        added = [column for column in version.columns if column not in table.columns]
        if version.columns[: len(table.columns)] != table.columns:
            yield f"{name}: has {', '.join(version.columns)} instead of {', '.join(table.columns)}"
        if added and not table.open:
            yield f"{name}: takes no further columns, and has {', '.join(added)}"
        if name in rows:
            numbers = [Field(name=column, kind="number", required=False) for column in added]
            yield from _off_fields(name, rows[name], [*table.fields, *numbers])
            yield from _repeated_keys(name, rows[name], table.key)


def _off_fields(name: str, rows: pa.Table, fields: Sequence[Field]) -> Iterator[str]:
    for field in fields:
        if field.name in rows.column_names:
            fault = _off_field(field, rows[field.name])
            if fault:
                yield f"{name}.{field.name}: {fault}"


def _off_field(field: Field, column: pa.ChunkedArray) -> str:
    there = column.filter(pc.not_equal(column, ""))
    if field.required and len(there) < len(column):
        return f"{len(column) - len(there)} rows have none"
    if field.kind == "text":
        strangers = set(there.unique().to_pylist()) - set(field.one_of)
        return f"is none of {', '.join(field.one_of)} in places" if field.one_of and strangers else ""
    try:
        values = pc.cast(pc.replace_substring(there, "Z", ""), _castable(field))
    except pa.ArrowInvalid as exc:
        return f"is no {field.kind} in places: {exc}"
    return _out_of_bounds(field, values)


def _castable(field: Field) -> pa.DataType:
    return pa.timestamp("s") if field.kind == "timestamp" else ARROW_TYPES[field.kind]


def _out_of_bounds(field: Field, values: pa.ChunkedArray) -> str:
    if field.kind not in ("number", "integer") or not len(values):
        return ""
    span = pc.min_max(values).as_py()
    low = field.minimum is not None and span["min"] < field.minimum
    high = field.maximum is not None and span["max"] > field.maximum
    return f"goes from {span['min']} to {span['max']}" if low or high else ""


def _repeated_keys(name: str, rows: pa.Table, key: Sequence[str]) -> Iterator[str]:
    different = rows.group_by(list(key)).aggregate([]).num_rows
    if different < rows.num_rows:
        yield f"{name}: {rows.num_rows - different} rows repeat a key"
