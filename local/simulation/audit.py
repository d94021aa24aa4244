"""Holds the defects that were planted against those that a lake has found, in exact numbers.

What is found is counted row by row in the lake's own files, not taken from its summaries, wherever there are rows. How
defects are planted is in `dirt`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from local.simulation.dirt import Defect, FoundIn
from local.simulation.truth import read_defects
from shared.lake import DatasetVersion, Lake, Receipt, read_current
from shared.lake.blobs import read_rows
from shared.lake.deliveries import file_of
from shared.ports import BlobStore
from shared.profile import Profile
from shared.schemas import TABLES

NOT_PLANTED = "not planted"
_AND = " + "
_PER_TABLE: tuple[FoundIn, ...] = ("repeated", "warning", "report")  # where the lake does not say which file
_TOLD_BY_REPORT = "oversized_returns"  # a warning that sums up the rows of a report
_ORPHANS = "orphans/"


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Where defects are found, as finely as the lake tells them apart; `file` is empty where it does not say."""

    source: str
    found_in: FoundIn
    reason: str = ""
    file: str = ""


PerKind = dict[Place, Counter[str]]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A kind of defect in a source's files, planted and found.

    Attributes
    ----------
    kind : str
        Kinds that share reason and place cannot be told apart, and count together: ``one + other``.
        NOT_PLANTED for what was found and nobody planted.
    found_in, reason : str
        See `Defect`.
    differing : tuple of str
        The files whose own counts differ; the source itself where the lake does not say which file.
    """

    kind: str
    source: str
    found_in: FoundIn
    reason: str
    planted: int
    found: int
    differing: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether as many were found as planted, in every file."""
        return not self.differing

    @property
    def kinds(self) -> tuple[str, ...]:
        """The planted kinds that count together."""
        return () if self.kind == NOT_PLANTED else tuple(self.kind.split(_AND))


def audit(lake: Lake, truth: Path) -> list[Finding]:
    """Compare what was planted with what is found.

    Parameters
    ----------
    lake : Lake
        Conditioned and materialised, under a profile that feeds each table from one source.
    truth : Path
        The ``dirt.json`` that the simulator wrote.

    Returns
    -------
    list of Finding
        In the order of the profile's sources.
    """
    planted, found = _planted(read_defects(truth)), _found(lake)
    places: dict[tuple[str, Place], list[Place]] = defaultdict(list)
    for place in sorted({*planted, *found}):
        kind = _AND.join(sorted(planted[place])) if place in planted else NOT_PLANTED
        places[kind, replace(place, file="")].append(place)
    findings = [_finding(kind, common, own, planted, found) for (kind, common), own in places.items()]
    order = list(lake.profile.sources)
    return sorted(findings, key=lambda finding: order.index(finding.source))


def _finding(
    kind: str, common: Place, places: list[Place], planted: PerKind, found: Counter[Place]
) -> Finding:
    wanted = {place: planted[place].total() if place in planted else 0 for place in places}
    return Finding(
        kind=kind,
        source=common.source,
        found_in=common.found_in,
        reason=common.reason,
        planted=sum(wanted.values()),
        found=sum(found[place] for place in places),
        differing=tuple(place.file or place.source for place in places if wanted[place] != found[place]),
    )


def _planted(defects: list[Defect]) -> PerKind:
    """Count the kinds of each place."""
    counts: PerKind = defaultdict(Counter)
    for defect in defects:
        file = "" if defect.found_in in _PER_TABLE else defect.file
        place = Place(source=defect.source, found_in=defect.found_in, reason=defect.reason, file=file)
        counts[place][defect.kind] += defect.count
    return dict(counts)


def _found(lake: Lake) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for receipt in lake.receipts():
        found.update(_in_file(lake.store, receipt))
    source_of = _source_of(lake.profile)
    for version in [v for v in (read_current(lake.store, table) for table in TABLES) if v]:
        found.update(_in_version(lake.store, version, source_of[version.table]))
    return +found


def _source_of(profile: Profile) -> dict[str, str]:
    """Return the source that feeds each table."""
    return {output.table: name for name, source in profile.sources.items() for output in source.outputs}


def _in_file(store: BlobStore, receipt: Receipt) -> Counter[Place]:
    source, file = receipt.source, file_of(receipt.source, receipt.name)
    found: Counter[Place] = Counter()
    for (reason,) in _cells(store, receipt.rejects, "reason"):
        found[Place(source=source, found_in="quarantine", reason=reason, file=file)] += 1
    for _ in _cells(store, receipt.superseded, "row"):
        found[Place(source=source, found_in="superseded", file=file)] += 1
    for repair, count in receipt.report["repaired"].items():
        found[Place(source=source, found_in="repaired", reason=repair, file=file)] += count
    return found


def _in_version(store: BlobStore, version: DatasetVersion, source: str) -> Counter[Place]:
    found: Counter[Place] = Counter({Place(source=source, found_in="repeated"): version.rows.repeated})
    for warning in version.warnings:
        reason = warning.split(" ", 1)[0]
        found[Place(source=source, found_in="warning", reason=reason)] += reason != _TOLD_BY_REPORT
    for name, report in version.reports.items():
        found.update(_in_report(store, name, report.path, source))
    return found


def _in_report(store: BlobStore, name: str, path: str, source: str) -> Iterator[Place]:
    if name.startswith(_ORPHANS):
        for owner, file, reason in _cells(store, path, "source", "file", "reason"):
            yield Place(source=owner, found_in="quarantine", reason=reason, file=file_of(owner, file))
    elif name == "corrections":
        for owner, file in _cells(store, path, "earlier_source", "earlier_file"):
            yield Place(source=owner, found_in="corrections", file=file_of(owner, file))
    else:
        for _ in _cells(store, path, "store_id"):
            yield Place(source=source, found_in="report", reason=name)


def _cells(store: BlobStore, path: str | None, *columns: str) -> Iterator[tuple[str, ...]]:
    """Read some columns of a CSV of the lake, row by row."""
    if path is not None:
        rows = read_rows(store, path)
        yield from zip(*(rows[name].to_pylist() for name in columns), strict=True)
