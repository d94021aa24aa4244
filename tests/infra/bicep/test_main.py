"""What holds for every environment that the template makes: it can be deployed twice, in two phases, under any name."""

import re
import shutil
from pathlib import Path

import pytest

from infra.check.evaluate import evaluate

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = ("dev", "prod")
SECOND_PHASE = {"SHELFCAST_EVENT_SUBSCRIPTIONS": "true"}
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
WORKLOADS = ("abc", "shelfcast", "food-to-go-1")  # the shortest, the usual, the longest with its hyphens
NAMES = {
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.KeyVault/vaults": r"[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
    "Microsoft.ContainerRegistry/registries": r"[a-zA-Z0-9]{5,50}",
    "Microsoft.Web/sites": r"[a-zA-Z0-9][a-zA-Z0-9-]{0,30}[a-zA-Z0-9]",
    "Microsoft.Web/serverfarms": r"[a-zA-Z0-9-]{1,60}",
    "Microsoft.Sql/servers": r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]",
    "Microsoft.DataFactory/factories": r"[a-zA-Z0-9][a-zA-Z0-9-]{1,61}[a-zA-Z0-9]",
    "Microsoft.MachineLearningServices/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}",
    "Microsoft.MachineLearningServices/registries": r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}",
    "Microsoft.MachineLearningServices/workspaces/computes": r"[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]",
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}",
    "Microsoft.OperationalInsights/workspaces": r"[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]",
    "Microsoft.Consumption/budgets": r"[a-zA-Z0-9_-]{1,63}",
    "Microsoft.Resources/resourceGroups": r"[\w().-]{1,89}[\w()-]",
}
"""What Azure takes as the last part of a name; 32 characters for an app, whose host cuts its id there."""


def deployed(environment, *, root=ROOT, second_phase=True):
    variables = SECOND_PHASE if second_phase else {}
    parameters = root / f"infra/bicep/{environment}.bicepparam"
    graph = evaluate(root / "infra/bicep/main.bicep", parameters, root, variables=variables)
    assert graph.faults == ()
    return graph


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def graph(request):
    return deployed(request.param)


def made(graph):
    """Return the resources that are deployed, by their ids."""
    return {resource.id: resource for resource in graph.resources if not resource.existing}


def test_the_second_deployment_is_the_same(graph):
    assert deployed(graph.environment) == graph


def test_nothing_is_made_twice(graph):
    identifiers = [resource.id.lower() for resource in graph.resources if not resource.existing]
    assert len(identifiers) == len(set(identifiers))


def test_the_second_phase_changes_nothing_of_the_first(graph):
    first, second = made(deployed(graph.environment, second_phase=False)), made(graph)
    changed = {name for name, resource in first.items() if second[name].body != resource.body}
    assert changed == set()
    added = {second[name].module[0] for name in second.keys() - first.keys()}
    assert added == {"events", "functionKey"}


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_names_fit_whatever_the_workload_is_called(tmp_path, environment, workload):
    for folder in ("infra/bicep", "infra/adf"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    with (tmp_path / f"infra/bicep/{environment}.bicepparam").open("a") as parameters:
        parameters.write(f"\nparam workload = '{workload}'\n")
    for resource in deployed(environment, root=tmp_path).resources:
        name = resource.name.rpartition("/")[2]
        assert re.fullmatch(NAMES.get(resource.type, ".{1,260}"), name), resource.type


def test_environments_do_not_share_a_name():
    dev, prod = (deployed(environment) for environment in ENVIRONMENTS)
    shared = {
        (resource.type, resource.name)
        for resource in dev.resources
        if resource.type in NAMES and resource.name.count("/") == 0
    } & {(resource.type, resource.name) for resource in prod.resources}
    assert shared == set()


def test_every_right_says_what_it_is_for_and_to_what_kind_it_is_given(graph):
    for assignment in graph.of_type(ASSIGNMENT):
        assert assignment.body.get("properties", "principalType") == "ServicePrincipal"
        assert assignment.body.get("properties", "description")


def test_who_may_give_rights_gives_only_those_of_the_role_map(graph):
    conditions = {
        assignment.body.get("properties", "roleDefinitionId").rpartition("/")[2]: condition
        for assignment in graph.of_type(ASSIGNMENT)
        if (condition := assignment.body.get("properties", "condition"))
    }
    (condition,) = conditions.values()
    known = set(re.findall(r"'([0-9a-f-]{36})'", (ROOT / "infra/bicep/role_map.bicep").read_text()))
    named = re.findall(r"GuidEquals \{([^}]*)\}", condition)
    assert [set(part.split(", ")) for part in named] == [known, known]


def test_both_environments_are_given_the_same_parameters():
    given = [
        set(
            re.findall(r"^param (\w+) =", (ROOT / f"infra/bicep/{name}.bicepparam").read_text(), re.MULTILINE)
        )
        for name in ENVIRONMENTS
    ]
    assert given[0] == given[1]
