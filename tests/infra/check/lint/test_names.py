"""Names: declared once, used, and there where they are used."""

import pytest

from tests.infra.check.lint.written import SITE, VAULT, faults, output, param, told


@pytest.mark.parametrize(
    "text",
    [
        output("a") + param(),
        output("[for (x, i) in range(0, 3): '${x}${i}']", "string[]"),
        output("map(range(0, 3), x => x + 1)", "int[]"),
        output("sys.toLower(f('A'))") + "func f(x string) string => '${x}!'\n",
        output("site::settings.name") + SITE.replace("}", "  resource settings 'config' = {\n    name: 'web'\n  }\n}"),
        output("az.resourceGroup().name"),
        output("site.listHostKeys().masterKey") .replace("@desc", "@secure()\n@desc") + SITE,
        "var a = b\nvar b = 'x'\n" + output("a"),
    ],
)  # fmt: skip
def test_names_that_are_declared_somewhere_are_no_fault(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        (output("citty") + param("city"), ["2 undeclared-name", "4 unused-parameter"], "Write 'city'."),
        (output("toLowr('A')"), ["2 undeclared-name"], "Write 'toLower'."),
        (output("qqqqq"), ["2 undeclared-name"], "Declare it, or import it."),
        (output("map([1], x => y)"), ["2 undeclared-name"], "Declare it"),
        (
            output("'a'", "Citty") + "type City = string\n",
            ["2 undeclared-name", "3 unused-type"],
            "Write 'City'.",
        ),
    ],
)
def test_a_name_that_nothing_declares(text, expected, said):
    assert told(text) == expected
    assert said in faults(text)[0].remedy


def test_the_names_of_a_child_are_known_inside_its_parent_only():
    inside = SITE.replace("}", "  resource one 'config' = {\n    name: 'web'\n  }\n}")
    assert told(inside + output("one.id")) == ["8 undeclared-name"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (param(), "2 unused-parameter"),
        ("var a = 1\n", "1 unused-variable"),
        ("func f(x int) int => x\n", "1 unused-function"),
        ("type A = 'a'\n", "1 unused-type"),
        (VAULT, "1 unused-resource"),
        ("import { A } from 'part.bicep'\n", "1 unused-import"),
        ("import * as part from 'part.bicep'\n", "1 unused-import"),
    ],
)
def test_what_is_used_nowhere(text, expected):
    part = "@export()\n@description('A.')\ntype A = 'a'\n"
    assert told(text, part=part) == [expected]


def test_what_is_exported_may_be_used_elsewhere():
    assert told("@export()\n@description('A.')\nvar a = 1\n") == []


def test_a_name_is_declared_once_and_a_property_given_once():
    assert told("var a = 1\nvar a = 2\n" + output("a", "int")) == ["2 duplicate-name"]
    assert told("var a = {\n  b: 1\n  b: 2\n}\n" + output("a.b", "int")) == ["3 duplicate-property"]


def test_an_output_may_be_called_like_a_parameter():
    assert told(param("it") + output("it")) == []
