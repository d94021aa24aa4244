"""The fake service, trusted by the SDK, and a pipeline of two steps."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.adapters.azureml import AzureMLJobs, Snapshot
from shared.ports import JobRequest
from tests.shared.adapters.fake_azureml import FakeAzureML
from tests.shared.adapters.fake_azureml.certificate import write_certificate

COMPONENT = """
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
type: command
name: step
inputs:
  versions: {type: uri_file}
  market: {type: string}
outputs:
  output: {type: uri_folder}
code: ./code
environment: azureml:shelfcast-training@latest
command: python -m step --versions ${{inputs.versions}} --market "${{inputs.market}}" --output ${{outputs.output}}
"""
PIPELINE = """
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
inputs:
  versions: {type: uri_file}
  market: ""
outputs:
  validate: {type: uri_folder, mode: upload}
  train: {type: uri_folder, mode: upload}
jobs:
  validate:
    type: command
    component: ./step.component
    inputs: {versions: "${{parent.inputs.versions}}", market: "${{parent.inputs.market}}"}
    outputs: {output: "${{parent.outputs.validate}}"}
  train:
    type: command
    component: ./step.component
    inputs: {versions: "${{parent.inputs.versions}}", market: "${{parent.inputs.market}}"}
    outputs: {output: "${{parent.outputs.train}}"}
"""


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def trust(certificate: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        environment.setenv("AZUREML_CURRENT_CLOUD", "AzureCloud")  # the SDK writes it; this restores it
        yield certificate


@pytest.fixture
def service(trust: Path) -> Iterator[FakeAzureML]:
    with FakeAzureML(trust).running() as service:
        yield service


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = tmp_path_factory.mktemp("installation")
    folder = root / "pipelines"
    folder.mkdir()
    (folder / "code").mkdir()
    (folder / "code" / "step.py").write_text("print('a step')\n")
    (folder / "step.component").write_text(COMPONENT)
    (folder / "training.yml").write_text(PIPELINE)
    return Snapshot(root=root, packages=("pipelines",), pipelines="pipelines")


@pytest.fixture
def jobs(service: FakeAzureML, snapshot: Snapshot) -> AzureMLJobs:
    return AzureMLJobs(workspace=service.place(), compute="cpu-cluster", snapshot=snapshot)


@pytest.fixture
def request_of() -> Callable[..., JobRequest]:
    def make(name: str = "w32-north-texas-large-training-1", **changes: object) -> JobRequest:
        facts = {
            "name": name,
            "pipeline": "training",
            "inputs": {"versions": "work/w32/versions.json"},
            "parameters": {"market": "North Texas"},
            "output": "work/w32/north-texas.large/training-1",
            "tags": {"run": "w32", "cell": "north-texas.large"},
        }
        return JobRequest(**{**facts, **changes})

    return make
