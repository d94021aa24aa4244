"""Rights: every identity has those that its work needs, on the narrowest scope that is enough, and no other.

The table here is kept apart from the role map of the Bicep, so that either finds out the other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.check.model import Graph, Place, Resource
from infra.check.rules import Finding
from infra.check.subject import Infrastructure, text_of

ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
ACCOUNT = "Microsoft.Storage/storageAccounts"
PRINCIPAL = re.compile(rf"({IDENTITY}/[^/.{{}}]+)\.properties\.principalId", re.IGNORECASE)
ROLES = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "b556d68e-0be0-4f35-a333-ad7ee1ce17ea": "Azure AI Enterprise Network Connection Approver",
    "f6c7c914-8db3-469d-8ca1-694a8f32e121": "AzureML Data Scientist",
    "1823dd4f-9b8c-4ab6-ab4e-7397a3684615": "AzureML Registry User",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "428e0ff0-5e57-4d9c-a221-2c70d0e0a443": "EventGrid EventSubscription Contributor",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "69566ab7-960f-475b-8e7c-b3118f30c6bd": "Storage File Data Privileged Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "de139f84-1756-47ae-9be6-808fbbe84772": "Website Contributor",
}
"""Names of Azure's own roles by their ids."""


@dataclass(frozen=True, order=True)
class Grant:
    """Who may do what, where. The scope is a word such as lake, or zone:conditioned for a container of it."""

    identity: str
    role: str
    scope: str

    def __str__(self) -> str:
        return f"'{self.role}' on {self.scope}"


NEEDS = {
    Grant("app", "Storage Blob Data Contributor", "lake"): "reads raw files, writes all other zones",
    Grant(
        "app", "Storage Queue Data Contributor", "lake"
    ): "the blob trigger's poison queue lies beside its blobs",
    Grant("app", "Storage Blob Data Owner", "hostStorage"): "the host's package, leases and blob receipts",
    Grant(
        "app", "Storage Queue Data Contributor", "hostStorage"
    ): "messages of orchestrations and blob triggers",
    Grant("app", "Storage Table Data Contributor", "hostStorage"): "histories of orchestrations",
    Grant("app", "Storage Blob Data Contributor", "workspaceStorage"): "uploads the code of a job",
    Grant(
        "app", "AzureML Data Scientist", "workspace"
    ): "submits, watches and cancels jobs, registers models and data",
    Grant("app", "Monitoring Metrics Publisher", "insights"): "sends telemetry, as keys are off",
    Grant("training", "Storage Blob Data Reader", "zone:conditioned"): "steps read the standard tables",
    Grant(
        "training", "Storage Blob Data Contributor", "zone:work"
    ): "steps read their inputs and write their results",
    Grant(
        "training", "Storage Blob Data Contributor", "workspaceStorage"
    ): "nodes fetch a job's code, store its logs",
    Grant("training", "AcrPull", "registry"): "nodes pull the image of the steps",
    Grant(
        "workspace", "Contributor", "workspace"
    ): "the service asks it of a workspace with an identity of its own",
    Grant("workspace", "Contributor", "workspaceStorage"): "the workspace makes its containers and shares",
    Grant(
        "workspace", "Storage Blob Data Contributor", "workspaceStorage"
    ): "code, outputs and logs, without a key",
    Grant(
        "workspace", "Storage File Data Privileged Contributor", "workspaceStorage"
    ): "its share, without a key",
    Grant(
        "workspace", "Contributor", "vault"
    ): "the service asks it of a workspace with an identity of its own",
    Grant("workspace", "Key Vault Administrator", "vault"): "the workspace's own secrets",
    Grant("workspace", "Contributor", "registry"): "images of environments",
    Grant(
        "workspace", "Contributor", "insights"
    ): "the service asks it of a workspace with an identity of its own",
    Grant("factory", "Key Vault Secrets User", "vault"): "reads the function key",
    Grant(
        "events", "Storage Blob Data Contributor", "zone:dead-letters"
    ): "stores events that it could not deliver",
    Grant("deployer", "Contributor", "resourceGroup"): "deploys infrastructure and code",
    Grant("deployer", "Role Based Access Control Administrator", "resourceGroup"): "deploys the role map",
    Grant(
        "deployer", "Storage Blob Data Contributor", "lake"
    ): "validates with real data, promotes and rolls back",
    Grant(
        "deployer", "Storage Blob Data Contributor", "workspaceStorage"
    ): "uploads components and environments",
    Grant(
        "deployer", "AzureML Data Scientist", "workspace"
    ): "runs validation jobs, registers and tags models",
}
"""What the code and the services do, and the right that it takes."""

