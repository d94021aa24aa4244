"""How a cell's turn ends: its forecast is published, or an earlier one stands. Runs are summed up elsewhere.

Every row to be scored is scored or quarantined, and every shipment row of the plan was read; a cell of which that is
not so publishes nothing.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from shared.errors import RowsLost
from shared.lake.blobs import read_bytes
from shared.messages import CellOutcome, JobEnd, Plan, PlannedCell, Serving, ServingState
from shared.ports import BlobStore
from shared.runs.layout import (
    FORECASTS,
    ORDERS,
    cancel_path,
    cell_prediction,
    current_path,
    outcome_path,
    trained_path,
)
from shared.runs.outputs import failure, read_report, succeeded
from shared.runs.records import CurrentForecast, Training, create, read_message, replace

Status = Literal["published", "trained", "failed", "cancelled"]
_UNSAID: dict[Status, str] = {
    "published": "",
    "trained": "",
    "failed": "its scoring was not run",
    "cancelled": "the run was cancelled",
}
"""What is said of a turn whose jobs say nothing."""
_WEAKEST_LAST: tuple[ServingState, ...] = ("primary", "previous", "baseline")


def publish_cell(
    store: BlobStore,
    plan: Plan,
    cell: PlannedCell,
    training: JobEnd | None,
    serving: Mapping[str, Serving],
    scoring: JobEnd | None,
) -> CellOutcome:
    """Publish a cell's forecast if there is one, and write how its turn ended; asked again, that is returned."""
    path = outcome_path(plan.run, cell.name)
    known = read_message(store, path, CellOutcome)
    if known:
        return known
    turn = _Turn(store=store, plan=plan, cell=cell, training=training, scoring=scoring)
    return create(store, path, turn.end(serving))


def fail_cell(store: BlobStore, plan: Plan, cell: PlannedCell, error: str) -> CellOutcome:
    """Write that a cell's turn broke down, unless it had ended before."""
    forecast, run = standing(store, plan.run, cell.name)
    outcome = CellOutcome(
        run=plan.run,
        cell=cell.name,
        market=cell.market,
        format=cell.format,
        status="failed",
        error=error,
        forecast=forecast,
        forecast_run=run,
    )
    return create(store, outcome_path(plan.run, cell.name), outcome)


def standing(store: BlobStore, run: str, cell: str) -> tuple[ServingState, str]:
    """Return what stands for a cell that this run has no forecast of: an earlier run's, or none."""
    current = read_message(store, current_path(cell), CurrentForecast)
    return ("last_published", current.run) if current and current.run != run else ("none", "")


@dataclass(frozen=True, kw_only=True)
class _Turn:
    store: BlobStore
    plan: Plan
    cell: PlannedCell
    training: JobEnd | None
    scoring: JobEnd | None

    def end(self, serving: Mapping[str, Serving]) -> CellOutcome:
        """Publish what can be published, and describe how the turn ended."""
        jobs = [job for job in (self.training, self.scoring) if job]
        errors = [failure(self.store, self.cell, job) for job in jobs]
        forecast, counts, lost = self._forecast(serving)
        status = "published" if forecast else self._status()
        stands = (
            (forecast, self.plan.run) if forecast else standing(self.store, self.plan.run, self.cell.name)
        )
        error = next((said for said in (*errors, lost) if said), "")
        return CellOutcome(
            run=self.plan.run,
            cell=self.cell.name,
            market=self.cell.market,
            format=self.cell.format,
            status=status,
            error=error or _UNSAID[status],
            training=self.training,
            scoring=self.scoring,
            serving=dict(serving),
            forecast=stands[0],
            forecast_run=stands[1],
            **counts,
        )

    def _forecast(self, serving: Mapping[str, Serving]) -> tuple[ServingState | None, dict[str, int], str]:
        """Publish the forecast: what it comes from, its rows, and why it could not be, where rows do not add up."""
        if self.scoring is None or not succeeded(self.store, self.cell, self.scoring):
            return None, _held_back(self.store, self.scoring), ""
        try:
            counts = _count(self.store, self.scoring)
            return self._publish(self.scoring, serving), counts, ""
        except RowsLost as exc:
            return None, _held_back(self.store, self.scoring), f"rows lost: {exc}"

    def _publish(self, scoring: JobEnd, serving: Mapping[str, Serving]) -> ServingState:
        """Copy a cell's forecast to the predictions, let it stand for the cell, and say what it comes from."""
        rows = _copy(self.store, self.plan.run, self.cell.name, scoring)
        training = read_message(self.store, trained_path(self.cell.name), Training)
        if not self.plan.request.trial:
            versions = {part: chosen.version for part, chosen in serving.items()}
            _let_stand(self.store, self.plan, self.cell, training, versions)
        return _weakest(rows, training.models if training else {})

    def _status(self) -> Status:
        """Return how a turn ended that published nothing."""
        if not self.cell.score and succeeded(self.store, self.cell, self.training):
            return "trained"
        last = self.scoring or self.training
        stopped = last is not None and last.outcome == "cancelled"
        cut_short = self.scoring is None and self.store.stat(cancel_path(self.plan.run)) is not None
        return "cancelled" if stopped or cut_short else "failed"


