"""Submits jobs to the runner of this machine, and asks how they are: what the app uses in place of Azure ML."""

import re
from dataclasses import replace
from pathlib import Path

from local.jobs.pipeline import PIPELINES, read_pipeline
from local.jobs.queue import NOT_RESPONDING, Queue
from shared.errors import JobRefused
from shared.ports import JobRequest, JobState, JobStatus

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")


class LocalJobs:
    """Jobs on this machine; usable from any process, at the same time as others.

    Parameters
    ----------
    folder : Path
        The runner's folder.
    pipelines : Path
        Where the pipelines' YAML files lie.
    """

    def __init__(self, folder: Path, pipelines: Path = PIPELINES) -> None:
        self._queue = Queue(folder)
        self._pipelines = pipelines

    def submit(self, request: JobRequest) -> JobStatus:
        """Queue the job, or find the one of that name; see Jobs."""
        if not NAME.fullmatch(request.name):
            raise JobRefused(f"{request.name!r} is no name of a job: give letters, digits, - and _")
        read_pipeline(request.pipeline, self._pipelines).check(request)
        self._queue.add(request)
        found = self.status(request.name)
        assert found is not None, "a job was just added"
        return found

    def status(self, name: str) -> JobStatus | None:
        """Return the status of a job, or None where there is none."""
        found = self._queue.find(name)
        if found is None:
            return None
        status = found.status
        if status.state is JobState.RUNNING and self._queue.silent():
            return replace(status, service_state=NOT_RESPONDING)
        return status

    def cancel(self, name: str) -> None:
        """Ask for the job's end; one that waits ends at once."""
        self._queue.cancel(name)
