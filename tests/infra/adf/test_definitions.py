"""The definitions hold together: properties that each type needs, names that exist, expressions that can be read."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.adf.expressions import FUNCTIONS, TOKEN
from tests.infra.adf.player import ADF, seconds

ROUTES = {
    "runs": re.compile(r"runs"),
    "runs/{id}/cancel": re.compile(r"@concat\('runs/', [\w().]+, '/cancel'\)"),
    "conditioning/{source}/replay": re.compile(r"@concat\('conditioning/', [\w().]+, '/replay'\)"),
}
FUNCTIONS_OF_THE_APP = ADF.parents[1] / "tests" / "conformance" / "functions.json"
NEEDED = {
    "AzureFunctionActivity": {"functionName", "method", "body"},
    "WebActivity": {"method", "url"},
    "WebHook": {"method", "url", "body", "timeout"},
    "Until": {"expression", "timeout", "activities"},
    "IfCondition": {"expression"},
    "Wait": {"waitTimeInSeconds"},
    "SetVariable": {"variableName", "value"},
    "Fail": {"message", "errorCode"},
    "ExecutePipeline": {"pipeline", "waitOnCompletion"},
}
SECRETS = ("statusQueryGetUri", "Read the key').output")
CONDITIONS = {"Succeeded", "Failed", "Completed", "Skipped"}
PIPELINES = {path.stem: json.loads(path.read_text()) for path in sorted((ADF / "pipelines").glob("*.json"))}
TRIGGERS = {path.stem: json.loads(path.read_text()) for path in sorted((ADF / "triggers").glob("*.json"))}
SERVICES = {
    path.stem: json.loads(path.read_text()) for path in sorted((ADF / "linked_services").glob("*.json"))
}
EVERY = PIPELINES | TRIGGERS | SERVICES


def scopes(activities: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    yield activities
    for activity in activities:
        about = activity["typeProperties"]
        for inner in ("activities", "ifTrueActivities", "ifFalseActivities"):
            if inner in about:
                yield from scopes(about[inner])


def activities(pipeline: str) -> list[dict[str, Any]]:
    found = scopes(PIPELINES[pipeline]["properties"]["activities"])
    return [activity for scope in found for activity in scope]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def references(pipeline: str, kind: str) -> set[str]:
    pattern = {
        "activity": r"activity\('([^']+)'\)",
        "variables": r"variables\('([^']+)'\)",
        "parameters": r"pipeline\(\)\.parameters\.(\w+)",
        "globals": r"pipeline\(\)\.globalParameters\.(\w+)",
    }[kind]
    said = texts(PIPELINES[pipeline]["properties"]["activities"])
    return {name for text in said for name in re.findall(pattern, text)}


def test_files_are_named_after_what_they_define():
    assert {name: value["name"] for name, value in EVERY.items()} == {name: name for name in EVERY}
    assert set(PIPELINES) == {
        "weekly_run", "weekly_run_webhook", "run_on_arrival", "replay_conditioning", "cancel_run",
    }  # fmt: skip


def test_the_routes_are_those_that_the_worker_finds_in_the_app():
    bindings = [one for found in json.loads(FUNCTIONS_OF_THE_APP.read_text()).values() for one in found]
    assert set(ROUTES) <= {one["route"] for one in bindings if one.get("methods") == ["POST"]}


@pytest.mark.parametrize("pipeline", PIPELINES)
class TestPipeline:
    def test_activities_have_what_their_type_needs(self, pipeline):
        for activity in activities(pipeline):
            missing = NEEDED[activity["type"]] - activity["typeProperties"].keys()
            assert not missing, activity["name"]

    def test_names_are_unique_and_dependencies_lie_beside(self, pipeline):
        names = [activity["name"] for activity in activities(pipeline)]
        assert len(names) == len(set(names))
        for scope in scopes(PIPELINES[pipeline]["properties"]["activities"]):
            beside = {activity["name"] for activity in scope}
            for depends in (d for activity in scope for d in activity["dependsOn"]):
                assert depends["activity"] in beside
                assert set(depends["dependencyConditions"]) <= CONDITIONS

    def test_loops_and_conditions_are_nested_as_data_factory_allows(self, pipeline):
        for outer in activities(pipeline):
            inner = [one["type"] for scope in scopes([outer]) for one in scope][1:]
            assert not (outer["type"] in ("Until", "IfCondition") and "Until" in inner)

    def test_references_exist(self, pipeline):
        properties = PIPELINES[pipeline]["properties"]
        assert references(pipeline, "activity") <= {one["name"] for one in activities(pipeline)}
        assert references(pipeline, "variables") <= set(properties.get("variables", {}))
        assert references(pipeline, "parameters") == set(properties.get("parameters", {}))
        assert references(pipeline, "globals") <= set(
            json.loads((ADF / "global_parameters.json").read_text())
        )

    def test_parameters_are_described(self, pipeline):
        properties = PIPELINES[pipeline]["properties"]
        assert all(f"{name}" in properties["description"] for name in properties.get("parameters", {}))

    def test_expressions_use_functions_that_exist(self, pipeline):
        known = FUNCTIONS.keys() | {"activity", "variables", "pipeline"}
        said = [text for text in texts(PIPELINES[pipeline]["properties"]["activities"]) if "@" in text]
        for text in said:
            bare = re.sub(r"'(?:[^']|'')*'", "''", text)
            assert set(re.findall(r"([A-Za-z]\w*)\(", bare)) <= known, text
            assert bare.count("(") == bare.count(")"), text
            assert TOKEN.match(text.partition("@")[2].lstrip("{")), text

    def test_calls_go_to_routes_of_the_app(self, pipeline):
        for activity in (one for one in activities(pipeline) if one["type"] == "AzureFunctionActivity"):
            name = activity["typeProperties"]["functionName"]
            name = name["value"] if isinstance(name, dict) else name
            assert any(route.fullmatch(name) for route in ROUTES.values()), name
            assert activity["linkedServiceName"]["referenceName"] in SERVICES

    def test_whatever_holds_a_key_is_secured(self, pipeline):
        for activity in activities(pipeline):
            if activity["type"] in ("AzureFunctionActivity", "WebActivity"):
                assert activity["policy"]["secureOutput"], activity["name"]
            about = activity["typeProperties"]
            sent = str(about.get("url")) + str(about.get("headers"))
            if any(secret in sent for secret in SECRETS):
                assert activity["policy"]["secureInput"], activity["name"]

    def test_time_limits_can_be_read(self, pipeline):
        for activity in activities(pipeline):
            for limit in (
                activity.get("policy", {}).get("timeout"),
                activity["typeProperties"].get("timeout"),
            ):
                if isinstance(limit, str):
                    assert seconds(limit) > 0


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_triggers_start_pipelines_with_parameters_that_they_have(trigger):
    properties = TRIGGERS[trigger]["properties"]
    assert properties["runtimeState"] == "Stopped"
    for started in properties["pipelines"]:
        declared = PIPELINES[started["pipelineReference"]["referenceName"]]["properties"]["parameters"]
        given = started["parameters"].keys()
        assert given <= declared.keys()
        assert {name for name, spec in declared.items() if "defaultValue" not in spec} <= given


def test_what_the_deployment_fills_in_is_known():
    found = {name for text in texts(EVERY) for name in re.findall(r"{{(\w+)}}", text)}
    assert found == {"function_app_url", "key_vault_url", "storage_account_id"}


def test_no_key_is_written_down():
    key = SERVICES["function_app"]["properties"]["typeProperties"]["functionKey"]
    assert key["type"] == "AzureKeyVaultSecret"
    assert key["store"]["referenceName"] in SERVICES
