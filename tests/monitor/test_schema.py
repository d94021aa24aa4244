"""The tables answer the ML Monitor's pages, and mean the same in SQLite and in Azure SQL."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from mssql_python.connection_string_parser import _ConnectionStringParser
from sqlalchemy import (
    Boolean,
    Date,
    and_,
    case,
    create_engine,
    create_mock_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects.mssql.mssqlpython import dialect as azure_sql
from sqlalchemy.schema import CreateIndex, CreateTable

from monitor import schema
from monitor.columns import Json, Utc
from monitor.database import with_managed_identity
from monitor.rows import fiscal_week
from shared.ports import JobState, JobStatus
from tests.monitor.conftest import CELL, STEPS, T0, record_everything

TABLES = schema.metadata.sorted_tables
CLUSTERED_KEY_BYTES, INDEX_KEY_BYTES = 900, 1700
WIDTHS = {"INTEGER": 4, "DATE": 3, "DATETIME2(6)": 8}


def compiler():
    dialect = azure_sql()
    dialect.server_version_info, dialect.default_schema_name = (16, 0), "dbo"
    dialect._setup_version_attributes()
    return dialect


def kind(column):
    return column.type.compile(dialect=compiler())


def width(column):
    """Return the bytes that a column takes in a key."""
    words = kind(column).split(" ")[0]
    return WIDTHS[words] if words in WIDTHS else 2 * int(words.removeprefix("NVARCHAR(").removesuffix(")"))


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_sql_server_takes_the_table(table):
    ddl = str(CreateTable(table).compile(dialect=compiler()))
    assert "NTEXT" not in ddl
    assert " DATETIME " not in ddl, "rounds to 3 ms"
    assert "VARCHAR(" not in ddl.replace("NVARCHAR(", ""), "drops what its code page lacks"
    assert " JSON" not in ddl
    assert "IDENTITY" not in ddl, "ids are ours: a row written again is the same row"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_keys_fit_and_compare_exactly(table):
    keys = [*table.primary_key.columns, *(c for index in table.indexes for c in index.columns)]
    assert sum(width(column) for column in table.primary_key.columns) <= CLUSTERED_KEY_BYTES
    for index in table.indexes:
        assert sum(width(column) for column in index.columns) <= INDEX_KEY_BYTES
        assert str(CreateIndex(index).compile(dialect=compiler()))
    texts = [kind(column) for column in keys if kind(column).startswith("NVARCHAR")]
    assert all(text.endswith("COLLATE Latin1_General_100_BIN2") for text in texts)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_everything_is_described_and_named(table):
    assert table.comment
    assert [column.name for column in table.columns if not column.comment] == []
    assert all(constraint.name for constraint in table.constraints)
    for reference in table.foreign_key_constraints:
        here = [kind(column) for column in reference.columns]
        assert here == [kind(element.column) for element in reference.elements]


def test_creating_describes_everything_in_sql_server_too():
    said = []

    def hear(ddl, _parameters):
        said.append(str(ddl.compile(dialect=compiler())))

    engine = create_mock_engine("mssql+mssqlpython://server/ledger", hear)
    schema.metadata.create_all(engine, checkfirst=False)
    described = sum("sp_addextendedproperty" in ddl for ddl in said)
    assert described == sum(1 + len(table.columns) for table in TABLES)


def test_what_the_ledger_says_is_said_in_sql_servers_words(ledger, story):
    said = []
    event.listen(ledger._engine, "before_execute", lambda _c, statement, *_rest: said.append(statement))
    record_everything(ledger, story)
    ledger.job_seen("weekly-1", CELL, "training", 1, JobStatus(name="j", state=JobState.RUNNING), T0)
    ledger.run("weekly-1"), ledger.runs(), ledger.last_trained(f"{CELL}.slow")
    words = {str(statement.compile(dialect=compiler())) for statement in said}
    assert len(words) > 30
    for foreign in ("SELECT EXISTS", "ON CONFLICT", "RETURNING", " LIMIT ", "IS TRUE"):
        assert [text for text in words if foreign in text] == []


def test_types_in_sql_server():
    columns = [column for table in TABLES for column in table.columns]
    assert {kind(c) for c in columns if isinstance(c.type, Utc)} == {"DATETIME2(6)"}
    assert {kind(c) for c in columns if isinstance(c.type, Json)} == {"NVARCHAR(max)"}
    assert {kind(c) for c in columns if isinstance(c.type, Boolean)} == {"BIT"}
    assert {kind(c) for c in columns if isinstance(c.type, Date)} == {"DATE"}


def test_a_moment_is_utc_in_both_databases():
    there = datetime(2019, 8, 12, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=-5)))
    for dialect in (compiler(), create_engine("sqlite://").dialect):
        kept = Utc().process_bind_param(there, dialect)
        assert kept == datetime(2019, 8, 12, 6, 2, 3, 456789)
        assert Utc().process_result_value(kept, dialect) == there
        assert Utc().process_result_value(kept, dialect).tzinfo is UTC


def test_the_app_reaches_azure_sql_with_its_managed_identity():
    def parsed(url):
        ((text,), _) = azure_sql().create_connect_args(with_managed_identity(make_url(url)))
        return _ConnectionStringParser(validate_keywords=True)._parse(text)

    own = parsed("mssql+mssqlpython://sql-shelfcast.database.windows.net/ledger")
    assert own == {
        "server": "sql-shelfcast.database.windows.net",
        "database": "ledger",
        "authentication": "ActiveDirectoryMSI",
        "encrypt": "yes",
    }
    assigned = parsed(
        "mssql+mssqlpython://00000000-0000-0000-0000-000000000001@server/ledger?ConnectRetryCount=3"
    )
    assert assigned["uid"] == "00000000-0000-0000-0000-000000000001"
    assert assigned["authentication"] == "ActiveDirectoryMSI"
    assert assigned["connectretrycount"] == "3"


@pytest.mark.parametrize(
    ("week", "start", "name"),
    [
        ("2019-01-07", 1, "FY2019 W01"),
        ("2019-12-30", 1, "FY2019 W52"),
        ("2019-06-30", 7, "FY2019 W53"),
        ("2019-07-01", 7, "FY2020 W01"),
        ("2020-02-10", 7, "FY2020 W33"),
    ],
)
def test_weeks_have_fiscal_names(week, start, name):
    assert fiscal_week(datetime.fromisoformat(week).date(), start) == name


# The pages' tables, as far as they are columns of the ledger.

runs, cells, metrics, scoring = schema.runs, schema.cells, schema.metrics, schema.scoring_runs
DATASET = (
    select(schema.run_datasets.c.run, schema.run_datasets.c.version, schema.dataset_versions.c.alias)
    .join(schema.dataset_versions)
    .where(schema.run_datasets.c.dataset == "shipments")
    .subquery()
)
BUILD = (
    select(schema.model_versions.c.run, schema.model_versions.c.cell,
           func.max(schema.model_versions.c.build_version).label("build_version"))
    .group_by(schema.model_versions.c.run, schema.model_versions.c.cell)
    .subquery()
)  # fmt: skip


def step(pipeline, name):
    found = and_(schema.steps.c.pipeline == pipeline, schema.steps.c.step == name)
    return [
        func.max(case((found, schema.steps.c[column]))).label(f"{name}_{column}")
        for column in ("status", "log")
    ]


def steps_of(pipeline):
    columns = [column for name in STEPS[pipeline] for column in step(pipeline, name)]
    key = schema.steps.c.run, schema.steps.c.cell
    return select(*key, *columns).group_by(*key).subquery()


def of_cell(table):
    return and_(table.c.run == cells.c.run, table.c.cell == cells.c.cell)


PERFORMANCE = (
    select(cells.c.market, cells.c.format, runs.c.run, runs.c.fiscal_week, BUILD.c.build_version,
           DATASET.c.alias.label("shipment_dataset"), metrics.c.mape, metrics.c.rmse_zero, metrics.c.rmse_all,
           metrics.c.measured_at)
    .join(runs, runs.c.run == cells.c.run)
    .join(metrics, of_cell(metrics))
    .join(DATASET, DATASET.c.run == runs.c.run)
    .outerjoin(BUILD, of_cell(BUILD))
    .where(metrics.c.velocity == "all", metrics.c.forecaster == "forecast")
    .order_by(metrics.c.measured_at.desc())
)  # fmt: skip


def attempts(pipeline, *columns):
    steps, jobs = steps_of(pipeline), schema.jobs
    last = and_(of_cell(jobs), jobs.c.pipeline == pipeline)
    return (
        select(jobs.c.status, cells.c.market, cells.c.format, *steps.c, jobs.c.log, jobs.c.ended_at,
               DATASET.c.alias.label("shipment_dataset"), *columns)
        .select_from(cells)
        .join(jobs, last)
        .outerjoin(steps, of_cell(steps))
        .join(DATASET, DATASET.c.run == cells.c.run)
    )  # fmt: skip


TRAINING = attempts("training", BUILD.c.build_version).outerjoin(BUILD, of_cell(BUILD))
SCORING = attempts("scoring", *scoring.c).outerjoin(scoring, of_cell(scoring))


def answer(url, query):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(query).mappings()]
    engine.dispose()
    assert str(query.compile(dialect=compiler()))
    return found


def test_the_performance_table_is_answered(ledger, url, story):
    record_everything(ledger, story)
    (row,) = answer(url, PERFORMANCE)
    assert row == {
        "market": "North Texas",
        "format": "large",
        "run": "weekly-1",
        "fiscal_week": "FY2019 W31",
        "build_version": "1.3",
        "shipment_dataset": "2019-08",
        "mape": pytest.approx(0.35),
        "rmse_zero": 1.0,
        "rmse_all": pytest.approx(12**0.5),
        "measured_at": T0 + timedelta(hours=1),
    }


def test_the_training_table_is_answered(ledger, url, story):
    record_everything(ledger, story)
    (row,) = answer(url, TRAINING)
    assert [row[f"{name}_status"] for name in STEPS["training"]] == ["succeeded"] * 5
    assert row["train_log"].endswith("/train")
    assert (row["status"], row["build_version"], row["shipment_dataset"]) == ("succeeded", "1.3", "2019-08")
    assert row["ended_at"] == datetime(2019, 8, 12, 6, 50, tzinfo=UTC)


def test_the_scoring_table_is_answered(ledger, url, story):
    record_everything(ledger, story)
    (row,) = answer(url, SCORING)
    assert [row[f"{name}_status"] for name in STEPS["scoring"]] == ["succeeded"] * 4
    wanted = {
        "build_version": "1.3", "serving_state": "baseline", "stale": False, "model_age_days": 0, "rows_in": 10,
        "scored": 9, "quarantined": 1, "shipment_dataset": "2019-08",
        "weather_issued_at": datetime(2019, 8, 12, tzinfo=UTC), "model_trained_at": T0 + timedelta(minutes=40),
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_the_strip_of_sources_is_answered(ledger, url, story):
    record_everything(ledger, story)
    quality, ready = schema.data_quality, schema.readiness
    columns = quality.c.file, quality.c.accepted, quality.c.rejected, ready.c.late
    found = answer(
        url,
        select(ready.c.source, *columns).outerjoin_from(ready, quality, ready.c.source == quality.c.source),
    )
    assert {row["source"]: (row["accepted"], row["rejected"], row["late"]) for row in found} == {
        "promotions": (None, None, True),
        "shipments": (7, 2, False),
    }


def test_the_cards_are_answered(ledger, url, story):
    record_everything(ledger, story)
    failed = story.job(CELL, "training", "failed").model_copy(update={"name": "later"})
    ledger.cell_ended(
        story.plan, story.outcome(training=failed, status="failed"), [], T0 + timedelta(hours=3)
    )
    jobs = schema.jobs
    by_outcome = select(jobs.c.pipeline, jobs.c.status, func.count().label("n")).group_by(
        jobs.c.pipeline, jobs.c.status
    )
    assert {(row["pipeline"], row["status"]): row["n"] for row in answer(url, by_outcome)} == {
        ("training", "succeeded"): 1,
        ("training", "failed"): 1,
        ("scoring", "succeeded"): 1,
    }
    stale = select(func.count()).select_from(scoring).where(scoring.c.stale)
    assert answer(url, stale) == [{"count_1": 0}]
