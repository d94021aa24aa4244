"""Azure ML as Jobs: submit once by name, look, cancel. How errors are judged is in errors.py, states in states.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shared.adapters.azureml import states
from shared.adapters.azureml.pipelines import load_pipeline
from shared.adapters.azureml.snapshot import Snapshot
from shared.adapters.azureml.workspace import Connection, Workspace
from shared.errors import JobError, JobsUnavailable
from shared.ports import JobRequest, JobState, JobStatus

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import Job


@dataclass(frozen=True, kw_only=True)
class AzureMLJobs:
    """Pipeline jobs of a workspace.

    Attributes
    ----------
    compute : str
        Name of the workspace's compute that steps run on.
    snapshot : Snapshot
        The pipelines and the code of their steps.
    """

    workspace: Workspace
    compute: str
    snapshot: Snapshot = field(default_factory=Snapshot)

    def submit(self, request: JobRequest) -> JobStatus:
        """Start the job, or find the one of that name; see Jobs.submit."""
        with self.workspace.connect() as connection:
            client = connection.client
            job = _find(client, request.name) or self._create(client, request)
            return _status(connection, job)

    def status(self, name: str) -> JobStatus | None:
        """Return the status of a job; see Jobs.status."""
        with self.workspace.connect() as connection:
            job = _find(connection.client, name)
            return None if job is None else _status(connection, job)

    def cancel(self, name: str) -> None:
        """Ask for the job's end; see Jobs.cancel."""
        with self.workspace.connect() as connection:
            _cancel(connection.client, name)

    def _create(self, client: "MLClient", request: JobRequest) -> "Job":
        """Create the job; whatever goes wrong, one of that name that is there now is the job.

        Somebody else may have created it since, or the service's first answer may have been lost on its way.
        """
        from shared.adapters.azureml.errors import SDK_ERRORS

        job = load_pipeline(request, folder=self.snapshot.staged_pipelines(), compute=self.compute)
        try:
            return client.jobs.create_or_update(job)
        except SDK_ERRORS:
            found = _find(client, request.name)
            if found is None:
                raise
            return found


def _find(client: "MLClient", name: str) -> "Job | None":
    from azure.core.exceptions import ResourceNotFoundError

    try:
        return client.jobs.get(name)
    except ResourceNotFoundError:
        return None


def _cancel(client: "MLClient", name: str) -> None:
    """Cancel without waiting for the end; a job that ended meanwhile is refused by the service, which is as good."""
    from shared.adapters.azureml.errors import SDK_ERRORS, translate

    if _is_over(client, name):
        return
    try:
        client.jobs.begin_cancel(name, polling=False, retry_on_methods=frozenset({"POST"}))
    except SDK_ERRORS as exc:
        if not _is_over(client, name):
            raise JobsUnavailable(str(translate(exc))) from exc


def _is_over(client: "MLClient", name: str) -> bool:
    job = _find(client, name)
    return job is None or states.state_of(_word(job)).ended


def _word(job: "Job") -> str:
    """Return the service's word; the SDK has an enumeration of those it knows."""
    return str(getattr(job.status, "value", job.status))


def _status(connection: Connection, job: "Job") -> JobStatus:
    """Return the job's status with what its steps tell: whether any has begun, why it failed, where their logs are."""
    word = _word(job)
    state, page, name = states.state_of(word), _page(job), str(job.name)
    if state is JobState.QUEUED:
        return JobStatus(name=name, state=state, service_state=word, logs=page)
    if state is JobState.FAILED:
        return _failed(connection, name, word, page)
    steps = _steps_or_none(connection, name)
    if state is JobState.RUNNING and steps is not None and states.waits_for_node(steps):
        state, word = JobState.QUEUED, states.waiting_word(steps, word)
    detail = _cancel_reason(connection, name) if state is JobState.CANCELLED else ""
    logs = _logs(page, name, steps or ())
    return JobStatus(name=name, state=state, service_state=word, detail=detail, logs=logs)


def _failed(connection: Connection, name: str, word: str, page: Mapping[str, str]) -> JobStatus:
    """Return the status of a failed job.

    Where its reason is not to be had, the failure is told all the same: another attempt costs less than waiting on.
    """
    ended = JobStatus(name=name, state=JobState.FAILED, service_state=word, logs=page)
    try:
        job, steps = _run(connection, name), _steps(connection, name)
    except JobError as exc:
        return replace(ended, detail=f"why it failed is not known. {exc}", retryable=True)
    failed = states.failures(job, steps)
    return replace(
        ended,
        detail=states.why_failed(failed, job),
        retryable=states.retryable(failed),
        logs=_logs(page, name, steps),
    )


def _steps_or_none(connection: Connection, name: str) -> Sequence[states.Run] | None:
    """Return the steps' runs where they are to be had; a job that goes well needs them not."""
    try:
        return _steps(connection, name)
    except JobError:
        return None


def _cancel_reason(connection: Connection, name: str) -> str:
    try:
        return str(_run(connection, name).get("cancelationReason") or "")
    except JobError:
        return ""


def _steps(connection: Connection, name: str) -> Sequence[states.Run]:
    runs: Sequence[states.Run] = _history(connection, f"{name}/children")["value"]
    return runs


def _run(connection: Connection, name: str) -> states.Run:
    return _history(connection, name)


def _history(connection: Connection, path: str) -> Mapping[str, Any]:
    from shared.adapters.azureml.errors import translated

    with translated():
        return connection.history(path)


def _page(job: "Job") -> dict[str, str]:
    studio = (job.services or {}).get("Studio")
    return {"": str(studio.endpoint)} if studio else {}


def _logs(page: Mapping[str, str], name: str, steps: Sequence[states.Run]) -> dict[str, str]:
    """Return the pages of job and steps: a step's is the job's with the other run in it."""
    address = page.get("", "")
    own = {
        states.step_name(step): address.replace(f"/runs/{name}", f"/runs/{step['runId']}")
        for step in steps
        if address
    }
    return {**page, **own}
