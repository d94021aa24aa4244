"""What Data Factory shows at the end of each pipeline: the run came out, failed, took too long, was cancelled."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Timer

import pytest

from tests.infra.adf.app import KEY, App, serving
from tests.infra.adf.player import Factory

PARTIAL = {"run": "r1", "status": "partial", "failures": ["ohio-large: training failed"]}


@pytest.fixture
def app() -> Iterator[App]:
    with serving(App()) as running:
        yield running


@pytest.fixture
def factory(app) -> Factory:
    return Factory(function_app=app.url, key=KEY, clock=0.0005)


class TestWeeklyRun:
    def test_success(self, app, factory):
        shown = factory.play("weekly_run", {"markets": ["Ohio"], "week": "2019-08-05"}, run_id="r1")
        assert (shown.status, shown.message) == ("Succeeded", "")
        assert app.asked == [
            ("/api/runs", {"id": "r1", "kind": "both", "markets": ["Ohio"], "formats": [],
                           "week": "2019-08-05", "force": False}),
        ]  # fmt: skip
        assert shown.statuses("Look") == ["Succeeded"] * 2
        assert shown.statuses("Cancel the run") == ["Skipped"]

    def test_nothing_to_do_is_a_success(self, app, factory):
        app.output["status"] = "skipped"
        assert factory.play("weekly_run", {}, run_id="r1").status == "Succeeded"

    def test_some_cells_failed(self, app, factory):
        app.output = PARTIAL
        shown = factory.play("weekly_run", {}, run_id="r1")
        assert shown.status == "Failed"
        assert "Run r1 ended as Completed partial" in shown.message
        assert "ohio-large: training failed" in shown.message

    def test_a_failed_instance_answers_500_and_is_told(self, app, factory):
        app.runtime_status, app.output = "Failed", "no cell came out"
        shown = factory.play("weekly_run", {}, run_id="r1")
        assert shown.status == "Failed"
        assert "Run r1 ended as Failed" in shown.message
        assert "no cell came out" in shown.message
        assert app.cancelled == set()

    def test_a_terminated_instance_is_no_success_though_it_answers_200(self, app, factory):
        app.runtime_status, app.output = "Terminated", "by an operator"
        shown = factory.play("weekly_run", {}, run_id="r1")
        assert (shown.status, "Run r1 ended as Terminated" in shown.message) == ("Failed", True)

    def test_a_look_that_fails_is_tried_again(self, app, factory):
        app.broken_looks, app.looks = 2, 4
        assert factory.play("weekly_run", {}, run_id="r1").status == "Succeeded"

    def test_a_service_that_stays_away_is_told_apart_from_a_failed_run(self, app, factory):
        app.broken_looks = 99
        shown = factory.play("weekly_run", {}, run_id="r1")
        assert shown.status == "Failed"
        assert "ended as Unreachable" in shown.message

    def test_past_its_time_limit_the_run_is_cancelled(self, app, factory):
        app.looks = 0
        shown = factory.play("weekly_run", {"time_limit": "0.00:05:00"}, run_id="r1")
        assert shown.status == "Failed"
        assert "Run r1 had not ended after 0.00:05:00; it is being cancelled." in shown.message
        assert shown.statuses("Until it has ended") == ["Failed"]
        assert app.cancelled == {"r1"}

    def test_a_run_that_is_refused(self, factory):
        shown = factory.play("weekly_run", {"markets": ["Atlantis"]}, run_id="r1")
        assert shown.status == "Failed"
        assert "'Atlantis' is unknown" in shown.message
        assert shown.statuses("Until it has ended") == ["Skipped"]

    def test_a_wrong_key(self, app, factory):
        shown = replace(factory, key="another").play("weekly_run", {}, run_id="r1")
        assert (shown.status, "401" in shown.message) == ("Failed", True)
        assert app.asked == []

    def test_addresses_that_hold_a_key_are_not_shown(self, factory):
        shown = factory.play("weekly_run", {}, run_id="r1")
        assert "secret" not in str(shown)

    def test_cancelled_through_the_app(self, app, factory):
        app.looks = 0
        cancelling = Timer(0.1, lambda: factory.play("cancel_run", {"run": "r1"}, run_id="r2"))
        cancelling.start()
        shown = factory.play("weekly_run", {}, run_id="r1")
        cancelling.join()
        assert shown.status == "Failed"
        assert "Run r1 ended as Completed cancelled" in shown.message

    def test_cancelled_in_data_factory_nothing_more_is_done(self, app, factory):
        app.looks = 0
        cancelling = Timer(0.1, factory.cancelled.set)
        cancelling.start()
        shown = factory.play("weekly_run", {}, run_id="r1")
        cancelling.join()
        assert shown.status == "Cancelled"
        assert app.cancelled == set()


class TestWebHook:
    def test_success(self, app, factory):
        shown = factory.play("weekly_run_webhook", {}, run_id="r1")
        assert (shown.status, shown.message) == ("Succeeded", "")
        assert KEY not in str(shown)
        assert app.asked[0][1].keys() >= {"id", "callBackUri"}

    def test_failure_is_told(self, app, factory):
        app.output = PARTIAL
        shown = factory.play("weekly_run_webhook", {}, run_id="r1")
        assert shown.status == "Failed"
        assert "ohio-large: training failed" in shown.message

    def test_a_call_that_does_not_come(self, app, factory):
        app.looks = 0
        shown = replace(factory, clock=1e-6).play("weekly_run_webhook", {}, run_id="r1")
        assert shown.status == "Failed"
        assert "TimedOut" in shown.message
        assert app.cancelled == {"r1"}


class TestConditioning:
    @pytest.mark.parametrize("status", ["succeeded", "skipped", None])
    def test_a_source_is_conditioned_again(self, app, factory, status):
        app.output = {"conditioned": 3, "failures": [], **({"status": status} if status else {})}
        shown = factory.play("replay_conditioning", {"source": "shipments"}, run_id="r1")
        assert (shown.status, shown.message) == ("Succeeded", "")
        assert app.asked == [
            ("/api/conditioning/shipments/replay", {"id": "r1", "files": "*", "force": True})
        ]

    @pytest.mark.parametrize(
        "output", [{"failures": ["raw/a: broken"]}, {"failures": [], "status": "partial"}]
    )
    def test_failures_are_told(self, app, factory, output):
        app.output = output
        shown = factory.play("replay_conditioning", {"source": "shipments"}, run_id="r1")
        assert (shown.status, "Conditioning r1 ended as Completed" in shown.message) == ("Failed", True)

    def test_one_that_takes_too_long_goes_on(self, app, factory):
        app.looks = 0
        given = {"source": "shipments", "time_limit": "0.00:05:00"}
        shown = factory.play("replay_conditioning", given, run_id="r1")
        assert (shown.status, "it goes on by itself" in shown.message) == ("Failed", True)

    @pytest.mark.parametrize(
        ("folder", "file", "files"),
        [
            ("raw/shipments", "2019-08.csv", "2019-08.csv"),
            ("raw/shipments/2019", "08 [late].csv", "2019/08 [[]late].csv"),
            ("raw/shipments", 'x", "force": true, "y": "z', 'x", "force": true, "y": "z'),
        ],
    )
    def test_an_arrival_names_its_source_and_file(self, app, factory, folder, file, files):
        shown = factory.play("run_on_arrival", {"folder": folder, "file": file}, run_id="r1")
        assert shown.status == "Succeeded", shown.message
        assert app.asked == [
            ("/api/conditioning/shipments/replay", {"id": "r1-child", "files": files, "force": False})
        ]
