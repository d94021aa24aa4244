"""The scoring pipeline as a component of the workspace."""

import pytest

from shared.adapters.azureml import Snapshot
from shared.adapters.azureml.published import PublishedPipelines
from shared.errors import JobsUnavailable

TAGS = {"code": "c0de", "pipeline": "5f2c81d0"}


@pytest.fixture
def pipelines(service):
    return PublishedPipelines(workspace=service.place())


def test_the_scoring_pipeline_is_a_component_with_its_steps(pipelines, service):
    for _ in range(2):
        pipelines.publish("5f2c81d0", TAGS)

    listed = service.workspace.asset("components", "shelfcast_scoring", "5f2c81d0")["properties"]
    spec = listed["componentSpec"]
    assert list(spec["jobs"]) == ["validate", "score", "validate_results", "publish"]
    assert spec["inputs"]["market"] == {"type": "string"}
    assert spec["inputs"]["models"]["type"] == "uri_folder"
    assert spec["type"] == "pipeline"
    assert listed["tags"] == TAGS
    assert service.workspace.created("components", "shelfcast_scoring:5f2c81d0") == 1


def test_a_service_that_is_down_is_unavailable(pipelines, service):
    service.plan("answer", status=503, path="/components/", times=1000)
    with pytest.raises(JobsUnavailable):
        pipelines.publish("5f2c81d0", TAGS)


def test_the_installation_itself_is_left_as_it_is(pipelines):
    before = sorted(Snapshot().root.glob("training/pipelines/*"))
    pipelines.publish("5f2c81d0", TAGS)
    assert sorted(Snapshot().root.glob("training/pipelines/*")) == before
