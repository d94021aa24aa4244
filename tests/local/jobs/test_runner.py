"""Jobs on one machine: the contract that Azure ML's adapter keeps too, and what happens to steps that go wrong."""

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from local.jobs.queue import Queue
from local.jobs.runner import Runner
from shared.errors import JobError
from shared.ports import JobRequest, JobState
from tests.local.jobs.twin import Twin, has_ended
from tests.shared.adapters.jobs_contract import JobsContract


class TestLocalJobs(JobsContract):
    @pytest.fixture
    def service(self, twin: Twin) -> Twin:
        return twin


def test_outputs_and_logs_of_every_step_lie_in_the_lake(twin):
    done = twin.run(twin.request("one", mood="cheerful"))
    assert done.state is JobState.SUCCEEDED, done
    assert twin.text("work/one/count/count.txt") == "40 words\n"
    assert twin.text("work/one/report/report.txt") == "40 WORDS\n"
    assert json.loads(twin.text("work/one/count/step_report.json"))["rows_out"] == 4
    assert done.logs == {"count": "work/one/logs/count.txt", "report": "work/one/logs/report.txt"}
    assert twin.text(done.logs["count"]) == "hello from cheerful\n"


def test_the_error_of_a_step_is_that_of_its_report_and_lies_in_the_lake(twin):
    failed = twin.run(twin.request("one", mood="sad"))
    assert failed.detail == "count: ValueError: I see no sense in this"
    assert not failed.retryable
    assert json.loads(twin.text("work/one/count/step_report.json"))["status"] == "failed"
    assert "I see no sense in this" in twin.text(failed.logs["count"])


def test_a_step_without_a_report_fails_with_its_exit_code_and_its_last_words(twin):
    failed = twin.run(twin.request("one", mood="out of words"))
    assert (failed.state, failed.detail) == (JobState.FAILED, "report: exit code 7. no words left")


def test_a_step_that_is_killed_may_be_tried_again(twin):
    failed = twin.run(twin.request("one", mood="killed"))
    assert failed.state is JobState.FAILED
    assert "killed by SIGKILL" in failed.detail
    assert failed.retryable


def test_a_step_that_takes_too_long_ends_with_all_that_it_started(twin):
    pid = twin.folder / "pid"
    asked = JobRequest(
        name="one", pipeline="slow", inputs={}, parameters={"pid": str(pid)}, output="work/one", tags={}
    )
    failed = twin.run(asked)
    assert (failed.detail, failed.retryable) == ("sleep: took longer than its limit of 1 s", False)
    assert has_ended(int(pid.read_text()))


def test_a_runner_that_is_not_heard_of_does_not_respond(twin, monkeypatch):
    twin.jobs.submit(twin.request("one"))
    twin.go_on("one", JobState.RUNNING)
    twin.stop()
    monkeypatch.setattr("local.jobs.queue.SILENT_SECONDS", -1.0)
    found = twin.jobs.status("one")
    assert (found.state, found.service_state) == (JobState.RUNNING, "NotResponding")


def test_a_job_whose_pipeline_is_gone_fails(twin):
    Queue(twin.folder / "jobs").add(replace(twin.request("one"), pipeline="gone"))
    failed = twin.run(twin.request("one"))
    assert (failed.service_state, failed.detail) == ("Failed", "there is no pipeline 'gone'")


def test_an_input_that_is_not_there_fails_the_job_for_good(twin):
    asked = twin.request("one", mood="cheerful")
    failed = twin.run(replace(asked, inputs={**asked.inputs, "weights": "raw/none.json"}))
    assert (failed.detail, failed.retryable) == ("BlobMissing: raw/none.json", False)


def test_a_job_goes_on_with_the_step_that_was_interrupted(twin):
    twin.jobs.submit(twin.request("one"))
    twin.go_on("one", JobState.RUNNING)
    twin.stop()
    assert twin.jobs.status("one").state is JobState.RUNNING
    twin.go_on("one", JobState.SUCCEEDED)
    assert twin.text("work/one/report/report.txt") == "40 WORDS\n"


def test_two_runners_on_one_folder_are_refused(twin):
    twin.jobs.submit(twin.request("one"))
    twin.go_on("one", JobState.RUNNING)
    with pytest.raises(JobError, match="another runner works on"):
        Runner(folder=twin.folder / "jobs", store=twin.store).serve()


def test_a_subscriber_hears_of_the_end_of_a_job(twin):
    heard = []

    class Subscriber(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Subscriber) as server:
        listening = Thread(target=lambda: [server.handle_request() for _ in range(2)])
        listening.start()
        twin.notify = (
            f"http://127.0.0.1:{server.server_port}/runtime/webhooks/EventGrid?functionName=job_completed"
        )
        twin.run(twin.request("good", mood="cheerful"))
        twin.run(twin.request("bad", mood="sad"))
        listening.join()
    assert [(event["eventType"].rpartition(".")[2], event["data"]["runId"]) for event in heard] == [
        ("RunCompleted", "good"),
        ("RunStatusChanged", "bad"),
    ]
    assert heard[0]["data"]["runTags"] == {"run": "r1"}
    assert heard[1]["data"]["runStatus"] == "Failed"
