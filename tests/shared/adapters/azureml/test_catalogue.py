"""Models and data assets in Azure ML's registry."""

import pytest

from shared.adapters.azureml import AzureMLCatalogue
from shared.errors import JobRefused, JobsUnavailable
from shared.ports import ModelVersion

MODEL = ModelVersion(
    slot="north-texas.large.slow",
    version=3,
    path="models/north-texas.large.slow/3",
    tags={"build": "1.3", "wmape": 0.41, "promoted": True},
)


@pytest.fixture
def catalogue(service):
    return AzureMLCatalogue(workspace=service.place())


def test_a_model_is_listed_with_its_tags_as_text_and_its_folder_in_the_lake(catalogue, service):
    catalogue.announce(MODEL)
    listed = service.workspace.asset("models", "north-texas-large-slow", "3")["properties"]
    assert listed["modelUri"].endswith("/datastores/models/paths/north-texas.large.slow/3")
    assert listed["tags"] == {
        "build": "1.3",
        "wmape": "0.41",
        "promoted": "true",
        "slot": "north-texas.large.slow",
    }


def test_listed_twice_it_is_written_once(catalogue, service):
    catalogue.announce(MODEL)
    catalogue.announce(MODEL)
    assert service.workspace.created("models", "north-texas-large-slow:3") == 1


def test_where_a_model_stands_is_told_by_its_tags(catalogue, service):
    catalogue.announce(MODEL)
    for _ in range(2):
        catalogue.tag(MODEL, {"state": "awaiting_promotion", "state_why": "x" * 300})
    listed = service.workspace.asset("models", "north-texas-large-slow", "3")["properties"]
    assert (listed["tags"]["state"], listed["tags"]["build"]) == ("awaiting_promotion", "1.3")
    assert len(listed["tags"]["state_why"]) == 256
    assert service.workspace.created("models", "north-texas-large-slow:3") == 2


def test_a_model_that_is_not_listed_is_by_its_tags(catalogue, service):
    catalogue.tag(MODEL, {"state": "promoted"})
    listed = service.workspace.asset("models", "north-texas-large-slow", "3")["properties"]
    assert (listed["tags"]["state"], listed["tags"]["slot"]) == ("promoted", "north-texas.large.slow")


def test_one_that_somebody_lists_meanwhile_is_left_as_it_is(catalogue, service):
    service.faults.before(
        "PUT",
        "/models/",
        lambda: service.workspace.put_asset(
            "models", "north-texas-large-slow", "3", {"properties": {"modelUri": "elsewhere"}}
        ),
    )
    catalogue.announce(MODEL)
    listed = service.workspace.asset("models", "north-texas-large-slow", "3")
    assert listed["properties"]["modelUri"] == "elsewhere"


def test_dataset_versions_are_a_data_asset_by_their_digest(catalogue, service):
    for _ in range(2):
        catalogue.announce_data(
            "dataset-versions", version="5f2c81d0", path="work/w32/versions.json", tags={"run": "w32"}
        )
    listed = service.workspace.asset("data", "dataset-versions", "5f2c81d0")["properties"]
    assert listed["dataUri"].endswith("/datastores/work/paths/w32/versions.json")
    assert (listed["dataType"], listed["tags"]) == ("uri_file", {"run": "w32"})
    assert service.workspace.created("data", "dataset-versions:5f2c81d0") == 1


def test_a_registry_that_is_down_is_unavailable(catalogue, service):
    service.plan("answer", status=503, path="/models/", times=1000)
    with pytest.raises(JobsUnavailable):
        catalogue.announce(MODEL)


def test_a_model_that_is_refused_says_so(catalogue, service):
    service.plan("answer", status=400, method="PUT", path="/models/", times=1000)
    with pytest.raises(JobRefused):
        catalogue.announce(MODEL)
