"""Declarations: described, typed, and secret where they are secrets."""

import pytest

from tests.infra.check.lint.written import SITE, faults, output, param, told


def test_parameters_outputs_and_exports_are_described():
    assert told("param a string\noutput b string = a\n") == ["1 missing-description", "2 missing-description"]
    shared = "@export()\n@description('A.')\ntype A = {\n  b: string\n}\n"
    assert told(shared) == ["4 missing-description"]


@pytest.mark.parametrize(
    ("said", "kind", "default", "expected"),
    [
        ("Required. A.", "string", "", None),
        ("Conditional. A.", "string", "'x'", None),
        ("Optional. A.", "string?", "", None),
        ("A.", "string", "", "Start it with 'Required. '"),
        ("Required. A.", "string", "'x'", "Start it with 'Optional. '"),
        ("Required. A.", "string?", "", "Start it with 'Optional. '"),
        ("Optional. A.", "string", "", "Start it with 'Required. '"),
    ],
)
def test_a_description_starts_with_whether_it_has_to_be_given(said, kind, default, expected):
    found = faults(param(said=said, kind=kind, default=default) + output("a!"))
    assert [fault.rule for fault in found] == (["description-prefix"] if expected else [])
    assert not expected or found[0].remedy.startswith(expected)


@pytest.mark.parametrize("kind", ["object", "array", "{ b: array }", "object[]"])
def test_a_type_says_what_is_in_it(kind):
    assert told(param(kind=kind) + output("string(a)")) == ["2 bare-object-type"]


def test_a_secret_has_no_default():
    assert told(
        "@secure()\n" + param(said="Optional. A.", default="'hunter2'") + SITE.replace("'n'", "a")
    ) == ["3 secure-default"]
    assert told("@secure()\n" + param(said="Optional. A.", default="''") + SITE.replace("'n'", "a")) == []


@pytest.mark.parametrize("name", ["adminPassword", "connectionString", "clientSecret", "storageAccountKey"])
def test_a_secret_by_name_is_kept_secret(name):
    assert told(param(name) + SITE.replace("'n'", name)) == ["2 unsecured-secret"]


@pytest.mark.parametrize("name", ["secretName", "secretUri", "passwordLength", "vaultName"])
def test_what_is_about_a_secret_is_none(name):
    assert told(param(name) + SITE.replace("'n'", name)) == []


@pytest.mark.parametrize(
    "text",
    [
        output("site.listKeys().key") + SITE,
        output("listKeys('id', '2026-01-01').key"),
        "@secure()\n" + param() + output("'x${a}'"),
        "@secure()\n" + param() + "var b = { c: a }\n" + output("b.c"),
    ],
)
def test_an_output_tells_no_secret(text):
    assert [fault.rule for fault in faults(text)] == ["secret-in-output"]
    assert told(text.replace("@description('It.')", "@secure()\n@description('It.')")) == []
