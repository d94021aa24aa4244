"""The run ledger: every run, job, step, model, number and alert, written by activities as it happens.

Activities run at least once, several at a time, and late: each writer here can be called again with the same, and
says in one transaction all that belongs together. The tables are in schema; what pages show of them is not here.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, select

from monitor import accuracy, rows, schema
from monitor.database import add_missing, connect, is_there, transact, upsert
from shared.lake.records import DatasetVersion, Receipt
from shared.messages import CellOutcome, Plan, RunSummary
from shared.ports import JobStatus, ModelVersion

T = TypeVar("T")


class Ledger:
    """The run ledger in one database.

    Parameters
    ----------
    database : str or Engine
        SQLAlchemy URL: ``sqlite:///build/ledger.db``, or ``mssql+mssqlpython://server/database``, where the app's
        managed identity is used.
    fiscal_year_start_month : int
        The client's, 1 to 12.
    stale_after_days : int
        Trained more than this many days before it scored, a model is stale; exactly this many, it is not.
    pause : callable
        Waits the given seconds between two tries.
    """

    def __init__(
        self,
        database: str | Engine,
        *,
        fiscal_year_start_month: int = 1,
        stale_after_days: int = rows.STALE_AFTER_DAYS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = connect(database) if isinstance(database, str) else database
        self._start_month, self._stale_after, self._pause = fiscal_year_start_month, stale_after_days, pause

    def create(self) -> None:
        """Create the tables that are not there yet."""
        self._write(schema.metadata.create_all)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def run_started(self, plan: Plan, at: datetime) -> None:
        """Record a run, its data, and its cells; what is known about them already stays."""
        self._write(lambda connection: self._add_run(connection, plan, at))

    def job_seen(
        self, run: str, cell: str, pipeline: str, attempt: int, status: JobStatus, at: datetime
    ) -> float | None:
        """Record a look at a job; the first look is its submission, the first that finds it running its start.

        A job of a cell that the ledger does not know, because it was out of reach at the time, waits for its end.

        Returns
        -------
        float or None
            Seconds that the job queued, at the look that finds it running first.
        """
        row = rows.seen_job_row(run, cell, pipeline, attempt, status, at)

        def work(connection: Connection) -> float | None:
            known = connection.execute(select(schema.jobs).where(schema.jobs.c.job == status.name)).first()
            if (known and known.ended_at) or not _knows(connection, run, cell):
                return None
            begins = rows.has_begun(status) and not (known and known.started_at)
            begun = {"started_at": at} if begins else {}
            upsert(connection, schema.jobs, row | begun, initial={"submitted_at": at})
            return (at - known.submitted_at).total_seconds() if begins and known else None

        return self._write(work)

    def cell_ended(
        self, plan: Plan, outcome: CellOutcome, steps: Sequence[Mapping[str, Any]], at: datetime
    ) -> None:
        """Record how a cell ended: its jobs, steps, numbers, what serves it, and its scoring.

        `steps` are the steps' reports, each with its `pipeline`.
        """

        def work(connection: Connection) -> None:
            self._add_run(connection, plan, at)
            upsert(connection, schema.cells, rows.outcome_row(outcome, at))
            for end in rows.job_ends(outcome):
                upsert(connection, schema.jobs, rows.ended_job_row(outcome, end))
            for report in steps:
                upsert(connection, schema.steps, rows.step_row(outcome, report, at))
                if report["step"] == accuracy.EVALUATE:
                    _judged(connection, outcome, report.get("details") or {}, at)
            for row in () if plan.request.trial else rows.serving_rows(outcome, at):
                upsert(connection, schema.serving, row)
            if outcome.scoring:
                models = _serving_models(connection, outcome)
                row = rows.scoring_row(outcome, steps, models, at, stale_after_days=self._stale_after)
                upsert(connection, schema.scoring_runs, row)

        self._write(work)

    def run_ended(self, summary: RunSummary, at: datetime) -> None:
        """Record what a run came to; cells that never ended did not come out."""
        left = "cancelled" if summary.status == "cancelled" else "failed"
        cells = schema.cells

        def work(connection: Connection) -> None:
            initial = rows.unplanned_row(summary, at, self._start_month)
            upsert(connection, schema.runs, rows.summary_row(summary, at), initial=initial)
            connection.execute(
                cells.update()
                .where(cells.c.run == summary.run, cells.c.status == "running")
                .values(status=left, error="its run ended without it", ended_at=at)
            )

        self._write(work)

    def file_conditioned(self, receipt: Receipt, at: datetime) -> None:
        """Record what became of a raw file's rows; late news of an earlier conditioning change nothing."""
        row = rows.file_row(receipt, at)
        rejects = schema.data_quality_rejects

        def work(connection: Connection) -> None:
            initial = {"arrived_at": at}
            if not upsert(connection, schema.data_quality, row, initial=initial, newer_by="conditioned_at"):
                return
            connection.execute(rejects.delete().where(rejects.c.file_id == row["file_id"]))
            for reason, count in receipt.report["rejected"].items():
                connection.execute(
                    rejects.insert().values(file_id=row["file_id"], reason=reason, row_count=count)
                )

        self._write(work)

    def versions_published(
        self, versions: Mapping[str, DatasetVersion], week: date, late: Sequence[str], at: datetime
    ) -> None:
        """Record the versions of the tables, and which sources were there for the week, and which are late."""
        there = {file.source for version in versions.values() for file in version.sources}

        def work(connection: Connection) -> None:
            _describe(connection, versions.values(), at)
            for source in sorted(there | set(late)):
                row = {"week": week, "source": source, "late": source in late, "checked_at": at}
                upsert(connection, schema.readiness, row, newer_by="checked_at")

        self._write(work)

    def versions_known(self, versions: Iterable[DatasetVersion], at: datetime) -> None:
        """Record versions of tables, whatever they are for."""
        self._write(lambda connection: _describe(connection, versions, at))

    def models_registered(
        self, models: Sequence[ModelVersion], at: datetime, *, run: str | None = None
    ) -> None:
        """Record registered models; the first time is when they were trained."""

        def work(connection: Connection) -> None:
            known = run is not None and is_there(connection, schema.runs, schema.runs.c.run == run)
            for model in models:
                trained_at = rows.moment_of(str(model.tags.get("trained_at", ""))) or at
                initial = {"trained_at": trained_at, "run": run if known else None}
                upsert(connection, schema.model_versions, rows.model_row(model), initial=initial)

        self._write(work)

    def markets_known(self, states: Iterable[tuple[str, str]]) -> None:
        """Record pairs of a market and a state that it has stores in."""
        found = [{"market": market, "state": state} for market, state in sorted(set(states))]
        self._write(lambda connection: add_missing(connection, schema.market_states, found))

    def alert(self, kind: str, subject: str, text: str, at: datetime) -> None:
        """Record what people were told; the same on the same day is one alert."""
        key = rows.key_of(kind, subject, text, at.date().isoformat())
        row = {"alert": key, "kind": kind, "subject": subject, "text": text, "raised_at": at}
        self._write(lambda connection: add_missing(connection, schema.alerts, [row]))

    def run(self, run: str) -> dict[str, Any] | None:
        """Return a run with its cells, or None where it is not known."""
        cells = schema.cells

        def work(connection: Connection) -> dict[str, Any] | None:
            found = connection.execute(select(schema.runs).where(schema.runs.c.run == run)).mappings().first()
            if not found:
                return None
            its = connection.execute(
                select(cells).where(cells.c.run == run).order_by(cells.c.cell)
            ).mappings()
            return {**found, "cells": [dict(cell) for cell in its]}

        return self._read(work)

    def runs(self, limit: int = 50) -> list[dict[str, Any]]:
        """Return the last runs, newest first."""
        newest = schema.runs.c.started_at.desc(), schema.runs.c.run
        chosen = select(schema.runs).order_by(*newest).limit(limit)
        return self._read(lambda connection: [dict(row) for row in connection.execute(chosen).mappings()])

    def last_trained(self, slot: str) -> datetime | None:
        """Return when a slot's newest model was trained, or None where it has none."""
        models = schema.model_versions
        newest = select(models.c.trained_at).where(models.c.slot == slot).order_by(models.c.version.desc())
        return self._read(lambda connection: connection.scalar(newest.limit(1)))

    def _add_run(self, connection: Connection, plan: Plan, at: datetime) -> None:
        if is_there(connection, schema.cells, schema.cells.c.run == plan.run):
            return
        add_missing(connection, schema.runs, [rows.run_row(plan, at, self._start_month)])
        used = [{"dataset": table, "version": version} for table, version in plan.versions.items()]
        add_missing(connection, schema.dataset_versions, [row | {"published_at": at} for row in used])
        add_missing(connection, schema.run_datasets, [row | {"run": plan.run} for row in used])
        planned = list(rows.planned_rows(plan, at))
        if planned:
            connection.execute(schema.cells.insert(), planned)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return transact(self._engine, work, writes=True, pause=self._pause)

    def _read(self, work: Callable[[Connection], T]) -> T:
        return transact(self._engine, work, writes=False, pause=self._pause)


