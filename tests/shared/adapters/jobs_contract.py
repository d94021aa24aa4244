"""What every implementation of Jobs does; each gives a `Service` that knows how to make things happen behind it.

A test module subclasses `JobsContract` in a class of its own and gives the fixture `service`.
"""

from typing import Protocol

import pytest

from shared.errors import JobRefused
from shared.ports import JobRequest, Jobs, JobState, JobStatus


class Service(Protocol):
    """Whatever stands behind the jobs: it goes on only as far as a test asks it to."""

    jobs: Jobs

    def request(self, name: str, *, fails: bool = False) -> JobRequest:
        """Return a request that the service takes; the job fails where a test wants that."""
        ...

    def go_on(self, name: str, state: JobState) -> None:
        """Let the job of that name go on until it is in the state."""
        ...

    def runs(self, name: str) -> int:
        """Count how often the job of that name was started."""
        ...


def status(service: Service, name: str) -> JobStatus:
    found = service.jobs.status(name)
    assert found is not None
    return found


class JobsContract:
    """The contract; `go_on` of the service may be slow, the calls of Jobs may not."""

    def test_a_job_that_nobody_submitted_has_no_status(self, service):
        assert service.jobs.status("nobody") is None

    def test_a_submitted_job_is_queued_and_found_by_its_name(self, service):
        submitted = service.jobs.submit(service.request("one"))
        assert (submitted.name, submitted.state) == ("one", JobState.QUEUED)
        assert status(service, "one").state is JobState.QUEUED

    def test_submitted_twice_it_runs_once(self, service):
        service.jobs.submit(service.request("one"))
        service.jobs.submit(service.request("one"))
        service.go_on("one", JobState.SUCCEEDED)
        assert service.jobs.submit(service.request("one")).state is JobState.SUCCEEDED
        assert service.runs("one") == 1

    def test_it_goes_from_queued_over_running_to_its_end(self, service):
        seen = [service.jobs.submit(service.request("one")).state]
        for state in (JobState.RUNNING, JobState.SUCCEEDED):
            service.go_on("one", state)
            seen.append(status(service, "one").state)
        assert seen == [JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED]
        assert status(service, "one").service_state == "Completed"
        assert status(service, "one").detail == ""

    def test_a_job_that_fails_says_why_and_is_not_to_be_tried_again(self, service):
        service.jobs.submit(service.request("bad", fails=True))
        service.go_on("bad", JobState.FAILED)
        failed = status(service, "bad")
        assert failed.state is JobState.FAILED
        assert failed.service_state == "Failed"
        assert failed.detail
        assert not failed.retryable

    @pytest.mark.parametrize("first", [JobState.QUEUED, JobState.RUNNING])
    def test_a_cancelled_job_ends_as_cancelled(self, service, first):
        service.jobs.submit(service.request("one"))
        if first is not JobState.QUEUED:
            service.go_on("one", first)
        service.jobs.cancel("one")
        service.go_on("one", JobState.CANCELLED)
        assert status(service, "one").service_state == "Canceled"

    def test_cancelling_an_ended_job_changes_nothing(self, service):
        service.jobs.submit(service.request("one"))
        service.go_on("one", JobState.SUCCEEDED)
        service.jobs.cancel("one")
        assert status(service, "one").state is JobState.SUCCEEDED

    def test_cancelling_a_job_that_was_never_there_is_no_error(self, service):
        service.jobs.cancel("nobody")

    def test_a_pipeline_that_does_not_exist_is_refused(self, service):
        asked = service.request("one")
        with pytest.raises(JobRefused, match="pipeline"):
            service.jobs.submit(JobRequest(**{**vars(asked), "pipeline": "none"}))
        assert service.jobs.status("one") is None

    def test_an_input_too_many_is_refused(self, service):
        asked = service.request("one")
        inputs = {**asked.inputs, "surplus": "raw/x.csv"}
        with pytest.raises(JobRefused, match="surplus"):
            service.jobs.submit(JobRequest(**{**vars(asked), "inputs": inputs}))

    @pytest.mark.parametrize("text", ['North"; rm -rf "', "$HOME", "`id`", "two\nlines"])
    def test_a_text_that_a_shell_would_read_is_refused(self, service, text):
        asked = service.request("one")
        parameters = dict.fromkeys(asked.parameters, text)
        with pytest.raises(JobRefused, match="shell"):
            service.jobs.submit(JobRequest(**{**vars(asked), "parameters": parameters}))
