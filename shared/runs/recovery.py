"""What earlier runs left in the lake, in the order in which they began, and what can be put back from it.

Records that never change (plans, outcomes, summaries, registered models) tell what the few that do change have to say:
which model serves, which training was the newest, which forecast stands. Only what is missing is written. Rebuilding
the ledger from the same records is the monitor's.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.messages import CellOutcome, Message, Plan, PlannedCell, RunSummary
from shared.ports import BlobInfo, BlobStore
from shared.runs.layout import (
    BASELINE,
    RUNS,
    cell_prediction,
    current_path,
    outcomes_prefix,
    plan_path,
    registered_path,
    slot_name,
    slot_path,
    summary_path,
    trained_path,
)
from shared.runs.lifecycle import Life, made_way, recorded_life
from shared.runs.records import CurrentForecast, Training, create, read_json, read_many, read_message
from shared.runs.registry import Pointer, Registry

_NO_RUNS = ("claims",)


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """A run as the lake knows it; where a record does not say when it was made, that is when it was written.

    Attributes
    ----------
    began : datetime
        When it was planned, or refused.
    plan : Plan or None
        None where it could not be planned.
    outcomes : tuple of (CellOutcome, datetime)
        In the order in which the cells ended.
    summary : (RunSummary, datetime) or None
        None where it has not ended.
    """

    name: str
    began: datetime
    plan: Plan | None
    outcomes: tuple[tuple[CellOutcome, datetime], ...]
    summary: tuple[RunSummary, datetime] | None


def past_runs(store: BlobStore) -> list[PastRun]:
    """Return all runs, oldest first."""
    found: dict[str, dict[str, BlobInfo]] = {}
    for blob in store.list(f"{RUNS}/"):
        name = blob.path.split("/")[1]
        if name not in _NO_RUNS:
            found.setdefault(name, {})[blob.path] = blob
    runs = (_past_run(store, name, blobs) for name, blobs in found.items())
    return sorted((run for run in runs if run), key=lambda run: (run.began, run.name))


def _past_run(store: BlobStore, name: str, blobs: Mapping[str, BlobInfo]) -> PastRun | None:
    """Return a run; None where it was asked for, and neither planned nor refused."""
    plan, summary = blobs.get(plan_path(name)), blobs.get(summary_path(name))
    first = plan or summary
    if first is None:
        return None
    paths = [path for path in blobs if path.startswith(outcomes_prefix(name))]
    ended = read_many(lambda path: (read_message(store, path, CellOutcome), blobs[path].modified), paths)
    closed = read_message(store, summary.path, RunSummary) if summary else None
    planned = read_message(store, plan.path, Plan) if plan else None
    said = planned.planned_at if planned else ""
    return PastRun(
        name=name,
        began=datetime.fromisoformat(said) if said else first.modified,
        plan=planned,
        outcomes=tuple(sorted(((o, at) for o, at in ended if o), key=lambda pair: (pair[1], pair[0].cell))),
        summary=(closed, summary.modified) if closed and summary else None,
    )


def registered_by(store: BlobStore, run: PastRun) -> dict[str, dict[str, int]]:
    """Return per cell which model versions its training in a run became, by velocity."""
    cells = [cell.name for cell in run.plan.cells if cell.train] if run.plan else []
    known = read_many(lambda cell: read_json(store, registered_path(run.name, cell)), cells)
    return {cell: found for cell, found in zip(cells, known, strict=True) if found}


@dataclass
class _State:
    """What the runs so far have come to: serving by slot, the others by cell."""

    serving: dict[str, Pointer] = field(default_factory=dict)
    trained: dict[str, Training] = field(default_factory=dict)
    current: dict[str, CurrentForecast] = field(default_factory=dict)

    def pointers(self) -> dict[str, Message]:
        """Return what has to lie in the lake, by path; a slot that the baseline serves has no pointer."""
        serving = {slot_path(slot, "serving.json"): made for slot, made in self.serving.items()}
        return {
            **{path: made for path, made in serving.items() if made.version is not None},
            **{trained_path(cell): made for cell, made in self.trained.items()},
            **{current_path(cell): made for cell, made in self.current.items()},
        }


def restore_pointers(
    store: BlobStore, registry: Registry, runs: Iterable[PastRun], *, advance: Callable[[str], None]
) -> list[str]:
    """Write the pointers that are missing; return their paths.

    Parameters
    ----------
    runs : iterable of PastRun
        Oldest first, see past_runs.
    advance : callable
        Called with each run's name once it has been read.
    """
    state = _State()
    for run in runs:
        if run.plan:
            _replay(store, registry, run, run.plan, state)
        advance(run.name)
    for slot in registry.slots():
        told = _told_by_lives(registry, slot)
        if told and not slot.endswith(BASELINE):
            state.serving[slot] = told
    missing = {path: made for path, made in state.pointers().items() if not store.stat(path)}
    for path, made in missing.items():
        create(store, path, made)
    return sorted(missing)


def _replay(store: BlobStore, registry: Registry, run: PastRun, plan: Plan, state: _State) -> None:
    models = registered_by(store, run)
    cells = {cell.name: cell for cell in plan.cells}
    for outcome, _ in run.outcomes:
        known = state.trained.get(outcome.cell)
        if outcome.cell in models and not (known and known.week > plan.week):
            made = _training(registry, plan, cells[outcome.cell], models[outcome.cell])
            state.trained[outcome.cell] = made
        if plan.request.trial:
            continue
        for part, chosen in outcome.serving.items():
            pointer = Pointer(version=chosen.version, reason=chosen.reason)
            state.serving[slot_name(outcome.cell, part)] = pointer
        stands = state.current.get(outcome.cell)
        if outcome.status == "published" and not (stands and stands.week > plan.week):
            state.current[outcome.cell] = _forecast(plan, outcome, state.trained.get(outcome.cell))


def _training(registry: Registry, plan: Plan, cell: PlannedCell, models: dict[str, int]) -> Training:
    part, version = next(iter(models.items()))
    return Training(
        run=plan.run,
        week=plan.week,
        trained_on=registry.registered_at(slot_name(cell.name, part), version).date().isoformat(),
        demand=cell.demand,
        code=plan.code,
        profile=plan.profile,
        models=models,
    )


def _told_by_lives(registry: Registry, slot: str) -> Pointer | None:
    """Return what serves a slot by the lives of its versions; None where none has one, being of other days."""
    models = registry.versions(slot)
    lives = [(model.version, recorded_life(registry.store, model)) for model in models]
    known = [(version, life) for version, life in lives if life]
    promoted = [(version, life) for version, life in known if life.state == "promoted"]
    if not promoted:
        return Pointer(version=None, reason="nothing is promoted") if known else None
    serves, life = promoted[-1]
    gone_back = [move.to for move in life.moves].count("promoted") > 1
    gave_way = [v for v, other in known if other.state == "superseded" and _gave_way(other, serves)]
    previous = None if gone_back else max(gave_way, default=None)
    return Pointer(version=serves, reason=life.moves[-1].why, previous=previous)


def _gave_way(life: Life, version: int) -> bool:
    return life.moves[-1].why == made_way(version)


def _forecast(plan: Plan, outcome: CellOutcome, training: Training | None) -> CurrentForecast:
    return CurrentForecast(
        run=plan.run,
        week=plan.week,
        folder=cell_prediction(plan.run, outcome.cell, "").rstrip("/"),
        versions=plan.versions,
        code=plan.code,
        profile=plan.profile,
        trained=training.run if training else "",
        serving={part: chosen.version for part, chosen in outcome.serving.items()},
    )