NEEDS_IN_A_PRIVATE_NETWORK = {
    Grant("workspace", "Azure AI Enterprise Network Connection Approver", "lake"): (
        "leads a private endpoint from the clusters' network to the lake"
    ),
}


def missing_roles(subject: Infrastructure) -> Iterator[Finding]:
    """A right that is missing answers 403 at night, and a week's forecast is late."""
    for environment, graph in subject.graphs.items():
        granted = grants_of(graph)
        for grant, because in needs_of(graph).items():
            if grant not in granted:
                yield Finding(
                    place=_identity_place(subject, graph, grant.identity),
                    problem=f"identity '{grant.identity}' lacks {grant}: {because}.",
                    remedy="Add it to the role map (infra/bicep/role_map.bicep).",
                    environment=environment,
                )


def surplus_roles(subject: Infrastructure) -> Iterator[Finding]:
    """A right that nobody needs is one that somebody can abuse."""
    for environment, graph in subject.graphs.items():
        needed = needs_of(graph)
        for grant, place in grants_of(graph).items():
            if grant not in needed:
                yield Finding(
                    place=place,
                    problem=f"identity '{grant.identity}' has {grant}, which nothing needs.",
                    remedy="Take it out of the role map, or say in infra/check/crosschecks/roles.py what needs it.",
                    environment=environment,
                )


def needs_of(graph: Graph) -> dict[Grant, str]:
    """Return what is needed in an environment, with the reasons."""
    private = graph.of_type("Microsoft.Network/privateEndpoints")
    return NEEDS | (NEEDS_IN_A_PRIVATE_NETWORK if private else {})


def grants_of(graph: Graph) -> dict[Grant, Place]:
    """Return who is granted what in an environment, and where that is written."""
    identities = {one.id.lower(): one.symbol for one in graph.of_type(IDENTITY)}
    scopes = _scopes(graph)
    found = {}
    for assignment in graph.of_type(ASSIGNMENT):
        role = text_of(assignment.body.get("properties", "roleDefinitionId")).rpartition("/")[2]
        grant = Grant(
            _identity(assignment, identities),
            ROLES.get(role.lower(), role),
            scopes.get(assignment.scope.lower(), assignment.scope),
        )
        found[grant] = assignment.place
    return found


def _identity(assignment: Resource, identities: Mapping[str, str]) -> str:
    """Return the symbol of the identity that a principal id belongs to, or the id as it is known."""
    principal = text_of(assignment.body.get("properties", "principalId"))
    match = PRINCIPAL.search(principal)
    ending = match[1].lower() if match else principal
    return next((symbol for each, symbol in identities.items() if each.endswith(ending)), principal)


def _scopes(graph: Graph) -> dict[str, str]:
    """Return the words for the scopes of an environment, by their ids."""
    words = {
        "Microsoft.KeyVault/vaults": "vault",
        "Microsoft.ContainerRegistry/registries": "registry",
        "Microsoft.Insights/components": "insights",
        "Microsoft.MachineLearningServices/workspaces": "workspace",
        "Microsoft.MachineLearningServices/registries": "modelRegistry",
        "Microsoft.Resources/resourceGroups": "resourceGroup",
    }
    found = {one.id.lower(): word for kind, word in words.items() for one in graph.of_type(kind)}
    for account in graph.of_type(ACCOUNT):
        found[account.id.lower()] = _account(graph, account)
    for container in graph.of_type(f"{ACCOUNT}/blobServices/containers"):
        found[container.id.lower()] = f"zone:{container.name.rpartition('/')[2]}"
    return found


def _account(graph: Graph, account: Resource) -> str:
    """Tell a storage account by what it is for."""
    if account.body.get("properties", "isHnsEnabled"):
        return "lake"
    workspaces = graph.of_type("Microsoft.MachineLearningServices/workspaces")
    used = {text_of(one.body.get("properties", "storageAccount")).lower() for one in workspaces}
    return "workspaceStorage" if account.id.lower() in used else "hostStorage"


def _identity_place(subject: Infrastructure, graph: Graph, identity: str) -> Place:
    places = [one.place for one in graph.of_type(IDENTITY) if one.symbol == identity]
    return places[0] if places else subject.main
