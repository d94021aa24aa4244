"""The rules by which a job's watcher waits, ends and tries again."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.job_watch import GRACE, JobWatch, Look
from shared.messages import Limits
from shared.ports import JobState

NOON = datetime(2019, 8, 5, 12, tzinfo=UTC)
LIMITS = Limits(queue_seconds=600, run_seconds=3600, poll_seconds=30, poll_seconds_most=100, attempts=2)
QUEUED, RUNNING = Look(state=JobState.QUEUED), Look(state=JobState.RUNNING)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def watch():
    fresh = JobWatch(run="r1", cell="north.large", index=0, pipeline="training", limits=LIMITS)
    return fresh.submitted("r1-north-large-training-1", "work/r1/north.large/training-1", NOON)


def test_waits_double_up_to_the_longest(watch):
    waits = []
    for _ in range(4):
        waits.append(watch.wait_seconds)
        watch = watch.rested()
    assert waits == [30, 60, 100, 100]


def test_a_job_that_waits_too_long_for_its_compute_never_started(watch):
    watch = watch.looked(QUEUED, at(10))
    assert watch.ending is None
    watch = watch.looked(QUEUED, at(11))
    assert watch.ending == "never_started"
    end = watch.end(Look(state=JobState.CANCELLED), at(12))
    assert (end.outcome, end.detail) == ("never_started", "it waited longer than 10 minutes for its compute")


def test_the_time_in_the_queue_is_no_running_time(watch):
    watch = watch.looked(QUEUED, at(9)).looked(RUNNING, at(9.5))
    assert watch.looked(RUNNING, at(69)).ending is None
    assert watch.looked(RUNNING, at(70)).ending == "timed_out"


def test_a_cancelled_run_ends_its_job_as_cancelled_and_looks_often_again(watch):
    slow = watch.rested().rested()
    ending = slow.looked(Look(state=JobState.RUNNING, cancel_requested=True), at(5))
    assert (ending.ending, ending.wait_seconds) == ("cancelled", 30)
    assert ending.end(Look(state=JobState.CANCELLED), at(6)).outcome == "cancelled"


def test_a_job_cancelled_in_the_service_itself_is_cancelled(watch):
    assert watch.end(Look(state=JobState.CANCELLED), at(1)).outcome == "cancelled"


def test_a_job_that_succeeds_although_it_was_told_to_end_has_succeeded(watch):
    ending = watch.looked(Look(state=JobState.RUNNING, cancel_requested=True), at(5))
    assert ending.end(Look(state=JobState.SUCCEEDED), at(6)).outcome == "succeeded"


def test_a_job_that_does_not_end_when_told_to_is_overdue_after_its_grace(watch):
    ending = watch.looked(Look(state=JobState.RUNNING, cancel_requested=True), at(5))
    assert not ending.overdue(at(5) + GRACE)
    late = at(5) + GRACE + timedelta(seconds=1)
    assert ending.overdue(late)
    assert ending.end(RUNNING, late).outcome == "cancelled"


def test_only_a_failure_that_is_not_the_jobs_own_is_tried_again_and_only_so_often(watch):
    lost = Look(state=JobState.FAILED, retryable=True, detail="the node was lost")
    assert watch.may_try_again(lost)
    assert not watch.may_try_again(Look(state=JobState.FAILED, detail="no shipments"))
    again = watch.again()
    assert (again.attempt, again.name, again.submitted_at) == (2, "", None)
    second = again.submitted("r1-north-large-training-2", "work/r1/north.large/training-2", at(3))
    assert not second.may_try_again(lost)
    end = second.end(lost, at(4))
    assert (end.outcome, end.attempts, end.detail) == ("failed", 2, "the node was lost")


def test_a_job_of_which_nothing_can_be_learned_ends_with_its_queue_time(watch):
    assert watch.looked(Look(detail="the service is away"), at(11)).ending == "never_started"


def test_a_watch_survives_a_durable_boundary(watch):
    known = watch.looked(RUNNING, at(1))
    assert JobWatch.parse(known.to_json()) == known
