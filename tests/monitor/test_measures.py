"""What the ledger is told arrives in telemetry as numbers."""

import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor import measures
from monitor.ledger import Ledger
from shared.telemetry import Metric, operation
from shared.telemetry.records import Measurement, Span
from shared.telemetry.spans import _replace
from tests.monitor.conftest import receipt


class Kept:
    """An exporter that keeps what it is given."""

    log_handler: logging.Handler | None = None

    def __init__(self) -> None:
        self.numbers: list[Measurement] = []

    def export_span(self, span: Span) -> None:
        pass

    def export_measurement(self, measurement: Measurement) -> None:
        self.numbers.append(measurement)

    def flush(self, seconds: float) -> bool:
        return True

    def close(self, seconds: float) -> None:
        pass

    def said(self):
        return [(m.name.removeprefix("shelfcast."), m.value, *m.properties.values()) for m in self.numbers]


@pytest.fixture
def kept():
    exporter = Kept()
    _replace(exporter)
    yield exporter
    _replace(None)


def test_a_files_rows(kept):
    with operation("condition_shipments", "a" * 32):
        measures.say("file_conditioned", receipt(refused="empty"))
    assert kept.said() == [
        ("files_refused", 1, "shipments", "empty"),
        ("rows_accepted", 7, "shipments"),
        ("rows_rejected", 2, "shipments", "negative"),
    ]
    assert {number.operation_id for number in kept.numbers} == {"a" * 32}


def test_a_cell_with_its_jobs(kept, story):
    measures.say("cell_ended", story.plan, story.outcome(), story.steps())
    assert kept.said() == [
        ("cells_ended", 1, "published", "baseline"),
        ("jobs_ended", 1, "training", "succeeded"),
        ("job_seconds", 2700, "training", "succeeded"),
        ("jobs_ended", 1, "scoring", "succeeded"),
        ("job_seconds", 2700, "scoring", "succeeded"),
        ("forecasts_published", 9, "north-texas.large"),
        ("forecasts_quarantined", 1, "north-texas.large"),
    ]


def test_the_rest_of_a_run(kept, story):
    measures.say("versions_published", story.versions(), date(2019, 8, 5), ["promotions"])
    measures.say("models_registered", [story.model(metrics={"forecast": {"mape": 0.2}})])
    measures.say("alert", "poison", "a file", "what to do")
    measures.queued(12.0, "training")
    measures.queued(None, "training")
    measures.say("run_ended", story.summary())
    measures.say("run_started", story.plan)
    assert kept.said() == [
        ("sources_late", 1, "promotions", "2019-08-05"),
        ("models_registered", 1, "north-texas.large.slow"),
        ("mape", 0.2, "north-texas.large.slow"),
        ("alerts", 1, "poison"),
        ("queue_seconds", 12, "training"),
        ("runs_ended", 1, "succeeded", "demand"),
        ("week_age_days", (datetime.now(UTC).date() - date(2019, 8, 12)).days, story.plan.run),
    ]


def test_only_what_the_ledger_can_be_told_is_said():
    assert all(callable(getattr(Ledger, what)) for what in measures._SPEAKERS)


def test_every_metric_has_somebody_who_sends_it():
    text = Path(measures.__file__).read_text()
    elsewhere = {Metric.LEDGER_UNAVAILABLE, Metric.MODELS_STALE}
    assert [m for m in Metric if f"Metric.{m.name}" not in text and m not in elsewhere] == []
