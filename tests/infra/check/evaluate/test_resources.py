"""Resources: names, ids, scopes, parents, loops, conditions, what they refer to."""

from pathlib import Path

import pytest

from infra.check.model import Graph, Resource, Unknown
from tests.infra.check.evaluate.small import GROUP, SUBSCRIPTION, graph_of, only_fault

STORE = "resource st 'Microsoft.Storage/storageAccounts@2024-01-01' = {\n  name: 'lake'\n}\n"
LAKE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lake"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices"


def resource(graph: Graph, symbol: str) -> Resource:
    assert graph.faults == (), graph.faults
    return next(r for r in graph.resources if r.symbol == symbol)


def test_a_resource_of_the_group(tmp_path: Path) -> None:
    found = resource(graph_of(tmp_path, "\n" + STORE), "st")
    assert (found.id, found.scope, found.module) == (LAKE, GROUP, ())
    assert (found.api_version, found.existing, found.place.line) == ("2024-01-01", False, 2)
    assert found.body.plain() == {"name": "lake"}


def test_a_resource_of_the_subscription(tmp_path: Path) -> None:
    main = """
targetScope = 'subscription'
resource rg 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'mine'
  location: 'eastus'
}
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' existing = {
  name: 'reader'
}
"""
    graph = graph_of(tmp_path, main)
    assert resource(graph, "rg").id == f"{SUBSCRIPTION}/resourceGroups/mine"
    assert (
        resource(graph, "role").id
        == f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/reader"
    )


@pytest.mark.parametrize(
    "child",
    [
        f"resource b '{BLOBS}@2024-01-01' = {{\n  parent: st\n  name: 'default'\n}}",
        f"resource b '{BLOBS}@2024-01-01' = {{\n  name: '${{st.name}}/default'\n}}",
    ],
)
def test_children(tmp_path: Path, child: str) -> None:
    found = resource(graph_of(tmp_path, STORE + child), "b")
    assert (found.type, found.name, found.id) == (BLOBS, "lake/default", f"{LAKE}/blobServices/default")
    assert found.depends_on == (LAKE,)
    assert found.scope == GROUP


def test_children_that_are_declared_inside(tmp_path: Path) -> None:
    main = """
resource st 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'lake'
  resource blobs 'blobServices' = {
    name: 'default'
    resource raw 'containers@2023-01-01' = {
      name: 'raw'
      properties: { note: '${st.name}/${blobs.name}' }
    }
    resource copy 'containers' = {
      name: '${raw.name}-copy'
    }
  }
}
output id string = st::blobs::raw.id
"""
    graph = graph_of(tmp_path, main)
    raw = resource(graph, "raw")
    assert raw.id == f"{LAKE}/blobServices/default/containers/raw"
    assert (raw.api_version, resource(graph, "blobs").api_version) == ("2023-01-01", "2024-01-01")
    assert raw.body.get("properties", "note") == "lake/default"
    assert resource(graph, "copy").name == "lake/default/raw-copy"
    assert graph.outputs[0].value.value == raw.id


def test_what_extends_another_resource(tmp_path: Path) -> None:
    main = f"""{STORE}
resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{
  scope: st
  name: guid(st.id, 'reader')
}}
resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {{
  scope: role
  name: 'log'
}}
"""
    graph = graph_of(tmp_path, main)
    role = resource(graph, "role")
    assert (role.scope, role.depends_on) == (LAKE, (LAKE,))
    assert role.id == f"{LAKE}/providers/Microsoft.Authorization/roleAssignments/{role.name}"
    assert resource(graph, "log").id == f"{role.id}/providers/Microsoft.Insights/diagnosticSettings/log"
    assert "scope" not in role.body.plain()


def test_existing_resources_of_other_groups(tmp_path: Path) -> None:
    main = """
resource st 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: 'theirs'
  scope: resourceGroup('11111111-2222-3333-4444-555555555555', 'other')
}
output key string = st.listKeys().keys[0].value
output id string = st.id
"""
    graph = graph_of(tmp_path, main)
    found = resource(graph, "st")
    assert found.existing
    assert found.id.startswith(
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/other/providers/"
    )
    assert graph.of_type("microsoft.storage/storageaccounts", existing=True) == [found]
    assert graph.outputs[0].value.value == Unknown(f"{found.id}.listKeys().keys[0].value", secure=True)
    assert graph.outputs[1].value.value == found.id


def test_loops_over_arrays_with_index_and_conditions(tmp_path: Path) -> None:
    main = """
resource sts 'Microsoft.Storage/storageAccounts@2024-01-01' = [for (name, i) in ['a', 'b', 'c']: if (i != 1) {
  name: '${name}${i}'
}]
output last string = sts[2].id
"""
    graph = graph_of(tmp_path, main)
    assert [r.name for r in graph.resources] == ["a0", "c2"]
    assert graph.outputs[0].value.value == f"{GROUP}/providers/Microsoft.Storage/storageAccounts/c2"


def test_one_bad_turn_of_a_loop_takes_no_other_with_it(tmp_path: Path) -> None:
    main = "resource sts 'Microsoft.Storage/storageAccounts@2024-01-01' = [for n in [1, 0, 2]: {\n"
    graph = graph_of(tmp_path, main + "  name: 'st${4 / n}'\n}]\n")
    assert only_fault(graph).rule == "wrong-value"
    assert [r.name for r in graph.resources] == ["st4", "st2"]


