"""The ledger keeps what it is told once, however often and in whatever order it is told."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import create_engine, event, select

from monitor import schema
from monitor.ledger import Ledger
from shared.errors import LedgerError, LedgerUnavailable, SettingsError
from shared.ports import JobState, JobStatus
from tests.monitor.conftest import CELL, T0, Story, receipt, record_everything

MINUTE = timedelta(minutes=1)


def rows(url, table):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(select(table)).mappings()]
    engine.dispose()
    return found


def everything(url):
    return {table.name: rows(url, table) for table in schema.metadata.sorted_tables}


def test_a_run_is_recorded_from_its_files_to_its_end(ledger, url, story):
    record_everything(ledger, story)
    told = everything(url)
    assert not [name for name, found in told.items() if not found and name != "jobs"]
    found = ledger.run("weekly-1")
    assert (found["status"], found["fiscal_week"], found["started_by"]) == (
        "succeeded",
        "FY2019 W31",
        "arrival",
    )
    assert [(cell["cell"], cell["status"]) for cell in found["cells"]] == [
        (CELL, "published"),
        ("utah.small", "skipped"),
    ]
    assert ledger.runs()[0]["run"] == "weekly-1"
    assert ledger.run("nobody's") is None


def test_telling_everything_again_changes_nothing(ledger, url, story):
    record_everything(ledger, story)
    once = everything(url)
    record_everything(ledger, story)
    ledger.create()
    assert everything(url) == once


def test_a_run_that_is_told_to_have_started_again_stays_ended(ledger, story):
    record_everything(ledger, story)
    ledger.run_started(story.plan, T0 + 60 * MINUTE)
    found = ledger.run("weekly-1")
    assert (found["status"], found["started_at"]) == ("succeeded", T0)
    assert found["cells"][0]["status"] == "published"


def test_a_cell_may_end_before_its_run_is_told_of(ledger, story):
    ledger.cell_ended(story.plan, story.outcome(), story.steps(), T0)
    assert ledger.run("weekly-1")["status"] == "running"


def test_a_trial_serves_nothing(ledger, url, story):
    trial = story.plan.request.model_copy(update={"trial": True})
    plan = story.plan.model_copy(update={"request": trial})
    ledger.cell_ended(plan, story.outcome(), story.steps(), T0)
    assert rows(url, schema.serving) == []
    assert len(rows(url, schema.scoring_runs)) == 1


def test_a_run_may_end_before_it_was_planned(ledger, story):
    ledger.run_ended(story.summary(status="failed", week="", error="shipments are missing"), T0)
    found = ledger.run("weekly-1")
    assert (found["status"], found["week"], found["error"]) == ("failed", None, "shipments are missing")


@pytest.mark.parametrize(
    ("run", "cell"), [("failed", "failed"), ("cancelled", "cancelled"), ("partial", "failed")]
)
def test_no_cell_runs_on_after_its_run(ledger, story, run, cell):
    ledger.run_started(story.plan, T0)
    ledger.run_ended(story.summary(status=run), T0 + MINUTE)
    assert ledger.run("weekly-1")["cells"][0]["status"] == cell


def test_steps_are_kept_with_their_logs_and_rows(ledger, url, story):
    failed = story.step(
        "training", "train", status="failed", error="no rows", rows_in=0, rows_out=0, quarantined={}
    )
    training = story.job(CELL, "training", "failed").model_copy(update={"attempts": 2})
    outcome = story.outcome(
        status="failed", training=training, scoring=None, rows_in=0, scored=0, quarantined=0
    )
    ledger.cell_ended(story.plan, outcome, [story.step("training", "validate"), failed], T0)
    found = {row["step"]: row for row in rows(url, schema.steps)}
    assert found["validate"]["reasons"] == {"twice": 1}
    assert (found["train"]["status"], found["train"]["error"], found["train"]["attempt"]) == (
        "failed",
        "no rows",
        2,
    )
    assert found["train"]["log"].endswith("/weekly-1-north-texas-large-training-1/train")
    assert not rows(url, schema.scoring_runs)


def test_a_jobs_queue_and_run_are_told_apart(ledger, url, story):
    ledger.run_started(story.plan, T0)
    name = story.job(CELL, "training").name
    looks = [
        JobState.QUEUED,
        JobState.QUEUED,
        JobState.RUNNING,
        JobState.RUNNING,
        JobState.SUCCEEDED,
        JobState.RUNNING,
    ]
    queued = [
        ledger.job_seen(
            "weekly-1", CELL, "training", 1, JobStatus(name=name, state=state), T0 + minute * MINUTE
        )
        for minute, state in enumerate(looks)
    ]
    assert queued == [None, None, 120, None, None, None]
    (job,) = rows(url, schema.jobs)
    assert job["status"] == "succeeded"
    assert (job["submitted_at"], job["started_at"], job["ended_at"]) == (T0, T0 + 2 * MINUTE, T0 + 4 * MINUTE)


def test_a_job_of_a_run_that_the_ledger_missed_is_no_error(ledger, url, story):
    status = JobStatus(name="j", state=JobState.RUNNING)
    ledger.job_seen("weekly-1", CELL, "training", 1, status, T0)
    ledger.models_registered([story.model()], T0, run="weekly-1")
    assert rows(url, schema.jobs) == []
    assert [model["run"] for model in rows(url, schema.model_versions)] == [None]


def test_the_numbers_of_both_velocities_together_follow_from_the_two(ledger, url, story):
    record_everything(ledger, story)
    found = {row["velocity"]: row for row in rows(url, schema.metrics) if row["forecaster"] == "forecast"}
    assert found["slow"]["mape"] == 0.2
    assert found["all"]["mape"] == pytest.approx((100 * 0.2 + 300 * 0.4) / 400)
    assert found["all"]["rmse_all"] == pytest.approx(((150 * 4 + 300 * 16) / 450) ** 0.5)
    assert found["all"]["rmse_zero"] == 1.0
    assert (found["all"]["n_used"], found["all"]["n_zero"], found["all"]["wape"]) == (400, 50, None)


@pytest.mark.parametrize(("days", "stale"), [(60, False), (61, True)])
def test_a_model_is_stale_when_trained_more_than_sixty_days_before_it_scored(ledger, url, story, days, stale):
    ledger.models_registered([story.model()], T0 - timedelta(days=days))
    ledger.cell_ended(story.plan, story.outcome(), story.steps(), T0)
    (scoring,) = rows(url, schema.scoring_runs)
    assert (scoring["model_age_days"], scoring["stale"]) == (days, stale)
    assert scoring["weather_issued_at"] == datetime(2019, 8, 12, tzinfo=UTC)
    assert scoring["build_version"] == "1.3"


def test_a_baseline_has_no_age(ledger, url, story):
    ledger.cell_ended(story.plan, story.outcome(serving={}), story.steps(), T0)
    (scoring,) = rows(url, schema.scoring_runs)
    assert (scoring["model_trained_at"], scoring["stale"]) == (None, None)


def test_a_model_registered_again_keeps_its_day(ledger, url, story):
    slot = f"{CELL}.slow"
    assert ledger.last_trained(slot) is None
    ledger.models_registered([story.model(version=2, build_version="4.2")], T0)
    ledger.models_registered(
        [story.model(version=2, build_version="4.2"), story.model(version=3)], T0 + MINUTE
    )
    assert ledger.last_trained(slot) == T0 + MINUTE
    first = rows(url, schema.model_versions)[0]
    assert (first["build_version"], first["trained_at"], first["trained_until"]) == (
        "4.2",
        T0,
        date(2019, 8, 5),
    )


def test_a_file_conditioned_again_replaces_its_counts(ledger, url):
    ledger.file_conditioned(receipt(), T0)
    ledger.file_conditioned(receipt(accepted={"shipments": 9}, rejected={}, superseded=1), T0 + 2 * MINUTE)
    ledger.file_conditioned(receipt(), T0 + MINUTE)  # comes late
    (file,) = rows(url, schema.data_quality)
    assert (file["accepted"], file["rejected"], file["arrived_at"]) == (9, 0, T0)
    assert rows(url, schema.data_quality_rejects) == []


def test_late_sources_are_told(ledger, url, story):
    ledger.versions_published(story.versions(), date(2019, 8, 5), ["promotions"], T0)
    ledger.versions_published(story.versions(), date(2019, 8, 5), [], T0 - MINUTE)
    assert {row["source"]: row["late"] for row in rows(url, schema.readiness)} == {
        "promotions": True,
        "shipments": False,
    }


def test_the_same_alert_on_the_same_day_is_one(ledger, url):
    for at in (T0, T0 + MINUTE, T0 + timedelta(days=1)):
        ledger.alert("poison", "raw/shipments/x.csv", "it was tried five times", at)
    assert [row["raised_at"] for row in rows(url, schema.alerts)] == [T0, T0 + timedelta(days=1)]


def write_cells(url: str, worker: int, start) -> None:
    ledger = Ledger(url)
    ledger.create()
    start.wait()
    for number in range(5):
        story = Story(run=f"r{number}", cells=tuple(f"m{w}.large" for w in range(8)))
        ledger.cell_ended(story.plan, story.outcome(f"m{worker}.large"), story.steps(), T0)
        ledger.alert("test", f"{worker}", f"{number}", T0)
    ledger.close()


def test_eight_processes_at_a_time_lose_no_row(url):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.ledger", "tests.monitor.conftest"])
    start = context.Barrier(8)
    workers = [context.Process(target=write_cells, args=(url, n, start)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 8
    cells = rows(url, schema.cells)
    assert sum(row["status"] == "published" for row in cells) == 40
    assert len(rows(url, schema.runs)) == 5
    assert len(rows(url, schema.steps)) == 40 * 9
    assert len(rows(url, schema.alerts)) == 40


def test_threads_share_a_ledger(ledger, url):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.alert("test", "x", str(n), T0), range(200)))
    assert len(rows(url, schema.alerts)) == 200


def test_what_the_tables_refuse_is_an_error_at_once(ledger, story):
    waits = []
    ledger._pause = waits.append
    lost = story.step("training", "train", rows_in=10, rows_out=8, quarantined={"twice": 1})
    with pytest.raises(LedgerError, match="CHECK constraint failed") as caught:
        ledger.cell_ended(story.plan, story.outcome(), [lost], T0)
    assert not isinstance(caught.value, LedgerUnavailable)
    assert waits == []
    assert ledger.run("weekly-1") is None, "nothing of the transaction stays"


def test_a_database_that_stays_busy_is_unavailable(url):
    keeper, waits = Ledger(url), []
    keeper.create()
    engine = create_engine(url, connect_args={"timeout": 0})
    impatient = Ledger(engine, pause=waits.append)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="locked"):
            impatient.alert("a", "b", "c", T0)
        connection.rollback()
    assert len(waits) == 5
    impatient.alert("a", "b", "c", T0)
    engine.dispose()
    keeper.close()


def test_two_that_insert_the_same_row_at_once_both_succeed(url, story):
    """The second finds the row only after its own look: as on SQL Server, where writers do not queue."""
    ledger = Ledger(url)
    ledger.create()
    rival = Ledger(url)
    engine = ledger._engine
    seen = []

    def insert_first(conn, cursor, statement, *_rest):
        if statement.startswith("INSERT INTO alerts") and not seen:
            seen.append(statement)
            cursor.execute("COMMIT")
            rival.alert("a", "b", "c", T0)
            cursor.execute("BEGIN IMMEDIATE")

    event.listen(engine, "before_cursor_execute", insert_first)
    ledger.alert("a", "b", "c", T0)
    assert seen
    assert len(rows(url, schema.alerts)) == 1
    ledger.close()
    rival.close()


def test_a_moment_without_a_zone_is_refused(ledger):
    with pytest.raises(LedgerError, match="zone"):
        ledger.alert("a", "b", "c", datetime(2019, 8, 12))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mssql+mssqlpython://app:secret@server/ledger", "password"),
        ("mssql+mssqlpython://server/ledger?PWD=secret", "password"),
        ("mssql+pyodbc://server/ledger", "not known"),
        ("postgresql://server/ledger", "not known"),
    ],
)
def test_an_address_that_is_not_for_us_is_refused(url, problem):
    with pytest.raises(SettingsError, match=problem) as caught:
        Ledger(url)
    assert "secret" not in str(caught.value)