def _knows(connection: Connection, run: str, cell: str) -> bool:
    cells = schema.cells
    return is_there(connection, cells, cells.c.run == run, cells.c.cell == cell)


def _describe(connection: Connection, versions: Iterable[DatasetVersion], at: datetime) -> None:
    for version in versions:
        initial = {"published_at": at}
        upsert(connection, schema.dataset_versions, rows.version_row(version), initial=initial)


def _judged(
    connection: Connection, outcome: CellOutcome, verdicts: Mapping[str, Mapping[str, Any]], at: datetime
) -> None:
    """Write the numbers and verdicts of an evaluate step."""
    for row in accuracy.metric_rows(outcome.run, outcome.cell, verdicts, at):
        upsert(connection, schema.metrics, row)
    for row in accuracy.check_rows(outcome.run, outcome.cell, verdicts, at):
        upsert(connection, schema.checks, row)


def _serving_models(connection: Connection, outcome: CellOutcome) -> list[dict[str, Any]]:
    """Return the registered models that served a cell."""
    models = schema.model_versions
    found: list[Mapping[Any, Any]] = []
    for velocity, chosen in outcome.serving.items():
        key = models.c.slot == f"{outcome.cell}.{velocity}", models.c.version == chosen.version
        found += connection.execute(select(models).where(*key)).mappings().all()
    return [dict(row) for row in found]