def _count(store: BlobStore, scoring: JobEnd) -> dict[str, int]:
    """Count the rows to be scored, scored and quarantined; raises RowsLost where they do not add up."""
    wanted = int(read_report(store, scoring, "score")["rows_in"])
    held_back = sum(read_report(store, scoring, "validate_results")["quarantined"].values())
    scored = int(read_report(store, scoring, "publish")["rows_out"])
    if wanted != scored + held_back:
        raise RowsLost(f"{wanted} rows were to be scored, {scored} were and {held_back} are in quarantine")
    return {"rows_in": wanted, "scored": scored, "quarantined": held_back}


def _held_back(store: BlobStore, scoring: JobEnd | None) -> dict[str, int]:
    """Count the rows of a scoring that failed: all that were to be scored are held back."""
    wanted = int(read_report(store, scoring, "score").get("rows_in", 0))
    return {"rows_in": wanted, "scored": 0, "quarantined": wanted}


def _copy(store: BlobStore, run: str, cell: str, scoring: JobEnd) -> pd.DataFrame:
    """Copy a cell's forecast to the predictions, and return what its rows come from; raises RowsLost."""
    forecasts = read_bytes(store, f"{scoring.output}/publish/{FORECASTS}")
    rows = pd.read_csv(io.BytesIO(forecasts), usecols=["velocity", "serving_state", "model_version"])
    written = int(read_report(store, scoring, "publish")["rows_out"])
    if len(rows) != written:
        raise RowsLost(f"{FORECASTS} has {len(rows)} rows, its report says {written}")
    store.put(cell_prediction(run, cell, FORECASTS), forecasts)
    orders = read_bytes(store, f"{scoring.output}/publish/{ORDERS}")
    store.put(cell_prediction(run, cell, ORDERS), orders)
    return rows


def _weakest(rows: pd.DataFrame, newest: Mapping[str, int]) -> ServingState:
    """Return the weakest state of the slots that have rows; without any row the baseline is as good as any."""
    kinds = rows.drop_duplicates().itertuples(index=False)
    found = {_state(str(part), str(state), int(version), newest) for part, state, version in kinds}
    return max(found, key=_WEAKEST_LAST.index, default="baseline")


def _state(part: str, state: str, version: int, newest: Mapping[str, int]) -> ServingState:
    if state != "primary":
        return "baseline"
    return "primary" if newest.get(part) == version else "previous"


def _let_stand(
    store: BlobStore,
    plan: Plan,
    cell: PlannedCell,
    training: Training | None,
    serving: dict[str, int | None],
) -> None:
    made = CurrentForecast(
        run=plan.run,
        week=plan.week,
        folder=cell_prediction(plan.run, cell.name, "").rstrip("/"),
        versions=plan.versions,
        code=plan.code,
        profile=plan.profile,
        trained=training.run if training else "",
        serving=serving,
    )

    def unless_newer(found: CurrentForecast | None) -> CurrentForecast | None:
        return None if found and found.week > made.week else made

    replace(store, current_path(cell.name), CurrentForecast, unless_newer)
