"""Resources held against their types as written, in branches that no environment takes."""

from pathlib import Path

import pytest

from infra.check.syntax import parse_text
from infra.check.types import check_written
from tests.infra.check.types.catalogue import write_definitions


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    return write_definitions(tmp_path_factory.mktemp("definitions"))


def faults(text: str, definitions: Path) -> list[str]:
    file = parse_text(text, Path("main.bicep"))
    assert file.faults == ()
    return [f"{fault.place.line} {fault.rule}" for fault in check_written([file], definitions)]


def shop(properties: str, head: str = "") -> str:
    start = (
        f"param city string\n{head}\nresource shop 'Example.Trade/shops@2026-01-01' = {{\n  name: 'corner'\n"
    )
    return f"{start}  location: city\n  properties: {properties}\n}}\n"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("{\n    floors: 3\n    address: { city: city }\n  }", []),
        ("{\n    floors: city\n  }", ["7 wrong-type"]),
        ("{\n    floors: city == 'A' ? 2 : 99\n  }", ["7 wrong-value"]),
        ("{\n    floors: city == 'A' ? 99 : 2\n  }", ["7 wrong-value"]),
        ("{\n    floors: city == 'A' ? 2 : city == 'B' ? 99 : 3\n  }", ["7 wrong-value"]),
        ("{\n    size: 'Smal${city}'\n    floors: '${city}'\n  }", ["8 wrong-type"]),
        ("{\n    doors: [for door in [1]: { name: door }]\n  }", ["7 wrong-type"]),
        ("{\n    address: { ...json(city) }\n  }", []),
        ("{\n    address: { ...json(city), town: city }\n  }", ["7 unknown-property"]),
        ("{\n    address: json(city)\n  }", []),
    ],
)
def test_every_branch_is_looked_at(definitions, properties, expected):
    assert faults(shop(properties), definitions) == expected


def test_variables_are_followed_to_the_line_of_the_property(definitions):
    text = shop("{\n    size: chosen\n  }", head="var chosen = 'Smal'")
    assert faults(text, definitions) == ["7 wrong-value"]


def test_a_circle_of_variables_is_not_followed_for_ever(definitions):
    assert faults(shop("{\n    size: a\n  }", head="var a = [b]\nvar b = a"), definitions) == ["8 wrong-type"]


def test_a_child_inside_its_parent_has_its_type_and_version(definitions):
    child = "{}\n  resource top 'shelves' = {\n    name: 'top'\n    kind: 'Cald'\n  }"
    assert faults(shop(child), definitions) == ["9 wrong-value"]


def test_what_is_conditional_or_looped_is_looked_at(definitions):
    text = "param n string[]\nresource shops 'Example.Trade/shop@2026-01-01' = [for x in n: if (x != '') { name: x }]"
    assert faults(text, definitions) == ["2 unknown-type"]


def read(expression: str, head: str = "") -> str:
    return f"{head}{shop('{}')}output it string = {expression}\n"


@pytest.mark.parametrize(
    "expression",
    [
        "shop.properties.address.city",
        "shop!.properties.doors[0]",
        "shop.properties.turnover",
        "shop.tags.anything",
        "shop.properties.anything.at.all",
        "shop.id",
        "map(shop.properties.doors, shop => shop.zzz)[0]",
    ],
)
def test_what_a_resource_has_can_be_read(definitions, expression):
    assert faults(read(expression), definitions) == []


@pytest.mark.parametrize(
    "expression",
    [
        "shop.propertis.size",
        "shop.properties.sise",
        "shop.properties.?address.?town",
        "'${shop!.properties.x}'",
    ],
)
def test_what_a_resource_does_not_have_cannot_be_read(definitions, expression):
    assert faults(read(expression), definitions) == ["8 unknown-property"]


def test_of_a_loop_an_index_picks_one(definitions):
    loop = "resource shops 'Example.Trade/shops@2026-01-01' existing = [for x in ['abc']: { name: x }]\n"
    assert faults(loop + "output it string = shops[0].properties.size\n", definitions) == []
    assert faults(loop + "output it string = shops[0].properties.sise\n", definitions) == [
        "2 unknown-property"
    ]


def test_a_resource_has_a_name(definitions):
    text = "resource shop 'Example.Trade/shops@2026-01-01' existing = {\n  nam: 'corner'\n}\n"
    assert faults(text, definitions) == ["1 missing-property"]
    assert faults(text.replace("nam: 'corner'", "name: 17"), definitions) == ["2 wrong-type"]
