"""Bicep as it is written: one mistake at a time, each told on its line with what to do."""

import json
from pathlib import Path

import pytest

from infra.check.lint import lenient_configuration, lint
from infra.check.lint.configuration import CONFIGURATION, STRICT
from infra.check.model import Fault
from infra.check.syntax import parse, parse_text
from infra.check.syntax.nodes import File

SITE = "resource site 'Microsoft.Web/sites@2025-03-01' = {\n  name: 'n'\n}\n"
VAULT = "resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {\n  name: 'v'\n}\n"


def read(text: str, path: str = "main.bicep") -> File:
    file = parse_text(text, Path(path))
    assert file.faults == ()
    return file


def faults(text: str, **others: str) -> list[Fault]:
    """Lint main.bicep and other files: `part` is part.bicep, `dev_bicepparam` is dev.bicepparam."""
    files = [read(text)]
    for name, written in others.items():
        path = name.replace("_", ".") if "_" in name else f"{name}.bicep"
        files.append(read(written, path))
    return lint(files)


def told(text: str, **others: str) -> list[str]:
    return [f"{fault.place.line} {fault.rule}" for fault in faults(text, **others)]


def remedy(text: str, **others: str) -> str:
    [fault] = faults(text, **others)
    return fault.remedy


def param(name: str = "a", kind: str = "string", said: str = "Required. A.", default: str = "") -> str:
    return f"@description('{said}')\nparam {name} {kind}{default and ' = ' + default}\n"


def output(value: str, kind: str = "string") -> str:
    return f"@description('It.')\noutput it {kind} = {value}\n"


# ---- names


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


# ---- declarations


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


# ---- values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SITE.replace("'n'", "'n'\n  location: 'westeurope'"), ["3 hard-coded-location"]),
        (
            "var place = 'westeurope'\n" + SITE.replace("'n'", "'n'\n  location: place"),
            ["1 hard-coded-location"],
        ),
        (SITE.replace("'n'", "'n'\n  location: resourceGroup().location"), ["3 hard-coded-location"]),
        (SITE.replace("'n'", "'n'\n  location: 'global'"), []),
        (
            param("location", said="Optional. A.", default="'westeurope'") + output("location"),
            ["2 hard-coded-location"],
        ),
        (param("location", said="Optional. A.", default="resourceGroup().location") + output("location"), []),
    ],
)
def test_a_region_is_a_parameter(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (param() + output("'https://${a}.blob.core.windows.net/'"), ["4 hard-coded-endpoint"]),
        (output("'https://management.azure.com/'"), ["2 hard-coded-endpoint"]),
        (output("'https://schema.management.azure.com/x.json'"), []),
        (output("'notdatabase.windows.net'"), []),
        (output("'privatelink${environment().suffixes.sqlServerHostname}'"), []),
        (param(said="Required. Such as x.core.windows.net.") + output("a"), []),
    ],
)
def test_an_address_is_not_of_one_cloud(text, expected):
    assert told(text) == expected


# ---- what Azure has to know before it starts


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("func f() string => a\n" + param() + output("'${f()}${a}'"), ["1 out-of-reach"]),
        ("func f(a string) string => g(a)\nfunc g(b string) string => b\n" + param() + output("f(a)"), []),
        ("var a = 'x'\n" + param("b", said="Optional. B.", default="a") + output("b"), ["3 out-of-reach"]),
        (param("b", said="Optional. B.", default="a") + param() + output("b"), []),
    ],
)
def test_functions_and_defaults_see_a_part_of_the_names_only(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("var a = [for x in [1]: x]\n" + output("a", "int[]"), []),
        ("var a = concat([for x in [1]: x], [2])\n" + output("a", "int[]"), ["1 misplaced-loop"]),
        ("var a = true ? [for x in [1]: x] : []\n" + output("a", "int[]"), ["1 misplaced-loop"]),
        (SITE.replace("}", "  properties: { rules: [for x in [1]: { y: [for z in [1]: z] }] }\n}"), []),
        (
            SITE.replace("}", "  properties: { rules: concat([for x in [1]: x], [2]) }\n}"),
            ["3 misplaced-loop"],
        ),
    ],
)
def test_a_loop_is_a_whole_value(text, expected):
    assert told(text) == expected


# ---- what files take from each other


def test_the_braces_of_a_module_have_few_properties():
    assert told("module part 'part.bicep' = {\n  scop: 'x'\n}\n", part=output("'x'")) == [
        "2 unknown-property"
    ]
    assert remedy("module part 'part.bicep' = {\n  scop: 'x'\n}\n", part=output("'x'")) == "Write 'scope'."


def test_a_module_is_deployed_to_what_it_is_written_for():
    text = "targetScope = 'subscription'\nmodule part 'part.bicep' = {\n  SCOPE\n}\n"
    part = output("'x'")
    assert told(text.replace("SCOPE", "scope: resourceGroup('rg')"), part=part) == []
    assert told(text.replace("SCOPE", "name: 'x'"), part=part) == ["2 wrong-scope"]
    assert told(text.replace("SCOPE", "name: 'x'"), part="targetScope = 'subscription'\n" + part) == []


