"""The functions of the language."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.check.evaluate.functions.text import unique_string
from tests.infra.check.evaluate.small import GROUP, SUBSCRIPTION, graph_of, only_fault, value_of


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("toUpper(trim(' a '))", "A"),
        ("startsWith('Abc', 'aB') && endsWith('abC', 'Bc')", True),
        ("substring('abc', 1)", "bc"),
        ("substring('abc', 1, 1)", "b"),
        ("replace('a-b', '-', '')", "ab"),
        ("split('a,b;c', [',', ';'])", ["a", "b", "c"]),
        ("split('a,b', ',')", ["a", "b"]),
        ("padLeft(7, 3, '0')", "007"),
        ("indexOf('abc', 'C')", 2),
        ("lastIndexOf('abab', 'a')", 2),
        ("indexOf([1, 2], 3)", -1),
        ("string({ a: [1, true, null] })", '{"a":[1,true,null]}'),
        ("join(['a', 'b'], '-')", "a-b"),
        ("format('{0}-{1:D3}-{{x}}', 'a', 7)", "a-007-{x}"),
        ("guid('a', 'b') == guid('a', 'b') && guid('a') != guid('b')", True),
        ("length(uniqueString('a'))", 13),
        ("base64ToString(base64('é'))", "é"),
        ("uriComponent('a b/c')", "a%20b%2Fc"),
        ("uri('https://a.b/c/', 'd')", "https://a.b/c/d"),
        ("int('12') + int(3)", 15),
        ("bool('True')", True),
        ("json('{\"a\": [1.5, null]}')", {"a": [1.5, None]}),
        ("min(3, 1, 2) + max([3, 1])", 4),
        ("length('abc') + length([1]) + length({ a: 1 })", 5),
        ("[empty(''), empty([]), empty({}), empty(null), empty('a')]", [True, True, True, True, False]),
        ("[contains('abc', 'b'), contains([1], 1), contains({ a: 1 }, 'A'), contains([1], '1')]", [True] * 3 + [False]),
        ("concat([1], [2])", [1, 2]),
        ("concat('a', 'b')", "ab"),
        ("[first([1, 2]), last([1, 2]), first([]), last('abc')]", [1, 2, None, "c"]),
        ("[take([1, 2], 1), skip([1, 2], 1), take('abc', 9)]", [[1], [2], "abc"]),
        ("array(1)", [1]),
        ("flatten([[1], [2, 3]])", [1, 2, 3]),
        ("union([1, 2], [2, 3])", [1, 2, 3]),
        ("union({ a: { b: 1 }, c: [1] }, { a: { d: 2 }, c: [2] })", {"a": {"b": 1, "d": 2}, "c": [2]}),
        ("intersection([1, 2], [2, 3])", [2]),
        ("intersection({ a: 1, b: 2 }, { a: 1, b: 3 })", {"a": 1}),
        ("shallowMerge([{ a: { b: 1 } }, { a: { c: 1 } }])", {"a": {"c": 1}}),
        ("items({ b: 1, a: 2 })", [{"key": "a", "value": 2}, {"key": "b", "value": 1}]),
        ("objectKeys({ b: 1, a: 2 })", ["a", "b"]),
        ("filter([1, 2, 3], (x, i) => x > 1 && i < 2)", [2]),
        ("map(['a'], (x, i) => '${x}${i}')", ["a0"]),
        ("reduce([1, 2, 3], 0, (sum, x) => sum + x)", 6),
        ("sort([3, 1, 2], (a, b) => a < b)", [1, 2, 3]),
        ("toObject(['a'], x => x, x => '${x}!')", {"a": "a!"}),
        ("toObject([{ n: 'a' }], x => x.n)", {"a": {"n": "a"}}),
        ("groupBy(['aa', 'b', 'ab'], x => take(x, 1))", {"a": ["aa", "ab"], "b": ["b"]}),
        ("mapValues({ a: 1 }, x => x + 1)", {"a": 2}),
        ("cidrSubnet('10.0.0.0/16', 24, 2)", "10.0.2.0/24"),
        ("cidrHost('10.0.0.0/24', 3)", "10.0.0.4"),
        ("parseCidr('10.0.0.0/24').broadcast", "10.0.0.255"),
        ("dateTimeAdd('2026-01-31', 'P1D', 'yyyy-MM-dd')", "2026-02-01"),
        ("dateTimeAdd('2026-01-31T00:00:00Z', '-PT1H')", "2026-01-30T23:00:00Z"),
        ("dateTimeFromEpoch(dateTimeToEpoch('2026-01-31T00:00:00Z'))", "2026-01-31T00:00:00Z"),
        ("resourceId('A.B/c', 'x')", f"{GROUP}/providers/A.B/c/x"),
        ("resourceId('other', 'A.B/c/d', 'x', 'y')", f"{SUBSCRIPTION}/resourceGroups/other/providers/A.B/c/x/d/y"),
        ("subscriptionResourceId('A.B/c', 'x')", f"{SUBSCRIPTION}/providers/A.B/c/x"),
        ("tenantResourceId('A.B/c', 'x')", "/providers/A.B/c/x"),
        ("extensionResourceId(resourceGroup().id, 'A.B/c', 'x')", f"{GROUP}/providers/A.B/c/x"),
        ("az.resourceGroup().name", "group"),
        ("subscription().id", SUBSCRIPTION),
        ("environment().suffixes.storage", "core.windows.net"),
        ("sys.length(tenant().tenantId) == length(deployer().objectId)", True),
    ],
)  # fmt: skip
def test_results(tmp_path: Path, expression: str, value: object) -> None:
    assert value_of(tmp_path, expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "substring('abc', 2, 5)", "int('x')", "bool('maybe')", "json('{')", "format('{1}', 'a')", "min([])",
        "concat([1], 'a')", "union([1], {})", "cidrSubnet('10.0.0.0/24', 16, 0)", "cidrHost('10.0.0.0/30', 9)",
        "resourceId('nothing')", "resourceId('A.B/c', 'x', 'y')", "dateTimeAdd('2026-01-01', 'soon')",
        "map([1], 2)", "array(x => x)", "intersection()", "contains({}, [])", "range(x => x, 1)",
        "shallowMerge([1])", "loadJsonContent('a.txt', '$.b')", "base64ToString('?')",
    ],
)  # fmt: skip
def test_wrong_arguments(tmp_path: Path, expression: str) -> None:
    graph = graph_of(tmp_path, f"var x = {expression}\n", a_txt="{}")
    assert only_fault(graph).rule == "wrong-arguments"


def test_files_are_loaded_from_beside_the_one_that_asks(tmp_path: Path) -> None:
    files = {"a_txt": "x\n", "b_json": '{"c": [{"d": 1}]}', "e_yaml": "f: [1, 2]"}
    assert value_of(tmp_path, "loadTextContent('a.txt')", **files) == "x\n"
    assert value_of(tmp_path, "loadFileAsBase64('./a.txt')", **files) == "eAo="
    assert value_of(tmp_path, "loadJsonContent('b.json')", **files) == {"c": [{"d": 1}]}
    assert value_of(tmp_path, "loadJsonContent('b.json', '$.c[0].d')", **files) == 1
    assert value_of(tmp_path, "loadYamlContent('e.yaml').f", **files) == [1, 2]


def test_texts_in_other_encodings(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("é".encode("iso-8859-1"))
    assert value_of(tmp_path, "loadTextContent('old.txt', 'iso-8859-1')") == "é"
    assert only_fault(graph_of(tmp_path, "var x = loadTextContent('old.txt')\n")).rule == "unreadable-file"


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("loadTextContent('none.txt')", "missing-file"),
        ("loadTextContent('../outside.txt')", "missing-file"),
        ("loadJsonContent('bad.json')", "unreadable-file"),
        ("loadYamlContent('bad.json')", "wrong-arguments"),
    ],
)
def test_files_that_cannot_be_loaded(tmp_path: Path, expression: str, rule: str) -> None:
    graph = graph_of(tmp_path, f"var x = {expression}\n", bad_json="{ [")
    assert only_fault(graph).rule == rule


def test_the_group_that_is_deployed_tells_its_location(tmp_path: Path) -> None:
    main = """
targetScope = 'subscription'
resource rg 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'mine'
  location: 'eastus'
}
module m 'm.bicep' = {
  scope: rg
}
output where string = m.outputs.where
"""
    graph = graph_of(tmp_path, main, m_bicep="output where string = resourceGroup().location\n")
    assert graph.faults == ()
    assert graph.outputs[-1].value.value == "eastus"


@given(
    st.lists(st.text(max_size=5), min_size=1, max_size=4),
    st.lists(st.text(max_size=5), min_size=1, max_size=4),
)
def test_unique_strings_differ_where_their_seeds_do(one: list[str], other: list[str]) -> None:
    assert len(unique_string(*one)) == 13
    assert (unique_string(*one) == unique_string(*other)) == (one == other)