def test_a_false_condition_leaves_nothing(tmp_path: Path) -> None:
    main = f"param wanted bool\n{STORE}".replace("= {", "= if (wanted) {")
    main += "output id string = wanted ? st.id : 'none'\noutput kind string? = st.?kind\n"
    graph = graph_of(tmp_path, main, "param wanted = false")
    assert (graph.faults, graph.resources) == ((), ())
    assert [o.value.value for o in graph.outputs] == ["none", None]
    assert len(graph_of(tmp_path, main, "param wanted = true").resources) == 1


def test_a_condition_on_a_secret_leaves_the_resource(tmp_path: Path) -> None:
    main = "@secure()\nparam key string = ''\n" + STORE.replace("= {", "= if (!empty(key)) {")
    assert len(graph_of(tmp_path, main).resources) == 1


@pytest.mark.parametrize(
    "use",
    [
        "output id string = st.id",
        f"resource b '{BLOBS}@2024-01-01' = {{\n  parent: st\n  name: 'default'\n}}",
        "resource l 'Microsoft.Authorization/locks@2020-05-01' = {\n  scope: st\n  name: 'l'\n}",
    ],
)
def test_what_is_not_there_cannot_be_used(tmp_path: Path, use: str) -> None:
    graph = graph_of(tmp_path, STORE.replace("= {", "= if (false) {") + use)
    fault = only_fault(graph)
    assert (fault.rule, graph.resources) == ("absent-resource", ())
    assert fault.place.line >= 4


def test_references_through_variables_count_as_dependencies(tmp_path: Path) -> None:
    main = f"""{STORE}
var address = '${{st.properties.primaryEndpoints.blob}}raw'
resource other 'Microsoft.Web/sites@2024-04-01' = {{
  name: 'app'
  properties: {{ where: address }}
}}
resource third 'Microsoft.Web/sites@2024-04-01' = {{
  name: 'third'
  dependsOn: [ other ]
}}
"""
    graph = graph_of(tmp_path, main)
    other = resource(graph, "other")
    assert other.depends_on == (LAKE,)
    assert resource(graph, "third").depends_on == (other.id,)
    assert "dependsOn" not in resource(graph, "third").body.plain()


def test_names_with_unknown_parts_show_them_in_braces(tmp_path: Path) -> None:
    main = STORE + "resource app 'Microsoft.Web/sites@2024-04-01' = {\n  name: 'a-${st.properties.x}'\n}\n"
    main += "output id string = app.id\n"
    graph = graph_of(tmp_path, main)
    app = resource(graph, "app")
    assert app.name == f"a-{{{LAKE}.properties.x}}"
    assert app.id.endswith(f"/sites/{app.name}")
    assert graph.outputs[0].value.value == Unknown(app.id, kind="string")


def resource_with(*lines: str, kind: str = "Microsoft.Storage/storageAccounts") -> str:
    return f"resource x '{kind}@2024-01-01' = {{\n" + "\n".join(lines) + "\n}\n"


@pytest.mark.parametrize(
    ("main", "rule", "line"),
    [
        (STORE + resource_with("name: 'LAKE'"), "duplicate-resource", 4),
        (resource_with("location: 'eastus'"), "missing-name", 1),
        (resource_with("name: 3"), "wrong-type", 2),
        (resource_with("name: 'a/b'"), "name-segments", 2),
        (resource_with("name: 'default'", kind=BLOBS), "name-segments", 2),
        (STORE + resource_with("parent: st", "name: 'a/b'", kind=BLOBS), "name-segments", 6),
        (
            STORE + resource_with("parent: st", "name: 'a'", kind="Microsoft.Web/sites/slots"),
            "parent-mismatch",
            4,
        ),
        ("var st = 1\n" + resource_with("parent: st", "name: 'a'", kind=BLOBS), "wrong-scope", 3),
        (resource_with("name: 'a'", "scope: 'group'"), "wrong-scope", 3),
        (resource_with("name: 'a'", "scope: resourceGroup('other')"), "wrong-scope", 1),
        (resource_with("name: x.id"), "cycle", 1),
        (
            STORE + resource_with("name: 'b'").replace("= {", "= if (st.properties.a) {"),
            "not-known-at-start",
            4,
        ),
        (
            STORE + resource_with("name: 'b'").replace("= {", "= [for t in st.tags: {")[:-1] + "]",
            "wrong-type",
            4,
        ),
    ],
)
def test_faults(tmp_path: Path, main: str, rule: str, line: int) -> None:
    fault = only_fault(graph_of(tmp_path, main))
    assert (fault.rule, fault.place.line) == (rule, line)
    assert fault.remedy


def test_a_circle_of_resources_is_told_with_its_steps(tmp_path: Path) -> None:
    site = "resource {0} 'Microsoft.Web/sites@2024-04-01' = {{\n  name: '{0}'\n  properties: {{ x: {1}.id }}\n}}\n"
    fault = only_fault(graph_of(tmp_path, site.format("a", "b") + site.format("b", "a")))
    assert fault.rule == "cycle"
    assert "`a` -> `b` -> `a`" in fault.problem


def test_a_long_chain_is_no_crash(tmp_path: Path) -> None:
    main = "".join(f"var v{i} = v{i + 1}\n" for i in range(400)) + "var v400 = 1\n"
    assert {fault.rule for fault in graph_of(tmp_path, main).faults} == {"too-deep"}
