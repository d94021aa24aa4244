"""What expressions are worth."""

from pathlib import Path

import pytest

from infra.check.model import Unknown
from tests.infra.check.evaluate.small import SUBSCRIPTION, graph_of, only_fault, value_of

STORE = """
resource st 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'lake'
  kind: 'StorageV2'
  properties: { list: [ { a: 1 } ], nothing: null }
}
"""
LAKE = f"{SUBSCRIPTION}/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/lake"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("'a' =~ 'A' && 'a' != 'A'", True),
        ("'a' !~ 'A'", False),
        ("'a' < 'b'", True),
        ("null ?? 'b'", "b"),
        ("1 == '1'", False),
        ("[1, 2] == [1, 2]", True),
        ("false && fail('no')", False),
        ("true || fail('no')", True),
        ("true ? 1 : fail('no')", 1),
        ("{ a: 1 }.a", 1),
        ("{ a: { b: null } }.?a.b", None),
        ("{ a: 1 }.?x.y.z", None),
        ("{ a: 1 }.?x[0].y ?? 'none'", "none"),
        ("[1, 2, 3][^1]", 3),
        ("[1, 2][?7]", None),
        ("{ 'a-b': 1 }['a-b']", 1),
        ("'${1 + 1}-${true}-${null}-${[1]}'", "2-true--[1]"),
        ("{ ...{ a: 1, b: 1 }, b: 2 }", {"a": 1, "b": 2}),
        ("[ 0, ...[1, 2] ]", [0, 1, 2]),
        ("{ '${'k'}${1}': 1 }", {"k1": 1}),
        ("[for (x, i) in ['a', 'b']: '${x}${i}']", ["a0", "b1"]),
        ("[for i in range(1, 3): i * i]", [1, 4, 9]),
        ("map(range(0, 2), i => { n: i })", [{"n": 0}, {"n": 1}]),
    ],
)
def test_values(tmp_path: Path, expression: str, value: object) -> None:
    assert value_of(tmp_path, expression) == value


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("st.id", LAKE),
        ("st.name", "lake"),
        ("st.type", "Microsoft.Storage/storageAccounts"),
        ("st.apiVersion", "2024-01-01"),
        ("st.kind", "StorageV2"),
        ("st.properties.list[0].a", 1),
    ],
)
def test_what_is_known_of_a_resource(tmp_path: Path, expression: str, known: str) -> None:
    assert value_of(tmp_path, expression, STORE) == known


@pytest.mark.parametrize(
    ("expression", "text", "secure"),
    [
        ("st.properties.primaryEndpoints.blob", f"{LAKE}.properties.primaryEndpoints.blob", False),
        ("st.properties.nothing", f"{LAKE}.properties.nothing", False),
        ("st.properties.list[0].id", f"{LAKE}.properties.list[0].id", False),
        ("st.listKeys().keys[0].value", f"{LAKE}.listKeys().keys[0].value", True),
        ("listKeys(st.id, '2024-01-01').keys", f"{LAKE}.listKeys().keys", True),
        ("toLower(st.properties.x)", f"toLower({LAKE}.properties.x)", False),
        ("st.properties.x == 'a' ? 1 : 2", f"{LAKE}.properties.x == 'a' ? 1 : 2", False),
        ("!st.properties.x", f"!{LAKE}.properties.x", False),
        ("reference(st.id).x", f"{LAKE}.properties.x", False),
    ],
)
def test_what_only_azure_knows_says_what_it_is(
    tmp_path: Path, expression: str, text: str, secure: bool
) -> None:
    assert value_of(tmp_path, expression, STORE) == Unknown(text, secure)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'https://${st.properties.x}/api'", f"https://{{{LAKE}.properties.x}}/api"),
        ("'${'${st.properties.x}/a'}/b'", f"{{{LAKE}.properties.x}}/a/b"),
        ("concat('a', st.properties.x)", None),
        ("join(['a', st.properties.x], '-')", f"a-{{{LAKE}.properties.x}}"),
    ],
)
def test_texts_with_unknown_parts_show_them_in_braces(
    tmp_path: Path, expression: str, text: str | None
) -> None:
    found = value_of(tmp_path, expression, STORE)
    assert isinstance(found, Unknown)
    if text:
        assert found == Unknown(text, kind="string")


