"""What the watcher of a job knows between two looks, and what a look changes: pure rules, no waiting.

queue time    from submission to the first look that finds it running; then it has never started
run time      from there on; then it has timed out
grace         how long a job that was told to end may take for it
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from shared.messages import JobEnd, JobOutcome, Limits, Message, Pipeline, Serving
from shared.ports import JobState

GRACE = timedelta(minutes=10)


class Look(BaseModel):
    """What a look at the service shows; `state` is None where the service does not know the job, or cannot say."""

    state: JobState | None = None
    detail: str = ""
    retryable: bool = False
    logs: dict[str, str] = {}
    cancel_requested: bool = False


class JobWatch(Message):
    """A job that is watched.

    Attributes
    ----------
    ending : str or None
        The outcome that it will have, once it was told to end.
    """

    run: str
    cell: str
    index: int
    pipeline: Pipeline
    limits: Limits
    operation_id: str = ""
    serving: dict[str, Serving] | None = None
    attempt: int = 1
    name: str = ""
    output: str = ""
    submitted_at: datetime | None = None
    running_since: datetime | None = None
    ending: JobOutcome | None = None
    ending_since: datetime | None = None
    wait_seconds: float = 0

    def submitted(self, name: str, output: str, now: datetime) -> "JobWatch":
        """Return the watch of a job that has just been submitted."""
        return self._with(name=name, output=output, submitted_at=now, wait_seconds=self.limits.poll_seconds)

    def looked(self, look: Look, now: datetime) -> "JobWatch":
        """Return the watch after a look at a job that has not ended."""
        running = self.running_since or (now if look.state is JobState.RUNNING else None)
        watch = self._with(running_since=running)
        ending = watch.ending or watch._should_end(look, now)
        if ending and not watch.ending:
            return watch._with(ending=ending, ending_since=now, wait_seconds=watch.limits.poll_seconds)
        return watch

    def rested(self) -> "JobWatch":
        """Return the watch after a wait; the next one is twice as long, up to the longest."""
        return self._with(wait_seconds=min(2 * self.wait_seconds, self.limits.poll_seconds_most))

    def woken(self) -> "JobWatch":
        """Return the watch after an event: what the event was about may take a moment, so waits are short again."""
        return self._with(wait_seconds=self.limits.poll_seconds)

    def again(self) -> "JobWatch":
        """Return the watch of the next attempt, not yet submitted."""
        return JobWatch(
            **{
                name: getattr(self, name)
                for name in ("run", "cell", "index", "pipeline", "limits", "operation_id", "serving")
            },
            attempt=self.attempt + 1,
        )

    def may_try_again(self, look: Look) -> bool:
        """Tell whether another attempt may help: it failed by no fault of its own, and nobody wants it to end."""
        failed = look.state is JobState.FAILED and look.retryable
        return failed and not self.ending and self.attempt < self.limits.attempts

    def overdue(self, now: datetime) -> bool:
        """Tell whether the job was told to end, and has not within its grace."""
        return self.ending_since is not None and now - self.ending_since > GRACE

    def end(self, look: Look, now: datetime) -> JobEnd:
        """Return how it ended."""
        return self.ended(
            _outcome(look.state, self.ending), now, detail=self._why() or look.detail, logs=look.logs
        )

    def ended(
        self, outcome: JobOutcome, now: datetime, *, detail: str, logs: dict[str, str] | None = None
    ) -> JobEnd:
        """Return an end by its outcome."""
        return JobEnd(
            name=self.name,
            pipeline=self.pipeline,
            outcome=outcome,
            attempts=self.attempt,
            detail=detail,
            output=self.output,
            logs=logs or {},
            submitted_at=self.submitted_at.isoformat() if self.submitted_at else "",
            ended_at=now.isoformat(),
        )

    def _should_end(self, look: Look, now: datetime) -> JobOutcome | None:
        if look.cancel_requested:
            return "cancelled"
        if self.running_since is None:
            late = self.submitted_at and now - self.submitted_at > timedelta(
                seconds=self.limits.queue_seconds
            )
            return "never_started" if late else None
        return "timed_out" if now - self.running_since > timedelta(seconds=self.limits.run_seconds) else None

    def _why(self) -> str:
        limits = {
            "never_started": f"it waited longer than {self.limits.queue_seconds / 60:g} minutes for its compute",
            "timed_out": f"it ran longer than {self.limits.run_seconds / 60:g} minutes",
            "cancelled": "somebody cancelled it",
        }
        return limits.get(self.ending or "", "")

    def _with(self, **changes: Any) -> "JobWatch":
        return self.model_copy(update=changes)


def _outcome(state: JobState | None, ending: JobOutcome | None) -> JobOutcome:
    if state is JobState.SUCCEEDED:
        return "succeeded"
    return ending or ("cancelled" if state is JobState.CANCELLED else "failed")
