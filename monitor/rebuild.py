"""Rebuilds the ledger from the lake: after its loss, for a new database, or where it was away while the app went on.

Times are those at which the lake's records were written. What only the ledger knew is not there again: when a job
was first seen running. What is there already stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.ledger import Ledger
from shared.lake import DatasetVersion, Lake, read_current, read_version
from shared.lake.deliveries import file_of
from shared.lake.layout import current_path, version_path
from shared.lake.receipts import receipt_path
from shared.runs.alerts import kept_alerts
from shared.runs.outputs import step_reports
from shared.runs.readiness import readiness
from shared.runs.records import read_many
from shared.runs.recovery import PastRun, registered_by
from shared.runs.registry import Registry
from shared.schemas import TABLES


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What was written."""

    files: int
    versions: int
    runs: int
    cells: int
    models: int


def rebuild(
    lake: Lake, registry: Registry, ledger: Ledger, runs: Sequence[PastRun], *, advance: Callable[[str], None]
) -> Rebuilt:
    """Write everything that the lake knows to the ledger.

    Parameters
    ----------
    runs : sequence of PastRun
        Oldest first, see shared.runs.recovery.past_runs.
    advance : callable
        Called with each run's name once it is written.

    Raises
    ------
    LedgerUnavailable
        If the database cannot be reached; called again, it goes on.
    BlobMissing
        If a run used a dataset version whose manifest is gone.
    """
    ledger.create()
    work = _Rebuilding(lake, registry, ledger)
    files = work.files()
    versions = work.versions()
    work.late()
    for run in runs:
        work.begun(run)
    models = work.models(runs)
    cells = 0
    for run in runs:
        cells += work.ended(run)
        advance(run.name)
    for alert in kept_alerts(lake.store):
        ledger.alert(alert.kind, alert.subject, alert.text, datetime.fromisoformat(alert.raised_at))
    return Rebuilt(files=files, versions=versions, runs=len(runs), cells=cells, models=models)


@dataclass(frozen=True)
class _Rebuilding:
    lake: Lake
    registry: Registry
    ledger: Ledger

    def files(self) -> int:
        """Write what became of every raw file, those too that are conditioned by earlier rules."""
        receipts = self.lake.all_receipts()
        for receipt in receipts:
            blob = self.lake.store.stat(receipt_path(receipt.source, file_of(receipt.source, receipt.name)))
            assert blob, f"the receipt of {receipt.name} is gone"
            self.ledger.file_conditioned(receipt, blob.modified)
        return len(receipts)

    def versions(self) -> int:
        """Write every version that has a manifest."""
        written = 0
        for table in TABLES:
            for blob in self.lake.store.list(version_path(table, "").removesuffix(".json")):
                name = blob.path.rpartition("/")[2].removesuffix(".json")
                self.ledger.versions_known([read_version(self.lake.store, table, name)], blob.modified)
                written += 1
        return written

    def begun(self, run: PastRun) -> None:
        """Write a run with its plan, and who was late for its week."""
        if not run.plan:
            return
        used = {
            table: read_version(self.lake.store, table, version)
            for table, version in run.plan.versions.items()
        }
        self._ready(used, date.fromisoformat(run.plan.week), run.began)
        self.ledger.run_started(run.plan, run.began)

    def models(self, runs: Sequence[PastRun]) -> int:
        """Write every registered model; those of which no run knows, without one."""
        first: dict[tuple[str, int], str] = {}
        for run in runs:
            for cell, parts in registered_by(self.lake.store, run).items():
                for part, version in parts.items():
                    first.setdefault((f"{cell}.{part}", version), run.name)
        found = [model for slot in self.registry.slots() for model in self.registry.versions(slot)]
        for model in found:
            at = self.registry.registered_at(model.slot, model.version)
            self.ledger.models_registered([model], at, run=first.get((model.slot, model.version)))
        return len(found)

    def ended(self, run: PastRun) -> int:
        """Write how a run's cells ended, and what it came to."""
        steps = read_many(lambda pair: step_reports(self.lake.store, pair[0]), run.outcomes)
        for (outcome, at), reports in zip(run.outcomes, steps, strict=True):
            if run.plan:
                self.ledger.cell_ended(run.plan, outcome, reports, at)
        if run.summary:
            self.ledger.run_ended(*run.summary)
        return len(run.outcomes)

    def late(self) -> None:
        """Write who is late for the newest week, which may have no run because of it."""
        pointers = [self.lake.store.stat(current_path(table)) for table in TABLES]
        now = max((blob.modified for blob in pointers if blob), default=None)
        found = {table: read_current(self.lake.store, table) for table in TABLES}
        used = {table: version for table, version in found.items() if version}
        state = readiness(self.lake, used) if now else None
        if state and now and state.week:
            self.ledger.versions_published(used, date.fromisoformat(state.week), state.late, now)

    def _ready(self, used: dict[str, DatasetVersion], week: date, at: datetime) -> None:
        state = readiness(self.lake, used, week=week)
        self.ledger.versions_published(used, week, state.late, at)