def test_secrets_stay_secret_in_everything_made_of_them(tmp_path: Path) -> None:
    before = "@secure()\nparam key string = 'x'\n"
    for expression in (
        "key",
        "'a${key}'",
        "toLower(key)",
        "[key][0]",
        "empty(key)",
        "true ? key : 'b'",
        "[key] == []",
    ):
        found = value_of(tmp_path, expression, before)
        assert isinstance(found, Unknown)
        assert found.secure, expression


def test_unknown_operands_decide_nothing_that_is_decided_anyway(tmp_path: Path) -> None:
    assert value_of(tmp_path, "st.properties.x && false", STORE) is False
    assert value_of(tmp_path, "st.properties.x || true", STORE) is True
    assert isinstance(value_of(tmp_path, "st.properties.x && true", STORE), Unknown)


@pytest.mark.parametrize(
    ("expression", "rule", "says"),
    [
        ("nothing", "undeclared-name", "`nothing`"),
        ("{ a: 1 }.b", "missing-value", "only `a`"),
        ("null!", "missing-value", "null after all"),
        ("[1][1]", "missing-value", "among 1"),
        ("'a'.b", "missing-value", "of string"),
        ("[1][true]", "wrong-type", "true"),
        ("1 + 'a'", "wrong-type", "int and string"),
        ("!1", "wrong-type", "neither true nor false"),
        ("-'a'", "wrong-type", "string"),
        ("1 ? 2 : 3", "wrong-type", "neither"),
        ("1 / 0", "wrong-value", "zero"),
        ("[ ...'a' ]", "wrong-type", "spread"),
        ("[for x in 'abc': x]", "wrong-type", "loop"),
        ("nonsense()", "unknown-function", "`nonsense`"),
        ("'a'.nonsense()", "unknown-function", "`nonsense`"),
        ("toLower(1)", "wrong-arguments", "int"),
        ("toLower()", "wrong-arguments", "0 arguments"),
        ("toLower('a', 'b')", "wrong-arguments", "2 arguments"),
        ("x => 1", "wrong-type", "lambda"),
        ("utcNow()", "not-repeatable", "utcNow()"),
        ("newGuid()", "not-repeatable", "newGuid()"),
        ("fail('too small')", "failed", "too small"),
        ("range(0, 100000)", "wrong-arguments", "100000"),
        ("padLeft('a', 999999999)", "wrong-arguments", "999999999"),
        ("readEnvironmentVariable('A')", "wrong-arguments", "parameter files"),
    ],
)
def test_faults(tmp_path: Path, expression: str, rule: str, says: str) -> None:
    fault = only_fault(graph_of(tmp_path, f"var before = 1\nvar x = {expression}\n"))
    assert (fault.rule, fault.place.line) == (rule, 2)
    assert says in fault.problem
    assert fault.remedy


def test_a_property_stands_on_its_own_line(tmp_path: Path) -> None:
    main = "var sizes = {\n  small: 1\n}\nvar text = loadTextContent('a.txt')\n"
    main += "output o object = {\n  a: sizes\n  b: text\n}\n"
    value = graph_of(tmp_path, main, a_txt="x\ny").outputs[0].value
    assert value.at("a").place.line == 6
    assert value.at("a", "small").place.line == 2
    assert value.at("b").place.line == 7


def test_one_fault_is_told_once_and_hides_no_other_property(tmp_path: Path) -> None:
    main = "var bad = 1 / 0\nvar good = {\n  a: bad\n  b: '${bad}'\n  c: 3\n}\noutput o object = good\n"
    graph = graph_of(tmp_path, main)
    assert only_fault(graph).place.line == 1
    assert graph.outputs[0].value.get("c") == 3
