"""The published definitions: they are read whole, and what they say of this project's kinds of resources holds."""

import warnings
from pathlib import Path

import pytest

from infra.check.model import Resource
from infra.check.types import check_types
from infra.check.types.definitions import load
from tests.infra.check.types.catalogue import GROUP, graph, resource
from tests.infra.check.types.published import published

PIPELINES = "Microsoft.DataFactory/factories/pipelines"


@pytest.fixture(scope="module")
def definitions() -> Path:
    return published()


def pipeline(*activities: dict) -> Resource:
    return resource(
        PIPELINES, "2018-06-01", name="factory/weekly", body={"properties": {"activities": activities}}
    )


def rules(definitions: Path, *resources) -> list[str]:
    return [fault.rule for fault in check_types(graph(*resources), definitions)]


def test_every_kind_in_every_file_can_be_read(definitions):
    known = load(definitions)
    for file in sorted(definitions.glob("*/*.json")):
        book = known._books.get(f"{file.parent.name}/{file.name}")
        if book is None:
            warnings.warn(f"{file} is in no index", stacklevel=1)
            continue
        for number, entry in enumerate(book.entries):
            if not entry["$type"].startswith("Resource"):
                book.kind(number)


def test_an_activity_is_held_against_its_kind(definitions):
    wait = {"name": "Wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 5}}
    dynamic = {
        "name": "Wait",
        "type": "Wait",
        "typeProperties": {"waitTimeInSeconds": {"value": "@x", "type": "E"}},
    }
    misspelt = {"name": "Wait", "type": "Wayt", "typeProperties": {}}
    lacking = {"name": "Wait", "type": "Wait", "typeProperties": {}}
    inner = {"name": "Until", "type": "Until", "typeProperties": {
        "expression": {"value": "@true", "type": "Expression"}, "activities": [lacking]}}  # fmt: skip
    assert rules(definitions, pipeline(wait, dynamic)) == []
    assert rules(definitions, pipeline(misspelt)) == ["wrong-value"]
    assert rules(definitions, pipeline(lacking)) == ["missing-property"]
    assert rules(definitions, pipeline(inner)) == ["missing-property"]


def test_a_role_can_be_given_on_anything(definitions):
    body = {"properties": {"roleDefinitionId": "r", "principalId": "p", "principalType": "ServicePrincipal"}}
    kind = ("Microsoft.Authorization/roleAssignments", "2022-04-01")
    places = (GROUP, "/subscriptions/0", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/x")
    assert rules(definitions, *(resource(*kind, name="g", body=body, scope=scope) for scope in places)) == []


def test_diagnostic_settings_belong_to_a_resource(definitions):
    kind = ("Microsoft.Insights/diagnosticSettings", "2021-05-01-preview")
    assert rules(definitions, resource(*kind, name="logs")) == ["wrong-scope"]
    vault = f"{GROUP}/providers/Microsoft.KeyVault/vaults/x"
    assert rules(definitions, resource(*kind, name="logs", scope=vault)) == []


def test_a_setting_of_a_site_is_known_by_its_name(definitions):
    kind = ("Microsoft.Web/sites/config", "2025-03-01")
    settings = {"properties": {"ONE": "1"}}
    assert rules(definitions, resource(*kind, name="app/appsettings", body=settings)) == []
    assert rules(definitions, resource(*kind, name="app/appsetings", body=settings)) == ["wrong-value"]
    assert rules(definitions, resource(*kind, name="app/appsettings", body={"properties": {"ONE": 1}})) == [
        "wrong-type"
    ]
