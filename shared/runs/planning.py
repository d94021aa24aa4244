"""What a run does: its versions, its cells, and for each of them why it is trained, or why it is skipped.

By what a cell's training is due stands in `policy`; how demand is told apart, in `demand`. Who carries the plan out is
not here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.errors import RequestRefused, ShelfcastError
from shared.lake import DatasetVersion, Lake, read_current, read_version
from shared.messages import Plan, PlannedCell, RunRequest, SkippedCell
from shared.plan import Cell, cell_name, chosen_cells
from shared.ports import BlobStore
from shared.profile import Profile
from shared.runs.arrivals import claimed_versions
from shared.runs.demand import Demand, read_demand, read_stores
from shared.runs.layout import (
    current_path,
    plan_path,
    profile_path,
    request_path,
    trained_path,
    versions_path,
)
from shared.runs.policy import CellFacts, Circumstances, Decision, decide
from shared.runs.readiness import NEEDED, readiness
from shared.runs.records import CurrentForecast, Training, create, keep, read_many, read_message, to_bytes
from shared.runs.registry import Registry
from shared.runs.summary import failed_cells, read_outcomes, read_plan, read_summary
from shared.schemas import TABLES
from shared.settings import ROOT, Settings

_NO_MATTER = {"client", "sources", "retraining", "markets"}
"""Sections of the profile on which no model and no forecast depends, given the tables."""

Versions = Mapping[str, DatasetVersion]


def plan_run(
    lake: Lake, registry: Registry, request: RunRequest, *, settings: Settings, code: str, today: date
) -> Plan:
    """Plan a run, once: asked again, the plan that was made is returned.

    Raises
    ------
    RequestRefused
        If the request names unknown markets, or a week whose data are not there, or a run that cannot be resumed.
    RowsLost
        If a store has no market or no format.
    ShelfcastError
        If no market of the profile has shipments.
    """
    store = registry.store
    profile_bytes = (ROOT / settings.profile).read_bytes()
    plan = read_plan(store, request.run)
    if plan is None:
        store.put(request_path(request.run), request.to_bytes())
        plan = create(store, plan_path(request.run), _make(lake, request, settings, code, today))
    keep(store, versions_path(plan.run), to_bytes(plan.versions))
    keep(store, profile_path(plan.run), profile_bytes)
    return plan


def check_request(lake: Lake, request: RunRequest) -> None:
    """Raise RequestRefused for what `plan_run` would refuse, as far as a quick look can tell."""
    versions = _versions(lake, request)
    stores = read_stores(lake.store, versions["stores"], lake.profile.clusters)
    cells = sorted({(market, form) for _, market, form in stores.itertuples(index=False)})
    _choose(chosen_cells(cells, lake.profile), request)
    _check_week(lake, versions, request)
    _resumed(lake.store, request)


def profile_digest(profile: Profile) -> str:
    """Return a digest of the settings that models and forecasts depend on."""
    return hashlib.sha256(profile.model_dump_json(exclude=_NO_MATTER).encode()).hexdigest()[:16]


def _make(lake: Lake, request: RunRequest, settings: Settings, code: str, today: date) -> Plan:
    versions = _versions(lake, request)
    week = _check_week(lake, versions, request)
    stores = read_stores(lake.store, versions["stores"], lake.profile.clusters)
    company = _Company(lake.store, lake.profile, read_demand(lake.store, versions, stores), week)
    now = Circumstances(
        request=request,
        policy=lake.profile.retraining,
        week=week,
        versions={table: version.version for table, version in versions.items()},
        code=code,
        profile=profile_digest(lake.profile),
        today=today,
        resumed=_resumed(lake.store, request),
    )
    planned, skipped = company.decide(company.choose(now), now)
    rows = sum(company.demand.shipment_rows.values())
    return Plan(
        request=request,
        week=week,
        versions=dict(now.versions),
        code=code,
        cells=tuple(planned),
        skipped=tuple(skipped),
        left_out=rows - sum(company.demand.shipment_rows[cell] for cell in company.choose(now)),
        profile=now.profile,
        limits=settings.limits,
        cells_at_a_time=settings.cells_at_a_time,
    )


@dataclass(frozen=True)
class _Company:
    store: BlobStore
    profile: Profile
    demand: Demand
    week: str

    def choose(self, now: Circumstances) -> list[Cell]:
        """Return the cells that the run is about."""
        having = sorted(self.demand.shipment_rows)
        cells = chosen_cells(having, self.profile)
        if not cells:
            raise ShelfcastError(
                f"none of {self.profile.markets} has shipments; {sorted({m for m, _ in having})} have"
            )
        chosen = _choose(cells, now.request)
        return [cell for cell in chosen if cell_name(*cell) in now.resumed] if now.request.resume else chosen

    def decide(
        self, cells: Sequence[Cell], now: Circumstances
    ) -> tuple[list[PlannedCell], list[SkippedCell]]:
        """Decide what each cell does."""
        facts = self._facts(cells)
        decisions = {cell: decide(facts[cell], now) for cell in cells}
        planned = [self._planned(cell, facts[cell], decisions[cell]) for cell in cells]
        todo = [cell for cell in planned if cell.train or cell.score]
        idle = [SkippedCell(name=c.name, why="; ".join(c.why)) for c in planned if not (c.train or c.score)]
        return todo, idle

    def _facts(self, cells: Sequence[Cell]) -> dict[Cell, CellFacts]:
        names = [cell_name(*cell) for cell in cells]
        trainings = read_many(lambda name: read_message(self.store, trained_path(name), Training), names)
        currents = read_many(
            lambda name: read_message(self.store, current_path(name), CurrentForecast), names
        )
        today = self.demand.digests(dict.fromkeys(cells, self.week))
        then = self.demand.digests({c: t.week for c, t in zip(cells, trainings, strict=True) if t})
        return {
            cell: CellFacts(
                name=name,
                demand=today[cell],
                demand_then=then.get(cell, ""),
                training=training,
                current=current,
            )
            for cell, name, training, current in zip(cells, names, trainings, currents, strict=True)
        }

    def _planned(self, cell: Cell, facts: CellFacts, decision: Decision) -> PlannedCell:
        return PlannedCell(
            market=cell[0],
            format=cell[1],
            name=facts.name,
            train=decision.train,
            score=decision.score,
            why=decision.why,
            shipment_rows=self.demand.shipment_rows[cell],
            demand=facts.demand,
        )


def _versions(lake: Lake, request: RunRequest) -> dict[str, DatasetVersion]:
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


def _check_week(lake: Lake, versions: Versions, request: RunRequest) -> str:
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


def _choose(cells: Sequence[Cell], request: RunRequest) -> list[Cell]:
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


def _resumed(store: BlobStore, request: RunRequest) -> dict[str, tuple[PlannedCell, bool]]:
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
