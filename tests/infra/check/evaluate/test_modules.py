"""Modules, imports, functions and types of files, and files of parameters."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.check.evaluate import evaluate
from infra.check.evaluate.functions import FUNCTIONS
from infra.check.model import Unknown
from tests.infra.check.evaluate.small import GROUP, SUBSCRIPTION, graph_of, only_fault

MODULE = """
param name string
param size int = 2
resource st 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  properties: { size: size }
}
output id string = st.id
output url string = st.properties.primaryEndpoints.blob
"""
CALL = "module m 'm.bicep' = {\n  name: 'm'\n  params: {\n    name: 'lake'\n  }\n}\n"
LAKE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lake"


def test_a_module_gives_its_outputs(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path, CALL + "output id string = m.outputs.id\noutput n string = m.name\n", m_bicep=MODULE
    )
    assert graph.faults == ()
    (made,) = graph.resources
    assert (made.module, made.id, made.body.get("properties", "size")) == (("m",), LAKE, 2)
    assert made.place.path == Path("m.bicep")
    assert {(o.module, o.name): o.value.value for o in graph.outputs if o.name != "url"} == {
        (("m",), "id"): LAKE, ((), "id"): LAKE, ((), "n"): "m",
    }  # fmt: skip


def test_a_module_is_deployed_to_its_scope(tmp_path: Path) -> None:
    main = "targetScope = 'subscription'\n" + CALL.replace("name: 'm'", "scope: resourceGroup('other')")
    (made,) = graph_of(tmp_path, main, m_bicep=MODULE).resources
    assert made.scope == f"{SUBSCRIPTION}/resourceGroups/other"


def test_a_module_in_a_loop_and_under_a_condition(tmp_path: Path) -> None:
    main = """
module ms 'm.bicep' = [for n in ['a', 'b']: {
  params: { name: n }
}]
module none 'm.bicep' = if (false) {
  params: { name: 'c' }
}
output ids string[] = [for i in range(0, 2): ms[i].outputs.id]
"""
    graph = graph_of(tmp_path, main, m_bicep=MODULE)
    assert graph.faults == ()
    assert graph.outputs[-1].value.plain() == [r.id for r in graph.resources]
    assert [r.name for r in graph.resources] == ["a", "b"]


def test_what_uses_a_module_depends_on_all_that_it_makes(tmp_path: Path) -> None:
    main = CALL + "module n 'm.bicep' = {\n  params: { name: 'other', size: length(m.outputs.id) }\n}\n"
    lake, other = graph_of(tmp_path, main, m_bicep=MODULE).resources
    assert other.depends_on == (lake.id,)
    assert lake.depends_on == ()


@pytest.mark.parametrize(
    ("main", "rule", "line"),
    [
        (CALL.replace("name: 'lake'", ""), "missing-parameter", 1),
        (CALL.replace("name: 'lake'", "name: 'lake'\n    nme: 1"), "unknown-parameter", 5),
        (CALL.replace("name: 'lake'", "name: 'lake'\n    size: 'big'"), "wrong-parameter", 5),
        (CALL + "output x string = m.outputs.ur\n", "unknown-output", 7),
        (CALL.replace("m.bicep", "none.bicep"), "missing-file", 1),
        (CALL.replace("m.bicep", "br:registry/m:1"), "module-not-local", 1),
        (CALL.replace("m.bicep", "main.bicep"), "cycle", 1),
        (CALL.replace("name: 'm'", "scope: subscription()"), "wrong-scope", 1),
    ],
)
def test_faults_of_a_call(tmp_path: Path, main: str, rule: str, line: int) -> None:
    fault = only_fault(graph_of(tmp_path, main, m_bicep=MODULE))
    assert (fault.rule, fault.place.path, fault.place.line) == (rule, Path("main.bicep"), line)


def test_null_for_a_parameter_with_a_default_is_the_default(tmp_path: Path) -> None:
    main = CALL.replace("name: 'lake'", "name: 'lake'\n    size: null")
    assert graph_of(tmp_path, main, m_bicep=MODULE).resources[0].body.get("properties", "size") == 2


# ---- imports, functions, types


LIBRARY = """
@export()
type Sizes = { small: int, large: int? }
@export()
@minLength(3)
type Label = string
@export()
var suffix = '-${base}'
var base = 'x'
@export()
func named(label Label, sizes Sizes) string => join([label, hidden(sizes.small)], ':')
func hidden(number int) string => 'n${number}'
"""


def test_imports_bring_types_variables_and_functions(tmp_path: Path) -> None:
    main = """
