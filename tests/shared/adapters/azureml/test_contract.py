"""Azure ML keeps the contract of Jobs with the pipelines that are delivered, as the twin on one machine does."""

import json
from dataclasses import dataclass

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


@pytest.fixture
def azure_ml(service: FakeAzureML) -> AzureMLJobs:
    return AzureMLJobs(workspace=service.place(), compute="gpu-cluster")


class TestAzureMLJobs(JobsContract):
    @pytest.fixture
    def service(self, service: FakeAzureML) -> Subject:
        jobs = AzureMLJobs(workspace=service.place(), compute="cpu-cluster")
        return Subject(jobs=jobs, fake=service, bad=set())


@pytest.mark.parametrize("pipeline", ["training", "scoring"])
def test_the_delivered_pipelines_are_taken_with_a_folder_per_step(azure_ml, service, pipeline):
    service.workspace.computes.add("gpu-cluster")
    azure_ml.submit(request_for("w32", pipeline))
    job = service.workspace.jobs["w32"].properties
    assert set(job["outputs"]) == set(job["jobs"])
    for step, output in job["outputs"].items():
        assert output["uri"] == f"azureml://datastores/work/paths/w32/north-texas.large/{pipeline}-1/{step}"
    assert job["inputs"]["conditioned"]["uri"] == "azureml://datastores/conditioned/paths/"
    assert job["settings"]["force_rerun"] is True
    assert "cpu-cluster" not in json.dumps(job)


def test_a_node_gets_the_packages_of_the_steps_and_nothing_else(azure_ml, service):
    service.workspace.computes.add("gpu-cluster")
    azure_ml.submit(request_for("w32", "training"))
    sent = {path.partition("/")[2] for path in service.workspace.blobs}
    folder = "shelfcast/"
    packages = {path.removeprefix(folder).partition("/")[0] for path in sent}
    assert packages == {"training", "shared"}
    assert f"{folder}training/steps/train.py" in sent
    assert not [path for path in sent if "/adapters/" in path or "__pycache__" in path]