def test_a_secret_stays_one_where_it_is_handed_on():
    text = "@secure()\n" + param() + "module part 'part.bicep' = {\n  params: {\n    size: 'x${a}'\n  }\n}\n"
    part = param("size") + SITE.replace("'n'", "size")
    assert told(text, part=part) == ["6 secret-handed-on"]
    assert remedy(text, part=part) == "Add @secure() to 'size' there."
    assert told(text, part="@secure()\n" + part) == []


def test_a_module_is_given_what_it_needs_and_nothing_else():
    part = param("size") + param("kind", said="Optional. K.", default="'x'") + output("'${size}${kind}'")
    call = "module part 'part.bicep' = {\n  params: {\n    PARAMS\n  }\n}\n"
    assert told(call.replace("PARAMS", "size: 's'"), part=part) == []
    assert told(call.replace("PARAMS", "size: 's'\n    knd: 'x'"), part=part) == ["4 module-parameter"]
    assert remedy(call.replace("PARAMS", "size: 's'\n    knd: 'x'"), part=part) == "Write 'kind'."
    assert told(call.replace("PARAMS", "kind: 'x'"), part=part) == ["1 module-parameter"]
    assert remedy("module part 'part.bicep' = {}\n", part=part) == "Add 'size' to `params`."


def test_a_module_is_there_and_has_the_outputs_that_are_asked():
    assert told("module part 'prt.bicep' = {}\n") == ["1 unknown-file"]
    text = "module part 'part.bicep' = if (true) {}\n" + output("part!.outputs.itt")
    assert told(text, part=output("'x'")) == ["3 unknown-output"]
    assert remedy(text, part=output("'x'")) == "Write 'it'."


def test_what_is_imported_is_exported_there():
    text = "import { A } from 'part.bicep'\n" + output("'a'", "A")
    exported = "@export()\n@description('A.')\ntype A = 'a'\n"
    assert told(text, part=exported) == []
    assert remedy(text, part=exported.replace("type A", "type B")) == "Write one of: B."
    hidden = "type A = 'a'\n" + output("'a'", "A")
    assert remedy(text, part=hidden) == "Add @export() to it there."


TEMPLATE = param("a") + param("b", said="Optional. B.", default="'x'") + output("'${a}${b}'")


@pytest.mark.parametrize(
    ("dev", "expected"),
    [
        ("param a = 'x'\n", []),
        ("param b = 'x'\n", ["1 missing-parameter"]),
        ("param a = 'x'\nparam c = 'x'\n", ["3 unknown-parameter"]),
    ],
)
def test_a_parameter_file_gives_what_its_template_has(dev, expected):
    assert told(TEMPLATE, dev_bicepparam="using 'main.bicep'\n" + dev) == expected


def test_a_parameter_file_tells_no_secret():
    text = "@secure()\n" + TEMPLATE.replace("output it", "@secure()\noutput it")
    assert told(text, dev_bicepparam="using 'main.bicep'\nparam a = 'hunter2'\n") == ["2 plain-secret"]
    read_elsewhere = "using 'main.bicep'\nparam a = readEnvironmentVariable('A')\n"
    assert told(text, dev_bicepparam=read_elsewhere) == []


def test_environments_give_the_same_parameters():
    dev, prod = "using 'main.bicep'\nparam a = 'x'\n", "using 'main.bicep'\nparam a = 'y'\nparam b = 'z'\n"
    [fault] = faults(TEMPLATE, dev_bicepparam=dev, prod_bicepparam=prod)
    assert str(fault).startswith(
        "prod.bicepparam:3: uneven-parameters: 'b' is given here, and not in dev.bicepparam."
    )


# ---- the compiler's configuration


def configuration(root: Path, text: str) -> list[Fault]:
    file = root / CONFIGURATION
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return lenient_configuration(root)


def test_the_compiler_is_strict(tmp_path):
    rules = {name: {"level": "error"} for name in STRICT}
    text = json.dumps({"analyzers": {"core": {"enabled": True, "rules": rules}}}, indent=1)
    assert configuration(tmp_path, text) == []


def test_a_rule_that_does_not_stop_a_build_is_told_on_its_line(tmp_path):
    rules = {name: {"level": "error"} for name in STRICT} | {STRICT[0]: {"level": "warning"}}
    text = json.dumps({"analyzers": {"core": {"enabled": False, "rules": rules}}}, indent=1)
    off, lenient = configuration(tmp_path, text)
    assert (off.place.line, off.problem) == (3, "The linter is off.")
    assert lenient.place.line == 6
    assert STRICT[0] in lenient.problem


@pytest.mark.parametrize("text", ["{", "[]", '{"analyzers": {}}'])
def test_a_configuration_that_cannot_be_read_is_a_fault(tmp_path, text):
    assert [fault.rule for fault in configuration(tmp_path, text)] == ["lenient-compiler"]


def test_a_configuration_is_there(tmp_path):
    assert [fault.rule for fault in lenient_configuration(tmp_path)] == ["lenient-compiler"]


def test_the_files_of_this_repository_are_as_they_should_be():
    root = Path(__file__).parents[3]
    found = sorted(
        path for path in (root / "infra" / "bicep").rglob("*.bicep*") if path.name != CONFIGURATION.name
    )
    assert [
        str(fault) for fault in [*lint([parse(path, root) for path in found]), *lenient_configuration(root)]
    ] == []
