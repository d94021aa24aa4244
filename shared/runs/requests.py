"""What a run may be asked for: versions that are there, a week that is known, markets that exist, a run that failed.

What is made of a request that stands is not here; nor is how a caller's body becomes one.
"""

from collections.abc import Mapping, Sequence

from shared.errors import RequestRefused
from shared.lake import DatasetVersion, Lake, read_current, read_version
from shared.messages import PlannedCell, RunRequest
from shared.plan import Cell, chosen_cells
from shared.ports import BlobStore
from shared.runs.arrivals import claimed_versions
from shared.runs.demand import read_stores
from shared.runs.readiness import NEEDED, readiness
from shared.runs.summary import failed_cells, read_outcomes, read_plan, read_summary
from shared.schemas import TABLES

Versions = Mapping[str, DatasetVersion]


def check_request(lake: Lake, request: RunRequest) -> None:
    """Raise RequestRefused for what `plan_run` would refuse, as far as a quick look can tell."""
    if request.trial and request.kind != "score":
        raise RequestRefused(
            "trial", "only scores, with models that await promotion", "Ask for kind score, or for no trial"
        )
    versions = versions_for(lake, request)
    stores = read_stores(lake.store, versions["stores"], lake.profile.clusters)
    cells = sorted({(market, form) for _, market, form in stores.itertuples(index=False)})
    choose_cells(chosen_cells(cells, lake.profile), request)
    known_week(lake, versions, request)
    resumed_cells(lake.store, request)


def versions_for(lake: Lake, request: RunRequest) -> dict[str, DatasetVersion]:
    """Return the versions that the run was claimed with, or the current ones."""
    claimed = claimed_versions(lake.store, request.run)
    if claimed is not None:
        return {table: read_version(lake.store, table, version) for table, version in claimed.items()}
    found = {table: read_current(lake.store, table) for table in TABLES}
    versions = {table: version for table, version in found.items() if version}
    absent = sorted(set(NEEDED) - set(versions))
    if absent:
        raise RequestRefused(
            "week",
            f"the lake has no accepted rows for {', '.join(absent)}",
            "Deliver them, or see the quarantine for the reasons",
        )
    return versions


def known_week(lake: Lake, versions: Versions, request: RunRequest) -> str:
    """Return the last known week; raises RequestRefused where the week that was asked for is not known."""
    wanted = lake.profile.calendar.week_start(request.week) if request.week else None
    state = readiness(lake, versions, week=wanted)
    if not state.week:
        raise RequestRefused("week", "no shipment was accepted", "Deliver some, or see the quarantine")
    if wanted and (wanted.isoformat() > state.week or (wanted.isoformat() == state.week and not state.ready)):
        late = ", ".join(state.missing) or "none by name"
        raise RequestRefused(
            "week",
            f"the data of the week of {wanted} are not there; shipments reach that of {state.week}, late are: {late}",
            "Deliver them, or ask for an earlier week",
        )
    return state.week


def choose_cells(cells: Sequence[Cell], request: RunRequest) -> list[Cell]:
    """Return the cells of the request's markets and formats; raises RequestRefused for unknown ones."""
    _check_known("markets", request.markets, sorted({market for market, _ in cells}))
    _check_known("formats", request.formats, sorted({form for _, form in cells}))
    chosen = [
        (market, form)
        for market, form in cells
        if market in (request.markets or (market,)) and form in (request.formats or (form,))
    ]
    if not chosen:
        raise RequestRefused(
            "formats", f"{request.markets} have no stores of {request.formats}", "Ask for other ones"
        )
    return chosen


def _check_known(field: str, asked: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise RequestRefused(
            field, f"there is no {', '.join(map(repr, unknown))}", f"Known are: {', '.join(known)}"
        )


def resumed_cells(store: BlobStore, request: RunRequest) -> dict[str, tuple[PlannedCell, bool]]:
    """Return the cells that failed in the run that is resumed, and whether their training did."""
    if request.resume is None:
        return {}
    plan, summary = read_plan(store, request.resume), read_summary(store, request.resume)
    if plan is None or summary is None:
        problem = "has not ended" if plan else "is not known"
        raise RequestRefused(
            "resume", f"run {request.resume!r} {problem}", "Give the name of a run that ended"
        )
    failed = failed_cells(plan, read_outcomes(store, request.resume))
    if not failed:
        raise RequestRefused("resume", f"no cell of run {request.resume} failed", "Start a new run instead")
    return {
        cell.name: (
            cell,
            outcome is None or outcome.training is None or outcome.training.outcome != "succeeded",
        )
        for cell, outcome in failed
    }