import { Sizes, named as call, suffix } from 'lib.bicep'
import * as lib from 'lib.bicep'
param sizes Sizes
param label lib.Label = 'abc'
output one string = call(label, sizes)
output two string = '${lib.named('xyz', sizes)}${suffix}${lib.suffix}'
"""
    graph = graph_of(tmp_path, main, "param sizes = { small: 1 }", lib_bicep=LIBRARY)
    assert graph.faults == ()
    assert [o.value.value for o in graph.outputs] == ["abc:n1", "xyz:n1-x-x"]


@pytest.mark.parametrize(
    ("main", "rule"),
    [
        ("import { base } from 'lib.bicep'\nvar x = base\n", "not-exported"),
        ("import { nothing } from 'lib.bicep'\nvar x = nothing\n", "not-exported"),
        ("import * as lib from 'lib.bicep'\nvar x = lib.base\n", "not-exported"),
        ("import * as lib from 'lib.bicep'\nvar x = lib.hidden(1)\n", "not-exported"),
        ("import * as lib from 'none.bicep'\nvar x = lib.base\n", "missing-file"),
        ("import { named } from 'lib.bicep'\nvar x = named('abc')\n", "wrong-arguments"),
        ("import { named } from 'lib.bicep'\nvar x = named(y => y, {})\n", "wrong-arguments"),
        ("func f(a int) int => a + b\nvar b = 1\nvar x = f(b)\n", "undeclared-name"),
        ("func f(a int) int => f(a)\nvar x = f(1)\n", "cycle"),
        ("func f(a int) int => a\nvar x = f('1')\n", "wrong-arguments"),
        ("var x int[] = ['1']\n", "wrong-variable"),
        ("param x Nothing = 1\n", "undeclared-name"),
        ("type A = B\ntype B = A\nparam x A = 1\n", "cycle"),
        ("type A = { b: int }\nparam x A.c = 1\n", "undeclared-name"),
        ("import { main } from 'main.bicep'\nvar x = main\n", "cycle"),
    ],
)
def test_faults_of_imports_functions_and_types(tmp_path: Path, main: str, rule: str) -> None:
    assert only_fault(graph_of(tmp_path, main, lib_bicep=LIBRARY)).rule == rule


# ---- values against types

TYPES = """
type Tree = { name: string, children: Tree[]? }
type Pair = [string, int]
type Pet = { kind: 'cat', lives: int } | { kind: 'dog' }
"""


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", "'a'", "1"),
        ("int", "1", "true"),
        ("bool", "false", "'false'"),
        ("object", "{}", "[]"),
        ("array", "[]", "{}"),
        ("string?", "null", "1"),
        ("string[]", "['a']", "['a', 1]"),
        ("'a' | 'b'", "'b'", "'c'"),
        ("1 | -1", "-1", "2"),
        ("('a' | 'b')[]", "['a']", "['c']"),
        ("[string, int]", "['a', 1]", "['a']"),
        ("{ a: int }", "{ a: 1 }", "{ b: 1 }"),
        ("{ a: int? }", "{}", "{ a: 'x' }"),
        ("{ a: 'x' | 'y'? }", "{}", "{ a: 'z' }"),
        ("{ *: int }", "{ x: 1 }", "{ x: 'a' }"),
        ("Tree", "{ name: 'a', children: [{ name: 'b' }] }", "{ name: 'a', children: [{ nam: 'b' }] }"),
        ("Tree.children[*].name", "'a'", "1"),
        ("Pet", "{ kind: 'dog' }", "{ kind: 'cow' }"),
        ("{ *: int }.*", "1", "'a'"),
        ("sys.string", "'a'", "1"),
        ("Tree.name", "'a'", "1"),
        ("Pair[1]", "1", "'a'"),
        ("resourceInput<'A.B/c@2024-01-01'>.properties", "{ x: 1 }", None),
    ],
)
def test_types(tmp_path: Path, kind: str, good: str, bad: str | None) -> None:
    main = f"{TYPES}param x {kind}\n"
    assert graph_of(tmp_path, main, f"param x = {good}").faults == ()
    if bad:
        fault = graph_of(tmp_path, main, f"\nparam x = {bad}").faults[0]
        assert (fault.rule, fault.place.path, fault.place.line) == (
            "wrong-parameter",
            Path("dev.bicepparam"),
            3,
        )
        assert "main.bicep:5" in fault.remedy


@pytest.mark.parametrize(
    ("limit", "kind", "good", "bad"),
    [
        ("@allowed(['a', 'b'])", "string", "'a'", "'c'"),
        ("@allowed(['a', 'b'])", "array", "['a']", "['a', 'c']"),
        ("@minLength(2)", "string", "'ab'", "'a'"),
        ("@maxLength(2)", "array", "[1, 2]", "[1, 2, 3]"),
        ("@minValue(2)", "int", "2", "1"),
        ("@maxValue(2)", "int", "2", "3"),
    ],
)
def test_limits(tmp_path: Path, limit: str, kind: str, good: str, bad: str) -> None:
    main = f"{limit}\nparam x {kind}\n"
    assert graph_of(tmp_path, main, f"param x = {good}").faults == ()
    assert only_fault(graph_of(tmp_path, main, f"param x = {bad}")).rule == "wrong-parameter"


def test_outputs_are_held_against_their_types(tmp_path: Path) -> None:
    assert only_fault(graph_of(tmp_path, "output x int = 'a'\n")).rule == "wrong-output"


def test_secret_parts_of_parameters_are_hidden(tmp_path: Path) -> None:
    main = """
