"""Conditions one raw file: a function of profile, source and bytes. Where files come from and go to is not here."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow.compute as pc

from shared.conditioning.assembly import SUPERSEDED_COLUMNS, Assembled, Folders, Origin, assemble
from shared.conditioning.header import require
from shared.conditioning.hooks import load_hook
from shared.conditioning.limits import LIMITS, Limits
from shared.conditioning.ordered import in_order
from shared.conditioning.outcome import Conditioned, DeltaPart, FileReport
from shared.conditioning.plan import OutputPlan, plan_outputs
from shared.conditioning.process import Processed, Way, process
from shared.conditioning.quarantine import REJECT_COLUMNS, reject_of_file, told
from shared.conditioning.readers import read
from shared.conditioning.runs import sorted_pieces
from shared.conditioning.sequence import sequence_of
from shared.conditioning.spill import Collector
from shared.conditioning.standard_csv import CsvFile
from shared.errors import UnreadableFile
from shared.profile import Profile


def condition_file(
    profile: Profile, source: str, raw: Path, *, name: str, workspace: Path, limits: Limits = LIMITS
) -> Conditioned:
    """Condition one raw file.

    Parameters
    ----------
    profile : Profile
    source : str
        Name of the source in the profile.
    raw : Path
        The file.
    name : str
        Its blob path, such as ``raw/shipments/2019-W31.csv``.
    workspace : Path
        A folder of this call's own; the results lie in it.

    Returns
    -------
    Conditioned
        Also for a file that cannot be read: then `report.refused` says why, and `rejects` has one row for it.
    """
    folder, origin = _Folder(root=workspace), Origin(source=source, name=name)
    folder.clear()
    with ThreadPoolExecutor(1) as beside:
        sha256 = beside.submit(_sha256, raw)
        try:
            report, deltas = _condition(profile, origin, raw, folder, limits)
        except UnreadableFile as exc:
            report, deltas = _refuse(exc, origin, folder), ()
        finally:
            folder.clean()
    return _outcome(profile, origin, raw, folder, sha256.result(), report, deltas)


def refuse_file(
    profile: Profile, source: str, raw: Path, reason: UnreadableFile, *, name: str, workspace: Path
) -> Conditioned:
    """Set a raw file aside as a whole, without reading it; parameters as of condition_file."""
    folder, origin = _Folder(root=workspace), Origin(source=source, name=name)
    report = _refuse(reason, origin, folder)
    return _outcome(profile, origin, raw, folder, _sha256(raw), report, ())


@dataclass(frozen=True, kw_only=True)
class _Folder:
    """What lies where in the workspace."""

    root: Path

    @property
    def rejects(self) -> Path:
        return self.root / "rejects.csv"

    @property
    def superseded(self) -> Path:
        return self.root / "superseded.csv"

    @property
    def deltas(self) -> Path:
        return self.root / "deltas"

    @property
    def temporary(self) -> Path:
        return self.root / "temporary"

    def clean(self) -> None:
        """Remove what is of use only while conditioning."""
        shutil.rmtree(self.temporary, ignore_errors=True)

    def clear(self) -> None:
        """Remove what an earlier or failed call left."""
        self.clean()
        shutil.rmtree(self.deltas, ignore_errors=True)


@dataclass(kw_only=True)
class _Tally:
    """Counts that grow while a file is read."""

    rows_read: int = 0
    rows_in: int = 0
    columns: set[str] = field(default_factory=set)
    rejected: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    superseded: int = 0

    def count(self, done: Processed) -> None:
        self.rows_read += done.records
        self.rows_in += done.rows_in
        self.columns |= done.columns
        for count in pc.value_counts(done.rejects["reason"]):
            self.rejected[count["values"].as_py()] += count["counts"].as_py()
        self.repaired.update(done.repaired)

    def require(self, wanted: tuple[str, ...]) -> None:
        """Check that every mapped column came at least once; in JSON it need not in every batch."""
        if self.rows_in > self.rejected["bad_json"]:
            require(wanted, sorted(self.columns))

    def count_assembled(self, part: Assembled) -> None:
        self.accepted[part.delta.table] += part.delta.rows
        self.rejected["duplicate"] += part.repeated.rows
        self.superseded += part.superseded.rows

    def report(self) -> FileReport:
        return FileReport(
            rows_read=self.rows_read,
            rows_in=self.rows_in,
            accepted=dict(self.accepted),
            rejected=dict(+self.rejected),
            superseded=self.superseded,
            repaired=dict(self.repaired),
        )


def _condition(
    profile: Profile, origin: Origin, raw: Path, folder: _Folder, limits: Limits
) -> tuple[FileReport, tuple[DeltaPart, ...]]:
    own = profile.sources[origin.source]
    hook = load_hook(profile.folder, own.hook)
    way = Way(outputs=plan_outputs(profile, own), hook=hook, hook_name=own.hook or "")
    coded = frozenset(() if hook else way.wanted)
    parses = read(raw, own.format, coded=coded, temporary=folder.temporary / "unpacked", limits=limits)
    collector = Collector(folder.temporary / "spill", buffer_bytes=limits.buffer_bytes)
    tally = _Tally()
    with (
        CsvFile(folder.rejects, REJECT_COLUMNS) as rejects,
        CsvFile(folder.superseded, SUPERSEDED_COLUMNS) as superseded,
    ):
        for done in in_order((partial(process, parse, way) for parse in parses), threads=limits.threads):
            tally.count(done)
            rejects.write(told(done.rejects, source=origin.source, file=origin.name))
            for routed in done.routed:
                collector.add(routed.output, routed.accepted)
        tally.require(way.wanted)
        deltas = []
        for assembled in in_order(
            _jobs(collector, way.outputs, origin, folder, limits), threads=limits.threads
        ):
            tally.count_assembled(assembled)
            deltas.append(assembled.delta)
            rejects.append(assembled.repeated)
            superseded.append(assembled.superseded)
    return tally.report(), tuple(deltas)


def _jobs(
    collector: Collector, outputs: tuple[OutputPlan, ...], origin: Origin, folder: _Folder, limits: Limits
) -> Iterator[Callable[[], Assembled]]:
    plans = {output.part: output for output in outputs}
    folders = Folders(deltas=folder.deltas, aside=folder.temporary / "aside")
    for part in collector.partitions():
        table, grain, partition = part
        rows = sorted_pieces(
            collector.pieces(part),
            plans[table, grain].key,
            nbytes=collector.nbytes(part),
            most_bytes=limits.partition_bytes,
            folder=folder.temporary / "runs" / f"{table}-{grain}-{partition}",
        )
        yield partial(assemble, rows, plans[table, grain], partition, origin=origin, folders=folders)


def _outcome(
    profile: Profile,
    origin: Origin,
    raw: Path,
    folder: _Folder,
    sha256: str,
    report: FileReport,
    deltas: tuple[DeltaPart, ...],
) -> Conditioned:
    return Conditioned(
        source=origin.source,
        name=origin.name,
        sha256=sha256,
        size=raw.stat().st_size,
        sequence=sequence_of(origin.name, profile.sources[origin.source].sequence),
        deltas=deltas,
        rejects=folder.rejects if report.rejected or report.refused else None,
        superseded=folder.superseded if report.superseded else None,
        report=report,
    )


def _refuse(exc: UnreadableFile, origin: Origin, folder: _Folder) -> FileReport:
    folder.clear()
    with CsvFile(folder.rejects, REJECT_COLUMNS) as rejects:
        rejects.write(told(reject_of_file(exc.reason, exc.detail), source=origin.source, file=origin.name))
    return FileReport(accepted={}, rejected={}, refused=exc.reason)


def _sha256(raw: Path) -> str:
    with raw.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
