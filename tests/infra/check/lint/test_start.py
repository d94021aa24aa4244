"""What Azure has to know before it starts, parents, and what waits for what."""

import pytest

from tests.infra.check.lint.written import SITE, VAULT, faults, output, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VAULT + SITE.replace("'n'", "vault.properties.vaultUri"), ["5 not-known-at-start"]),
        (VAULT + SITE.replace("'n'", "vault.name"), []),
        (VAULT + "var x = vault.properties.vaultUri\n" + SITE.replace("'n'", "x"), ["6 not-known-at-start"]),
        (VAULT + SITE.replace("= {", "= if (empty(vault.properties.vaultUri)) {"), ["4 not-known-at-start"]),
        (VAULT + SITE.replace("= {", "= [for x in vault.properties.rules: {").replace("}\n", "}]\n"),
         ["4 not-known-at-start"]),
        (VAULT + SITE.replace("}", "  properties: { x: vault.properties.vaultUri }\n}"), []),
    ],
)  # fmt: skip
def test_names_conditions_and_loops_are_known_before_the_start(text, expected):
    assert told(text) == expected


def test_a_module_tells_its_outputs_too_late_for_a_name():
    part = output("'x'")
    text = "module part 'part.bicep' = {}\n"
    assert told(text + SITE.replace("'n'", "part.outputs.it"), part=part) == ["3 not-known-at-start"]
    assert told(text + output("part.outputs.it"), part=part) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("  parent: site\n  name: 'web'\n", []),
        ("  parent: vault\n  name: 'web'\n", ["10 parent-mismatch"]),
        ("  name: 'n/web'\n", ["9 parent-by-text"]),
    ],
)
def test_a_child_refers_to_its_parent(written, expected):
    child = f"resource web 'Microsoft.Web/sites/config@2025-03-01' = {{\n{written}}}\n"
    assert told(VAULT + output("vault.name") + SITE.replace("}\n", "}\n" + child)) == expected


def test_nothing_waits_for_what_it_refers_to_anyway():
    waiting = VAULT + SITE.replace("'n'", "'n'\n  dependsOn: [vault]")
    assert told(waiting) == []
    assert told(waiting.replace("'n'", "vault.name")) == ["6 unnecessary-depends-on"]


def test_nothing_waits_for_itself():
    one = SITE.replace("'n'", "'n'\n  kind: two.name")
    two = SITE.replace("site ", "two ").replace("'n'", "'m'\n  kind: one")
    assert told(one + "var one = site.id\n" + two) == ["1 circular-dependency", "6 circular-dependency"]
    assert (
        "'site' waits for itself: site -> two -> site."
        in faults(one + "var one = site.id\n" + two)[0].problem
    )