type Login = {
  user: string
  @secure()
  password: string
}
param logins Login[]
output users array = logins
"""
    graph = graph_of(tmp_path, main, "param logins = [{ user: 'me', password: 'secret' }]")
    login = graph.outputs[0].value.at(0)
    assert login.get("user") == "me"
    assert login.get("password") == Unknown("parameter logins[].password", secure=True)
    assert "secret" not in str(graph)


# ---- files of parameters


def test_parameter_files_compute_values(tmp_path: Path) -> None:
    main = "param a string\nparam b string\nparam c int = 3\n"
    given = "var base = 'x'\nparam a = '${base}y'\nparam b = readEnvironmentVariable('WHO', 'nobody')\n"
    graph = graph_of(tmp_path, main, given)
    assert graph.faults == ()
    assert {name: node.value for name, node in graph.parameters.items()} == {"a": "xy", "b": "nobody", "c": 3}
    paths = tmp_path / "main.bicep", tmp_path / "dev.bicepparam"
    graph = evaluate(*paths, tmp_path, variables={"WHO": "me"})
    assert graph.parameters["b"].value == "me"


def test_the_environment_of_the_machine_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHO", "me")
    graph = graph_of(tmp_path, "param a string\n", "param a = readEnvironmentVariable('WHO')")
    assert graph.parameters["a"].value == Unknown("environment variable WHO")


@pytest.mark.parametrize(
    ("main", "given", "rule", "file"),
    [
        ("param a string\n", "", "missing-parameter", "dev.bicepparam"),
        ("param a string?\n", "param b = 1", "unknown-parameter", "dev.bicepparam"),
        ("param a string?\n", "param a = nothing", "undeclared-name", "dev.bicepparam"),
        ("param a string = utcNow()\n", "", "not-repeatable", "main.bicep"),
        ("param a string?\n", "param a = ", "syntax", "dev.bicepparam"),
    ],
)
def test_faults_of_parameters(tmp_path: Path, main: str, given: str, rule: str, file: str) -> None:
    fault = only_fault(graph_of(tmp_path, main, given))
    assert (fault.rule, fault.place.path) == (rule, Path(file))


def test_parameters_of_another_template_are_refused(tmp_path: Path) -> None:
    graph_of(tmp_path, "")
    (tmp_path / "dev.bicepparam").write_text("\nusing 'other.bicep'\n")
    fault = only_fault(evaluate(tmp_path / "main.bicep", tmp_path / "dev.bicepparam", tmp_path))
    assert (fault.rule, fault.place.line) == ("wrong-template", 2)


# ---- anything at all

NAMES = st.sampled_from(["a", "b", "c", "st", "m"])
ATOMS = st.one_of(
    NAMES,
    st.integers(-3, 9).map(str),
    st.sampled_from(["'x'", "true", "null", "[]", "{}", "st.id", "m.outputs.a"]),
)
LAMBDAS = st.sampled_from(["x => x", "(x, y) => x == y", "() => 1", "(x, y) => [x, y]", "x => x.a"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "/", "%", "==", "&&", "??", "<", "=~"]), inner).map(" ".join),
        st.tuples(inner, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts)),
        inner.map("!{}".format), inner.map("'a${{{}}}'".format), inner.map("[{}]".format),
        inner.map("{{ a: {} }}".format),
        inner.map("({}).?a".format), inner.map("({})[0]".format), inner.map("map({}, a => a)".format),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(inner | LAMBDAS, max_size=3).map(", ".join)).map(
            lambda parts: "{}({})".format(*parts)
        ),
    ),
    max_leaves=6,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.lists(EXPRESSIONS, min_size=3, max_size=3), EXPRESSIONS, st.booleans())
def test_whatever_is_written_gives_a_graph(
    tmp_path: Path, values: list[str], name: str, wanted: bool
) -> None:
    main = "".join(f"var {key} = {value}\n" for key, value in zip("abc", values, strict=True))
    main += f"resource st 'A.B/c@2024-01-01' = if ({str(wanted).lower()}) {{\n  name: {name}\n  x: b\n}}\n"
    main += f"module m 'm.bicep' = {{\n  params: {{ a: {values[0]} }}\n}}\noutput o object = m\n"
    files = {"m_bicep": "param a object = {}\noutput a object = a\n"}
    first, second = graph_of(tmp_path, main, **files), graph_of(tmp_path, main, **files)
    assert first == second
    assert all(fault.place.line >= 1 and fault.remedy for fault in first.faults)
