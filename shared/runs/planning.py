"""What a run does: its versions, its cells, and for each of them why it is trained, or why it is skipped.

When a cell's training is due stands in `policy`; what may be asked for, in `requests`; how demand is told apart, in
`demand`. Who carries the plan out is not here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.errors import ShelfcastError
from shared.lake import Lake
from shared.messages import Plan, PlannedCell, RunRequest, SkippedCell
from shared.plan import Cell, cell_name, chosen_cells
from shared.ports import BlobStore
from shared.profile import Profile
from shared.runs.arrivals import claim_versions, read_claim
from shared.runs.demand import Demand, read_demand, read_stores
from shared.runs.layout import (
    SLOTS,
    current_path,
    plan_path,
    profile_path,
    request_path,
    slot_name,
    trained_path,
    versions_path,
)
from shared.runs.policy import CellFacts, Circumstances, Decision, decide
from shared.runs.published import published_digest
from shared.runs.records import CurrentForecast, Training, create, keep, read_many, read_message, to_bytes
from shared.runs.registry import Registry
from shared.runs.requests import check_request, choose_cells, known_week, resumed_cells, versions_for
from shared.runs.summary import read_plan, read_summary
from shared.settings import ROOT, Settings

__all__ = ["check_request", "plan_run", "profile_digest"]

_NO_MATTER = {"client", "sources", "retraining", "markets"}
"""Sections of the profile on which no model and no forecast depends, given the tables."""


def plan_run(
    lake: Lake, registry: Registry, request: RunRequest, *, settings: Settings, code: str, now: datetime
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
        plan = create(store, plan_path(request.run), _make(lake, request, settings, code, now))
    keep(store, versions_path(plan.run), to_bytes(plan.versions))
    keep(store, profile_path(plan.run), profile_bytes)
    return plan


def profile_digest(profile: Profile) -> str:
    """Return a digest of the settings that models and forecasts depend on."""
    return hashlib.sha256(profile.model_dump_json(exclude=_NO_MATTER).encode()).hexdigest()[:16]


def _make(lake: Lake, request: RunRequest, settings: Settings, code: str, now: datetime) -> Plan:
    versions = versions_for(lake, request)
    week = known_week(lake, versions, request)
    stores = read_stores(lake.store, versions["stores"], lake.profile.clusters)
    company = _Company(lake.store, lake.profile, read_demand(lake.store, versions, stores), week)
    found = Circumstances(
        request=request,
        policy=lake.profile.retraining,
        week=week,
        versions={table: version.version for table, version in versions.items()},
        code=code,
        profile=profile_digest(lake.profile),
        today=now.date(),
        resumed=resumed_cells(lake.store, request),
    )
    other = _under_way(lake.store, found)
    planned, skipped = (
        company.leave_to(other, found) if other else company.decide(company.choose(found), found)
    )
    rows = sum(company.demand.shipment_rows.values())
    return Plan(
        request=request,
        week=week,
        versions=dict(found.versions),
        code=code,
        cells=tuple(planned),
        skipped=tuple(skipped),
        left_out=rows - sum(company.demand.shipment_rows[cell] for cell in company.choose(found)),
        profile=found.profile,
        limits=settings.limits,
        cells_at_a_time=settings.cells_at_a_time,
        planned_at=now.isoformat(),
        promotion=request.promotion or lake.profile.retraining.promotion,
        scoring=published_digest(lake.store),
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
        chosen = choose_cells(cells, now.request)
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

    def leave_to(self, run: str, now: Circumstances) -> tuple[list[PlannedCell], list[SkippedCell]]:
        """Leave every cell to another run."""
        why = f"run {run} of the same week and data is under way"
        return [], [SkippedCell(name=cell_name(*cell), why=why) for cell in self.choose(now)]

    def _facts(self, cells: Sequence[Cell]) -> dict[Cell, CellFacts]:
        names = [cell_name(*cell) for cell in cells]
        trainings = read_many(lambda name: read_message(self.store, trained_path(name), Training), names)
        currents = read_many(
            lambda name: read_message(self.store, current_path(name), CurrentForecast), names
        )
        serving = read_many(self._serving, names)
        today = self.demand.digests(dict.fromkeys(cells, self.week))
        then = self.demand.digests({c: t.week for c, t in zip(cells, trainings, strict=True) if t})
        return {
            cell: CellFacts(
                name=name,
                demand=today[cell],
                demand_then=then.get(cell, ""),
                training=training,
                current=current,
                serving=versions,
            )
            for cell, name, training, current, versions in zip(
                cells, names, trainings, currents, serving, strict=True
            )
        }

    def _serving(self, cell: str) -> dict[str, int | None]:
        pointers = {part: Registry(self.store).pointer(slot_name(cell, part)) for part in SLOTS}
        return {part: pointer.version if pointer else None for part, pointer in pointers.items()}

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


def _under_way(store: BlobStore, now: Circumstances) -> str:
    """Return the run of the same week and versions that has not ended, where a timer comes upon one."""
    if now.request.trigger not in ("timer", "stale"):
        return ""
    run, versions = now.request.run, now.versions
    # A run for stale models does not score what an arrival would: it claims nothing.
    made = now.request.trigger == "timer" and claim_versions(
        store, week=now.week, versions=versions, instance=run, run=run
    )
    holder = made or read_claim(store, week=now.week, versions=versions)
    if not holder or holder.run == run or read_plan(store, holder.run) is None:
        return ""
    return "" if read_summary(store, holder.run) else holder.run
