"""Resources held against type definitions: one mistake at a time, in a service made up for it."""

from pathlib import Path

import pytest

from infra.check.model import Fault, Resource
from infra.check.types import check_types
from tests.infra.check.types.catalogue import (
    GROUP,
    graph,
    resource,
    shop,
    unknown,
    write_definitions,
)

SHELF = "Example.Trade/shops/shelves"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    return write_definitions(tmp_path_factory.mktemp("definitions"))


def the_fault(definitions: Path, found: Resource) -> Fault:
    [fault] = check_types(graph(found), definitions)
    return fault


def test_what_the_definitions_allow_is_no_fault(definitions):
    whole = shop(
        size="Small", tier="Basic", address={"city": "A", "code": "1"}, floors=2, open=True, doors=["n"]
    )
    shelf = resource(SHELF, name="corner/top", body={"kind": "Cold", "degrees": 4})
    assert check_types(graph(whole, shelf, shop(anything={"a": [1, None]})), definitions) == []


@pytest.mark.parametrize(
    ("properties", "rule", "problem", "remedy"),
    [
        ({"sise": "Small"}, "unknown-property", "no property 'sise' in 'properties' of", "Write 'size'."),
        ({"Size": "Small"}, "unknown-property", "no property 'Size'", "Write 'size'."),
        ({"city": "A"}, "unknown-property", "no property 'city'", "Move it into 'address'."),
        ({"zzz": 1}, "unknown-property", "no property 'zzz'", "Write one of: address, anything,"),
        (
            {"address": {"code": "1"}},
            "missing-property",
            "'city' is missing in 'properties.address'",
            "Add 'city'",
        ),
        ({"address": {"city": None}}, "missing-property", "'city' is missing", "Add 'city': a text."),
        ({"size": "Smal"}, "wrong-value", "'Smal' is no value for 'properties.size'", "Write 'Small'."),
        ({"tier": "premium"}, "wrong-value", "'premium' is no value", "Write 'Premium'."),
        ({"tier": "Gold"}, "wrong-value", "'Gold' is no value", "Write one of: Basic, Premium."),
        ({"floors": "2"}, "wrong-type", "is the text '2' here", "Write a whole number."),
        ({"floors": True}, "wrong-type", "is true here", "Write a whole number."),
        ({"floors": 10}, "wrong-value", "10 is out of bounds", "Write 1 to 9."),
        ({"open": "true"}, "wrong-type", "is the text 'true' here", "Write true or false."),
        ({"open": 1}, "wrong-type", "is the number 1 here", "Write true or false."),
        ({"doors": "north"}, "wrong-type", "is the text 'north' here", "Write a list."),
        ({"doors": []}, "wrong-value", "has 0 items", "Write 1 or more items."),
        (
            {"doors": [1]},
            "wrong-type",
            "'properties.doors[0]' of Example.Trade/shops is the number 1",
            "a text",
        ),
        ({"address": []}, "wrong-type", "is a list here", "Write an object."),
        ({"address": {"city": "A", "code": "B1"}}, "wrong-value", "'B1' has characters", "^[0-9]+$"),
        ({"turnover": "1"}, "read-only-property", "set by Azure alone", "Remove it."),
        ({"password": "hunter2"}, "plain-secret", "stands here in plain text", "@secure()"),
        ({"address": unknown("string")}, "wrong-type", "is a text ({shop.properties.x}) here", "an object"),
        ({"floors": unknown("string")}, "wrong-type", "is a text", "a whole number"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_a_remedy(definitions, properties, rule, problem, remedy):
    fault = the_fault(definitions, shop(**properties))
    assert fault.rule == rule
    assert problem in fault.problem
    assert remedy in fault.remedy


def test_the_line_is_that_of_the_property(definitions):
    fault = the_fault(definitions, shop(size="Small", floors=0))
    assert str(fault).startswith("main.bicep:6: wrong-value: 0 is out of bounds")


@pytest.mark.parametrize("name", ["size", "floors", "open", "doors", "address", "password", "anything"])
def test_what_only_azure_knows_fits_everywhere(definitions, name):
    assert check_types(graph(shop(**{name: unknown()})), definitions) == []


@pytest.mark.parametrize("name", ["size", "tier", "password", "anything"])
def test_a_text_that_only_azure_knows_fits_where_texts_do(definitions, name):
    assert check_types(graph(shop(**{name: unknown("string")})), definitions) == []


def test_null_is_the_same_as_left_out(definitions):
    assert check_types(graph(shop(size=None, turnover=None, zzz=None)), definitions) == []


def test_tags_take_any_name_but_texts_only(definitions):
    found = resource(body={"location": "here", "tags": {"owner": "me", "{unknown}": 1, "weight": 3}})
    assert the_fault(definitions, found).problem == (
        "'tags.weight' of Example.Trade/shops is the number 3 here."
    )


@pytest.mark.parametrize(
    ("body", "rule", "problem"),
    [
        (
            {"kind": "Cold"},
            "missing-property",
            "'degrees' is missing in Example.Trade/shops/shelves (where 'kind'",
        ),
        (
            {"kind": "Plain", "degrees": 4},
            "unknown-property",
            "'degrees' in Example.Trade/shops/shelves (where",
        ),
        ({"kind": "Cald"}, "wrong-value", "'Cald' is no value for 'kind'"),
        ({}, "missing-property", "'kind' is missing"),
    ],
)
def test_a_discriminator_decides_what_is_asked_for(definitions, body, rule, problem):
    fault = the_fault(definitions, resource(SHELF, name="corner/top", body=body))
    assert fault.rule == rule
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("kind", "version", "rule", "remedy"),
    [
        ("Example.Trade/shop", "2026-01-01", "unknown-type", "Write 'Example.Trade/shops'."),
        ("example.trade/shops", "2026-01-01", "type-case", "Write it as 'Example.Trade/shops'."),
        ("Example.Trade/shops", "2025-01-01", "old-api-version", "Write 'Example.Trade/shops@2026-01-01'."),
        ("Example.Trade/shops", "2020-01-01", "old-api-version", "Write 'Example.Trade/shops@2026-01-01'."),
        ("Example.Trade/shops", "2026-05-01-preview", "preview-api-version", "@2026-01-01'."),
        ("Example.Trade/shops", "2025-07-07", "unknown-api-version", "@2026-01-01'."),
    ],
)
def test_a_type_and_its_version_are_known_and_recent(definitions, kind, version, rule, remedy):
    fault = the_fault(definitions, resource(kind, version, body={"location": "here"}))
    assert fault.rule == rule
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    ("name", "problem"),
    [("Corner", "has characters"), ("a", "has 1 characters, too few"), ("toolonganame", "too many")],
)
def test_a_name_fits_its_type(definitions, name, problem):
    fault = the_fault(definitions, resource(name=name, body={"location": "here"}))
    assert fault.rule == "wrong-value"
    assert problem in fault.problem
    assert "'name' of Example.Trade/shops" in fault.problem


def test_a_name_that_is_partly_unknown_may_be_right(definitions):
    assert check_types(graph(resource(name="{x}/Y", body={"location": "here"})), definitions) == []


def test_a_child_has_a_parent(definitions):
    fault = the_fault(definitions, resource(SHELF, name="top", body={"kind": "Plain"}))
    assert fault.rule == "parent-mismatch"
    assert fault.remedy.startswith("Set `parent:`")


@pytest.mark.parametrize(
    ("kind", "said", "remedy"),
    [
        ("Example.Trade/shops", {"scope": "/subscriptions/0"}, "Deploy it to a resource group"),
        ("Example.Trade/shops", {"scope": f"{GROUP}/providers/X/y/z"}, "Deploy it to a resource group"),
        ("Example.Trade/notes", {}, "Deploy it to another resource"),
        ("Example.Trade/openings", {}, "Declare it `existing`, or remove it."),
    ],
)
def test_a_resource_lies_in_a_scope_of_its_type(definitions, kind, said, remedy):
    body = {"location": "here"} if kind.endswith("shops") else {}
    fault = the_fault(definitions, resource(kind, body=body, **said))
    assert fault.rule == "wrong-scope"
    assert remedy in fault.remedy


def test_of_an_existing_resource_only_the_name_is_asked(definitions):
    assert (
        check_types(
            graph(resource(existing=True), resource("Example.Trade/openings", existing=True)), definitions
        )
        == []
    )
    assert the_fault(definitions, resource(existing=True, name="NO")).rule == "wrong-value"


def test_what_a_loop_repeats_is_told_once(definitions):
    one, two = (resource(name=name, body={"location": "here", "zzz": 1}) for name in ("one", "two"))
    assert len(check_types(graph(one, two), definitions)) == 1
