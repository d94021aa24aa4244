"""Throttling, errors, resets, silence and refused tokens between the real SDK and the fake service."""

import time

import pytest

from shared.adapters.azureml import AzureMLJobs
from shared.errors import JobsUnavailable

NAME = "w32-north-texas-large-training-1"


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "answer", "status": 429, "headers": {"Retry-After": "1"}},
        {"kind": "answer", "status": 429},
        {"kind": "answer", "status": 500},
        {"kind": "answer", "status": 503, "times": 3},
        {"kind": "reset", "times": 2},
        {"kind": "late_reset"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_job_is_created_once_through_trouble(jobs, service, request_of, trouble, method):
    service.plan(method=method, path=f"/jobs/{NAME}", **trouble)
    assert jobs.submit(request_of()).state == "queued"
    assert service.workspace.created("jobs", NAME) == 1


@pytest.mark.parametrize("status", [429, 502])
def test_a_job_is_cancelled_through_trouble(jobs, service, request_of, status):
    jobs.submit(request_of())
    service.plan("answer", status=status, method="POST", path="/cancel")
    jobs.cancel(NAME)
    assert service.workspace.jobs[NAME].cancellations == 1


def test_silence_is_survived(service, snapshot, request_of):
    jobs = AzureMLJobs(workspace=service.place(answer=0.3), compute="cpu-cluster", snapshot=snapshot)
    jobs.submit(request_of())
    service.plan("silence", method="GET", path=f"/jobs/{NAME}")
    assert jobs.status(NAME).state == "queued"


def test_a_token_that_expired_is_replaced(jobs, service, request_of):
    jobs.submit(request_of())
    service.expire_tokens()
    service.workspace.move(NAME, "Completed", validate="Completed")
    assert jobs.status(NAME).state == "succeeded"
    service.expire_tokens()
    jobs.submit(request_of("another"))
    assert service.workspace.created("jobs", "another") == 1


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_service_that_stays_unavailable_is_said_to_be(jobs, service, request_of, status):
    service.plan("answer", status=status, path="/jobs/", times=1000)
    for call in (lambda: jobs.submit(request_of()), lambda: jobs.status(NAME), lambda: jobs.cancel(NAME)):
        with pytest.raises(JobsUnavailable, match=str(status)):
            call()


def test_an_answer_that_is_no_json_is_unavailable(jobs, service):
    service.plan("garbage", path="/jobs/", times=1000)
    with pytest.raises(JobsUnavailable):
        jobs.status(NAME)


def test_nobody_at_the_address_is_unavailable(service, snapshot, request_of):
    jobs = AzureMLJobs(workspace=service.place(), compute="cpu-cluster", snapshot=snapshot)
    service.plan("reset", times=1000)
    with pytest.raises(JobsUnavailable):
        jobs.submit(request_of())


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "answer", "status": 429, "headers": {"Retry-After": "300"}},
        {"kind": "silence"},
    ],
    ids=str,
)
def test_a_call_ends_within_its_time(service, snapshot, trouble):
    jobs = AzureMLJobs(workspace=service.place(total=1, answer=0.4), compute="cpu-cluster", snapshot=snapshot)
    service.plan(times=1000, **trouble)
    began = time.monotonic()
    with pytest.raises(JobsUnavailable):
        jobs.status(NAME)
    assert time.monotonic() - began < 10


def test_a_history_that_is_down_hides_no_end(jobs, service, request_of):
    jobs.submit(request_of())
    service.plan("answer", status=503, path="/history/", times=1000)
    service.workspace.move(NAME, "Running", validate="Queued")
    assert jobs.status(NAME).state == "running"
    service.workspace.move(NAME, "Completed")
    assert jobs.status(NAME).state == "succeeded"
    service.workspace.move(NAME, "Failed")
    failed = jobs.status(NAME)
    assert (failed.state, failed.retryable) == ("failed", True)
    assert failed.detail.startswith("why it failed is not known. Azure ML is not available (503)")
