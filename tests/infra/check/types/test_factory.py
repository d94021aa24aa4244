"""Data Factory's definitions: each mistake is told on its line of the JSON file."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.check.types import check_factory
from infra.check.types.factory import FOLDER, read_json
from tests.infra.check.types.published import ROOT, published

WAIT = {"name": "Wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 5}}


@pytest.fixture(scope="module")
def definitions() -> Path:
    return published()


def told(root: Path, definitions: Path, folder: str, properties: Any, **said: Any) -> list[str]:
    file = root / FOLDER / folder / "one.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"name": "one", "properties": properties, **said}, indent=1))
    return [f"{fault.place.line} {fault.rule}" for fault in check_factory(root, definitions)]


def test_every_value_has_its_line():
    node = read_json('{\n "a": [\n  1,\n  "x"\n ],\n "b": {"c": null, "d": 1.5}\n}\n', Path("a.json"))
    assert [(path, found.place.line) for path, found in node.walk()] == [
        ((), 1), (("a",), 2), (("a", 0), 3), (("a", 1), 4), (("b",), 6), (("b", "c"), 6), (("b", "d"), 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        (WAIT, []),
        ({**WAIT, "type": "Wayt"}, ["7 wrong-value"]),
        ({**WAIT, "typeProperties": {}}, ["8 missing-property"]),
        ({**WAIT, "dependOn": []}, ["11 unknown-property"]),
        (
            {**WAIT, "dependsOn": [{"activity": "A", "dependencyConditions": ["Suceeded"]}]},
            ["15 wrong-value"],
        ),
    ],
)
def test_a_pipeline_is_held_against_its_activities(tmp_path, definitions, activity, expected):
    assert told(tmp_path, definitions, "pipelines", {"activities": [activity]}) == expected


def test_a_trigger_may_say_whether_it_runs(tmp_path, definitions):
    properties = {"type": "ScheduleTrigger", "runtimeState": "Stopped", "typeProperties": {"recurrence": {}}}
    assert told(tmp_path, definitions, "triggers", properties) == []
    assert told(tmp_path, definitions, "triggers", {**properties, "type": "SheduleTrigger"}) == [
        "4 wrong-value"
    ]


def test_a_definition_lies_in_the_folder_of_its_type(tmp_path, definitions):
    properties = {"type": "ScheduleTrigger", "typeProperties": {"recurrence": {}}}
    wrong = told(
        tmp_path, definitions, "triggers", properties, type="Microsoft.DataFactory/factories/pipelines"
    )
    assert [fault.split()[1] for fault in wrong] == ["wrong-value"]


def test_what_is_not_json_is_told(tmp_path, definitions):
    assert told(tmp_path, definitions, "pipelines", {}) == []
    (tmp_path / FOLDER / "pipelines" / "one.json").write_text('{"name": [}')
    assert [fault.rule for fault in check_factory(tmp_path, definitions)] == ["syntax"]


def test_the_definitions_of_this_repository_fit(definitions):
    assert [str(fault) for fault in check_factory(ROOT, definitions)] == []
