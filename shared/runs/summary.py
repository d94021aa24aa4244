"""What a run came to: outcomes are read, forecasts joined, failures named. Accuracy is measured elsewhere."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from shared.messages import CellOutcome, Plan, PlannedCell, RunRequest, RunSummary
from shared.ports import BlobStore
from shared.runs.joining import join_evaluation, join_forecasts, join_orders
from shared.runs.layout import (
    FORECASTS,
    SUMMARY,
    cancel_path,
    outcomes_prefix,
    plan_path,
    prediction_path,
    summary_path,
)
from shared.runs.outputs import succeeded
from shared.runs.publication import standing
from shared.runs.records import read_many, read_message

Status = Literal["succeeded", "partial", "failed", "skipped", "cancelled"]
Ended = tuple[PlannedCell, CellOutcome | None]


def read_plan(store: BlobStore, run: str) -> Plan | None:
    """Return a run's plan, or None where there is none."""
    return read_message(store, plan_path(run), Plan)


def read_summary(store: BlobStore, run: str) -> RunSummary | None:
    """Return a run's summary, or None where it has not ended."""
    return read_message(store, summary_path(run), RunSummary)


def read_outcomes(store: BlobStore, run: str) -> list[CellOutcome]:
    """Return how the cells of a run ended, as far as they have."""
    paths = [blob.path for blob in store.list(outcomes_prefix(run))]
    found = read_many(lambda path: read_message(store, path, CellOutcome), paths)
    return [outcome for outcome in found if outcome]


def count_outcomes(store: BlobStore, run: str) -> int:
    """Count the cells of a run that have ended."""
    return sum(1 for _ in store.list(outcomes_prefix(run)))


def request_cancel(store: BlobStore, run: str) -> None:
    """Ask for a run's end; asked again, nothing changes."""
    store.put(cancel_path(run), b"{}\n")


def cancel_requested(store: BlobStore, run: str) -> bool:
    """Whether somebody has asked for a run's end."""
    return store.stat(cancel_path(run)) is not None


def failed_cells(plan: Plan, outcomes: Sequence[CellOutcome]) -> list[Ended]:
    """Return the cells of a plan that did not end as planned, with their outcomes, if any."""
    found = {outcome.cell: outcome for outcome in outcomes}
    ended = [(cell, found.get(cell.name)) for cell in plan.cells]
    return [(cell, outcome) for cell, outcome in ended if outcome is None or outcome.error]


def close_run(store: BlobStore, plan: Plan, *, error: str = "") -> RunSummary:
    """Join what the cells published, and write what the run came to; done again, it comes to the same."""
    outcomes = [o for o in read_outcomes(store, plan.run) if o.cell in {cell.name for cell in plan.cells}]
    published = sorted((o for o in outcomes if o.status == "published"), key=lambda o: (o.market, o.format))
    if published:
        join_forecasts(store, plan.run, published)
        join_orders(store, plan.run, published)
    join_evaluation(store, plan.run, outcomes)
    failed = failed_cells(plan, outcomes)
    lost = len(plan.cells) - len(outcomes)
    cancelled = cancel_requested(store, plan.run)
    summary = RunSummary(
        run=plan.run,
        status=_status(plan, outcomes, len(failed), error, cancelled=cancelled),
        week=plan.week,
        trigger=plan.request.trigger,
        versions=plan.versions,
        cells=dict(sorted(Counter([*(o.status for o in outcomes), *["failed"] * lost]).items())),
        trained=_count_trained(store, plan, outcomes),
        skipped=plan.skipped,
        failures=tuple(_describe(store, plan.run, cell, outcome) for cell, outcome in failed),
        failed_cells=tuple(cell.name for cell, _ in failed),
        resume=json.dumps({"resume": plan.run}) if failed else "",
        forecasts=prediction_path(plan.run, FORECASTS) if published else "",
        error=error,
        operation_id=plan.request.operation_id,
    )
    return _write(store, summary)


def close_refused(store: BlobStore, request: RunRequest, *, error: str) -> RunSummary:
    """Write the summary of a run that could not be planned."""
    return _write(
        store,
        RunSummary(
            run=request.run,
            status="failed",
            trigger=request.trigger,
            error=error,
            operation_id=request.operation_id,
        ),
    )


def _count_trained(store: BlobStore, plan: Plan, outcomes: Sequence[CellOutcome]) -> int:
    cells = {cell.name: cell for cell in plan.cells}
    return sum(read_many(lambda o: succeeded(store, cells[o.cell], o.training), outcomes))


def _write(store: BlobStore, summary: RunSummary) -> RunSummary:
    store.put(prediction_path(summary.run, SUMMARY), summary.to_bytes())
    store.put(summary_path(summary.run), summary.to_bytes())
    return summary


def _status(
    plan: Plan, outcomes: Sequence[CellOutcome], failed: int, problem: str, *, cancelled: bool
) -> Status:
    came_out = sum(outcome.status in ("published", "trained") for outcome in outcomes)
    if problem:
        return "failed"
    if not plan.cells:
        return "skipped"
    if not failed:
        return "succeeded"
    if cancelled:
        return "cancelled"
    return "partial" if came_out else "failed"


def _describe(store: BlobStore, run: str, cell: PlannedCell, outcome: CellOutcome | None) -> str:
    """Say of a cell what failed, and which forecast stands."""
    said = outcome.error if outcome else "it came to no outcome"
    state, forecast_run = (
        (outcome.forecast, outcome.forecast_run) if outcome else standing(store, run, cell.name)
    )
    stands = {
        "primary": "its forecast is of the newest model",
        "previous": "its forecast is of an earlier model",
        "baseline": "its forecast is, at least in part, the historical average",
        "last_published": f"the forecast of run {forecast_run} stands",
        "none": "no forecast stands for it",
    }[state]
    return f"{cell.name}: {said}; {stands}"
