"""Azure ML keeps the contract of Jobs with the pipelines that are delivered, as the twin on one machine does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from shared.adapters.azureml import AzureMLJobs
from shared.ports import JobRequest, JobState
from tests.shared.adapters.fake_azureml import FakeAzureML, fault
from tests.shared.adapters.jobs_contract import JobsContract

WORDS = {
    JobState.RUNNING: "Running",
    JobState.SUCCEEDED: "Completed",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Canceled",
}


def request_for(name: str, pipeline: str) -> JobRequest:
    files = {"versions": "work/w32/versions.json", "profile": "work/w32/profile.yml"}
    own = {
        "training": {"previous": "work/w32/north-texas.large/previous.json"},
        "scoring": {"models": "work/w32/north-texas.large/serving"},
    }
    return JobRequest(
        name=name,
        pipeline=pipeline,
        inputs={"conditioned": "conditioned", **files, **own[pipeline]},
        parameters={"market": "North Texas", "format": "large"},
        output=f"work/w32/north-texas.large/{pipeline}-1",
        tags={"run": "w32"},
    )


@dataclass
class Subject:
    """The fake service, moved on by the contract."""

    jobs: AzureMLJobs
    fake: FakeAzureML
    bad: set[str]

    def request(self, name: str, *, fails: bool = False) -> JobRequest:
        self.bad |= {name} if fails else set()
        return request_for(name, "training")

    def go_on(self, name: str, state: JobState) -> None:
        if name in self.bad:
            self.fake.workspace.fail(name, "validate", fault("UserError", "too few weeks of history"))
        else:
            self.fake.workspace.move(name, WORDS[state], validate=WORDS[state])

    def runs(self, name: str) -> int:
        return self.fake.workspace.created("jobs", name)


@pytest.fixture(scope="module")
def subject(trust: Path) -> Iterator[Subject]:
    """One service for all tests: the code of the steps is uploaded once."""
    with FakeAzureML(trust).running() as fake:
        yield Subject(jobs=AzureMLJobs(workspace=fake.place(), compute="cpu-cluster"), fake=fake, bad=set())


class TestAzureMLJobs(JobsContract):
    @pytest.fixture
    def service(self, subject: Subject) -> Subject:
        subject.fake.workspace.forget_jobs()
        return subject


@pytest.mark.parametrize("pipeline", ["training", "scoring"])
def test_the_delivered_pipelines_are_taken_with_a_folder_per_step(subject, pipeline):
    jobs, workspace = replace(subject.jobs, compute="gpu-cluster"), subject.fake.workspace
    workspace.computes.add("gpu-cluster")
    jobs.submit(request_for(f"w32-{pipeline}", pipeline))
    job = workspace.jobs[f"w32-{pipeline}"].properties
    assert set(job["outputs"]) == set(job["jobs"])
    for step, output in job["outputs"].items():
        assert output["uri"] == f"azureml://datastores/work/paths/w32/north-texas.large/{pipeline}-1/{step}"
    assert job["inputs"]["conditioned"]["uri"] == "azureml://datastores/conditioned/paths/"
    assert job["settings"]["force_rerun"] is True
    assert "cpu-cluster" not in json.dumps(job)


def test_a_node_gets_the_packages_of_the_steps_and_nothing_else(subject):
    subject.jobs.submit(request_for("w33", "training"))
    sent = {path.partition("/")[2] for path in subject.fake.workspace.blobs}
    assert {path.split("/")[1] for path in sent} == {"training", "shared"}
    assert "shelfcast/training/steps/train.py" in sent
    assert not [path for path in sent if "/adapters/" in path or "__pycache__" in path]
