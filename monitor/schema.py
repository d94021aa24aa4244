"""The run ledger's tables: what every run did, with which data and models, and how good it was.

SQLite here and Azure SQL there, from the same definitions. Who writes them is in ledger, how a record becomes a row
in rows; forecasts themselves lie in the lake.

runs ─┬─ run_datasets ── dataset_versions         data_quality ── data_quality_rejects
      └─ cells ─┬─ jobs                           readiness
                ├─ steps                          model_versions
                ├─ serving                        market_states
                ├─ metrics, checks                alerts
                └─ scoring_runs
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
)

from monitor.columns import Json, exact, moment, name, one_of, text, word

RUN_STATES = ("running", "succeeded", "partial", "failed", "skipped", "cancelled")
CELL_STATES = ("running", "published", "trained", "failed", "cancelled", "skipped")
PIPELINES = ("training", "scoring")
JOB_STATES = (
    "queued", "running", "succeeded", "failed", "cancelled", "timed_out", "never_started", "not_submitted",
)  # fmt: skip
STEP_STATES = ("succeeded", "failed")
SERVING_STATES = ("primary", "previous", "baseline", "last_published", "none")
FORMATS = ("large", "small")

RUN_CHARACTERS = 100
CELL_CHARACTERS = 140
SLOT_CHARACTERS = 160
JOB_CHARACTERS = 255

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _number(column: str, comment: str) -> Column[float]:
    return Column(column, Float(53), comment=comment)


def _count(column: str, comment: str) -> Column[int]:
    return Column(column, Integer, comment=comment, nullable=False, default=0)


def _flag(column: str, comment: str, *, nullable: bool = False) -> Column[bool]:
    return Column(column, Boolean, comment=comment, nullable=nullable)


def _run(**options: Any) -> Column[str]:
    options.setdefault("primary_key", True)
    return name("run", "The run.", characters=RUN_CHARACTERS, **options)


def _cell(*, primary_key: bool = True) -> tuple[Column[str], Column[str], ForeignKeyConstraint]:
    """Return the columns of what belongs to a cell of a run, and their reference."""
    return (
        _run(primary_key=primary_key),
        name("cell", "Such as north-texas.large.", characters=CELL_CHARACTERS, primary_key=primary_key),
        ForeignKeyConstraint(["run", "cell"], ["cells.run", "cells.cell"]),
    )


def _slot() -> Column[str]:
    return name(
        "slot", "Cell and velocity: north-texas.large.slow.", characters=SLOT_CHARACTERS, primary_key=True
    )


def _velocity() -> Column[str]:
    return word("velocity", "slow or fast; all for both together.", primary_key=True)


runs = Table(
    "runs",
    metadata,
    _run(),
    word("status", "running until it ended."),
    word("kind", "train, score or both."),
    word("started_by", "arrival, timer, stale, demand, resume, code or data."),
    Column("week", Date, comment="First day of the last known week."),
    word("fiscal_week", "That week in the fiscal year, such as FY2019 W07."),
    name("code", "Fingerprint of the code that planned it."),
    _count("cells_planned", "Cells that it was to do."),
    _count("cells_skipped", "Cells in which nothing had changed."),
    text("error", "Why the run itself could not go on."),
    text("resume", "The request that does exactly the failed cells again."),
    text("forecasts", "Lake path of its forecasts."),
    name("operation_id", "Ties its telemetry together."),
    moment("started_at", "When it was planned.", nullable=False),
    moment("ended_at", "When it ended."),
    one_of("status", RUN_STATES),
    comment="Every run.",
)
Index(None, runs.c.started_at)
Index(None, runs.c.week)

cells = Table(
    "cells",
    metadata,
    _run(),
    ForeignKeyConstraint(["run"], ["runs.run"]),
    name("cell", "Market and format as one safe name.", characters=CELL_CHARACTERS, primary_key=True),
    name("market", "As people write it; empty for a skipped cell."),
    word("format", "large or small."),
    word("status", "running until it ended."),
    _flag("train", "Whether training was planned."),
    _flag("score", "Whether scoring was planned."),
    text("why", "Why it was trained, or was not, in words."),
    text("error", "What went wrong first."),
    word("forecast", "What its forecast comes from: the weakest state of its slots.", default="none"),
    name("forecast_run", "The run whose forecast stands for it.", characters=RUN_CHARACTERS),
    moment("started_at", "When its run was planned.", nullable=False),
    moment("ended_at", "When it ended."),
    one_of("status", CELL_STATES),
    one_of("format", FORMATS),
    one_of("forecast", SERVING_STATES),
    comment="A market x format in a run.",
)
Index(None, cells.c.cell, cells.c.started_at)
Index(None, cells.c.market, cells.c.started_at)

jobs = Table(
    "jobs",
    metadata,
    name(
        "job", "Its name with the service; each attempt has one.", characters=JOB_CHARACTERS, primary_key=True
    ),
    *_cell(primary_key=False),
    word("pipeline", "training or scoring."),
    word("status", "Where it is, or how it ended."),
    Column("attempt", Integer, comment="From 1.", nullable=False),
    text("detail", "Why it failed, in the service's words."),
    text("output", "Lake folder of its steps."),
    text("log", "Address of its page."),
    moment("submitted_at", "When it was handed over."),
    moment("started_at", "When it was first seen running: what lies before is queue."),
    moment("ended_at", "When its end was seen."),
    one_of("pipeline", PIPELINES),
    one_of("status", JOB_STATES),
    comment="Pipeline jobs.",
)
Index(None, jobs.c.run, jobs.c.cell, jobs.c.pipeline)

steps = Table(
    "steps",
    metadata,
    *_cell(),
    word("pipeline", "training or scoring.", primary_key=True),
    word(
        "step",
        "validate, features, train, evaluate, register; score, validate_results, publish.",
        primary_key=True,
    ),
    word("status", "A step without a row has not been reached."),
    _number("seconds", "How long it took."),
    _count("rows_in", "rows_in = rows_out + quarantined."),
    _count("rows_out", "Rows it gave on."),
    _count("quarantined", "Rows it set aside."),
    Column("reasons", Json(), comment="JSON: rows set aside by reason."),
    text("error", "Why it failed."),
    text("log", "Address of its log."),
    Column("attempt", Integer, comment="Attempt of its job.", nullable=False),
    moment("ended_at", "When its cell ended.", nullable=False),
    one_of("pipeline", PIPELINES),
    one_of("status", STEP_STATES),
    CheckConstraint("rows_in = rows_out + quarantined", name="rows"),
    comment="Steps of the last attempt of a cell's jobs.",
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    name("dataset", "Standard table, such as shipments.", primary_key=True),
    name("version", "Digest of its content.", primary_key=True),
    name("alias", "Month of its newest row; empty until it is described."),
    Column("row_count", Integer, comment="Rows of the table."),
    Column("warnings", Json(), comment="JSON: list of warnings."),
    moment("published_at", "When the ledger first heard of it.", nullable=False),
    comment="Versions of the standard tables.",
)

run_datasets = Table(
    "run_datasets",
    metadata,
    _run(),
    ForeignKeyConstraint(["run"], ["runs.run"]),
    name("dataset", "Standard table.", primary_key=True),
    name("version", "The version that the run used."),
    ForeignKeyConstraint(["dataset", "version"], ["dataset_versions.dataset", "dataset_versions.version"]),
    comment="Which run used which data.",
)
Index(None, run_datasets.c.dataset, run_datasets.c.version)

data_quality = Table(
    "data_quality",
    metadata,
    word("file_id", "Digest of source and file: names are too long for a key.", primary_key=True),
    name("source", "Source of the profile."),
    text("file", "Path of the raw file."),
    name("sha256", "Of its bytes."),
    _count("rows_in", "rows_in = accepted + rejected + superseded."),
    _count("accepted", "Rows that went into a table."),
    _count("rejected", "Rows in quarantine."),
    _count("superseded", "Rows that a later row of the same file corrected."),
    text("refused", "Why the whole file is in quarantine."),
    Column("repaired", Json(), comment="JSON: what was put right, and how often."),
    moment("arrived_at", "When it was conditioned first.", nullable=False),
    moment("conditioned_at", "When it was conditioned last.", nullable=False),
    CheckConstraint("rows_in = accepted + rejected + superseded", name="rows"),
    comment="What became of the rows of every raw file.",
)
Index(None, data_quality.c.source, data_quality.c.conditioned_at)

data_quality_rejects = Table(
    "data_quality_rejects",
    metadata,
    word("file_id", "The file.", primary_key=True),
    ForeignKeyConstraint(["file_id"], ["data_quality.file_id"]),
    name("reason", "Why its rows were rejected.", primary_key=True),
    Column("row_count", Integer, comment="How many.", nullable=False),
    comment="Rejected rows by reason.",
)

readiness = Table(
    "readiness",
    metadata,
    Column("week", Date, primary_key=True, comment="First day of the last known week."),
    name("source", "Source of the profile.", primary_key=True),
    _flag("late", "Whether its file for the week was missing when the versions were published."),
    moment("checked_at", "When that was looked at last.", nullable=False),
    comment="Which sources were there for a week.",
)

model_versions = Table(
    "model_versions",
    metadata,
    _slot(),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="The registry's number."),
    name("cell", "The cell.", characters=CELL_CHARACTERS),
    name("market", "As people write it."),
    word("velocity", "slow, fast, or historical_average for the cell's baseline."),
    word("build_version", "major.minor, as people read it."),
    Column(
        "run", exact(RUN_CHARACTERS), ForeignKey("runs.run"), comment="The run that trained it, where known."
    ),
    Column("trained_until", Date, comment="Cutoff week of its training."),
    moment("trained_at", "When it was registered first.", nullable=False),
    _flag("gate_passed", "The gate's verdict; unknown for a baseline.", nullable=True),
    text("gate_reason", "That verdict in words."),
    text("path", "Lake folder."),
    Column("tags", Json(), comment="JSON: everything that the registry knows about it."),
    comment="Registered models.",
)
Index(None, model_versions.c.cell, model_versions.c.trained_at)
Index(None, model_versions.c.run)

serving = Table(
    "serving",
    metadata,
    *_cell(),
    _slot(),
    Column("version", Integer, comment="Of its model; NULL = the historical average."),
    text("reason", "Why this one."),
    moment("decided_at", "The newest row of a slot is what serves.", nullable=False),
    comment="What serves a slot since when, and why.",
)
Index(None, serving.c.slot, serving.c.decided_at)

metrics = Table(
    "metrics",
    metadata,
    *_cell(),
    _velocity(),
    word(
        "forecaster",
        "forecast (the ensemble), lasso, network, historical_average, seasonal_average.",
        primary_key=True,
    ),
    _number("mape", "Mean of abs(actual - forecast) / actual over rows with actual > 0."),
    _number("rmse_zero", "Over rows with actual = 0, in units."),
    _number("rmse_all", "Over all rows, in units."),
    _number("wape", "Sum of abs error / sum of actual; not known for all."),
    _number("bias", "Sum of (forecast - actual) / sum of actual; not known for all."),
    _count("n_used", "Rows with actual > 0."),
    _count("n_zero", "Rows with actual = 0."),
    _count("n_unknown", "Rows whose actual is unknown."),
    moment("measured_at", "When.", nullable=False),
    comment="Accuracy on the held-out weeks; a number that its rows do not define is NULL.",
)

checks = Table(
    "checks",
    metadata,
    *_cell(),
    _velocity(),
    _flag("gate_passed", "The gate's verdict."),
    text("reason", "That verdict in words."),
    _number("mape_reduction", "1 - MAPE / MAPE of the historical average, on the same rows."),
    _number("better_baseline_mape", "What the model had to be below."),
    moment("checked_at", "When.", nullable=False),
    comment="Performance checks of model slots.",
)

scoring_runs = Table(
    "scoring_runs",
    metadata,
    *_cell(),
    word("serving_state", "What the forecast comes from."),
    word("build_version", "Of the newest model that scored; empty for the baseline."),
    moment("weather_issued_at", "When the weather forecast that it used was issued, where known."),
    moment("model_trained_at", "Of the oldest model that scored."),
    Column("model_age_days", Integer, comment="Whole days from then to the scoring."),
    _flag("stale", "Whether that is more than 60 days; unknown without a model.", nullable=True),
    _count("rows_in", "rows_in = scored + quarantined."),
    _count("scored", "Forecasts that were published."),
    _count("quarantined", "Forecasts that were held back."),
    moment("scored_at", "When.", nullable=False),
    one_of("serving_state", SERVING_STATES),
    CheckConstraint("rows_in = scored + quarantined", name="rows"),
    comment="Scoring of a cell in a run.",
)
Index(None, scoring_runs.c.scored_at)

market_states = Table(
    "market_states",
    metadata,
    name("market", "As people write it.", primary_key=True),
    word("state", "Two letters.", primary_key=True),
    comment="Which states a market has stores in.",
)

alerts = Table(
    "alerts",
    metadata,
    name("alert", "Digest of kind, subject, text and day: said twice, it is one.", primary_key=True),
    name("kind", "Such as poison, run_failed, late_source."),
    text("subject", "What it is about: a file, a run, a cell."),
    text("text", "What happened, and what to do about it."),
    moment("raised_at", "When it was first raised that day.", nullable=False),
    comment="What people were told.",
)
Index(None, alerts.c.raised_at)
