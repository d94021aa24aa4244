"""How a cell's turn ends: its forecast is published, or an earlier one stands. Runs are summed up elsewhere.

Every row to be scored is scored or quarantined, and every shipment row of the plan was read; a cell of which that is
not so publishes nothing.
"""

import io
from collections.abc import Mapping
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
    known = read_message(store, outcome_path(plan.run, cell.name), CellOutcome)
    if known:
        return known
    errors = [failure(store, cell, job) for job in (training, scoring) if job]
    forecast: ServingState | None = None
    if succeeded(store, cell, scoring):
        assert scoring
        try:
            _count(store, scoring)
            forecast = _publish(store, plan, cell, scoring)
        except RowsLost as exc:
            errors.append(f"rows lost: {exc}")
    counts = _count(store, scoring) if forecast and scoring else _held_back(store, scoring)
    stands = (forecast, plan.run) if forecast else standing(store, plan.run, cell.name)
    outcome = CellOutcome(
        run=plan.run,
        cell=cell.name,
        market=cell.market,
        format=cell.format,
        status=_status(store, plan, cell, training, scoring, published=forecast is not None),
        error=next((error for error in errors if error), ""),
        training=training,
        scoring=scoring,
        serving=dict(serving),
        forecast=stands[0],
        forecast_run=stands[1],
        **counts,
    )
    return create(store, outcome_path(plan.run, cell.name), _explained(outcome))


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


def _status(
    store: BlobStore,
    plan: Plan,
    cell: PlannedCell,
    training: JobEnd | None,
    scoring: JobEnd | None,
    *,
    published: bool,
) -> Literal["published", "trained", "failed", "cancelled"]:
    if published:
        return "published"
    last = scoring or training
    if (last and last.outcome == "cancelled") or (last is None and store.stat(cancel_path(plan.run))):
        return "cancelled"
    if not cell.score and succeeded(store, cell, training):
        return "trained"
    return "cancelled" if scoring is None and store.stat(cancel_path(plan.run)) else "failed"


def _explained(outcome: CellOutcome) -> CellOutcome:
    """Give an outcome without result the words that nobody else has said."""
    if outcome.error or outcome.status in ("published", "trained"):
        return outcome
    said = "the run was cancelled" if outcome.status == "cancelled" else "its scoring was not run"
    return outcome.model_copy(update={"error": said})


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


def _publish(store: BlobStore, plan: Plan, cell: PlannedCell, scoring: JobEnd) -> ServingState:
    """Copy a cell's forecast to the predictions, let it stand for the cell, and say what it comes from."""
    forecasts = read_bytes(store, f"{scoring.output}/publish/{FORECASTS}")
    rows = pd.read_csv(io.BytesIO(forecasts), usecols=["velocity", "serving_state", "model_version"])
    written = int(read_report(store, scoring, "publish")["rows_out"])
    if len(rows) != written:
        raise RowsLost(f"{FORECASTS} has {len(rows)} rows, its report says {written}")
    training = read_message(store, trained_path(cell.name), Training)
    store.put(cell_prediction(plan.run, cell.name, FORECASTS), forecasts)
    orders = read_bytes(store, f"{scoring.output}/publish/{ORDERS}")
    store.put(cell_prediction(plan.run, cell.name, ORDERS), orders)
    _let_stand(store, plan, cell, training)
    return _weakest(rows, training.models if training else {})


def _weakest(rows: pd.DataFrame, newest: Mapping[str, int]) -> ServingState:
    """Return the weakest state of the slots that have rows; without any row the baseline is as good as any."""
    kinds = rows.drop_duplicates().itertuples(index=False)
    found = {_state(str(part), str(state), int(version), newest) for part, state, version in kinds}
    return max(found, key=_WEAKEST_LAST.index, default="baseline")


def _state(part: str, state: str, version: int, newest: Mapping[str, int]) -> ServingState:
    if state != "primary":
        return "baseline"
    return "primary" if newest.get(part) == version else "previous"


def _let_stand(store: BlobStore, plan: Plan, cell: PlannedCell, training: Training | None) -> None:
    made = CurrentForecast(
        run=plan.run,
        week=plan.week,
        folder=cell_prediction(plan.run, cell.name, "").rstrip("/"),
        versions=plan.versions,
        code=plan.code,
        profile=plan.profile,
        trained=training.run if training else "",
    )

    def unless_newer(found: CurrentForecast | None) -> CurrentForecast | None:
        return None if found and found.week > made.week else made

    replace(store, current_path(cell.name), CurrentForecast, unless_newer)
