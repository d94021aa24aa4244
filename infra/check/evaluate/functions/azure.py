"""Functions that tell where something is deployed, and ids of resources."""

from collections.abc import Sequence

from infra.check.evaluate.functions.registry import FUNCTIONS, Invocation, valued
from infra.check.evaluate.ids import (
    TENANT,
    Scope,
    of_group,
    of_subscription,
    resource_id,
    split_name,
)
from infra.check.evaluate.values import Argument, Symbol, node_of, shown
from infra.check.model import Node, Unknown

LOCATION = "westeurope"  # where a deployment is started from, as far as a template can tell
DEPLOYER = "22222222-2222-2222-2222-222222222222"
_CLOUD = {
    "name": "AzureCloud",
    "resourceManager": "https://management.azure.com/",
    "gallery": "https://gallery.azure.com/",
    "graph": "https://graph.windows.net/",
    "portal": "https://portal.azure.com",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com/",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "tenant": "common",
        "identityProvider": "AAD",
    },
    "suffixes": {
        "acrLoginServer": ".azurecr.io",
        "azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        "azureDatalakeStoreFileSystem": "azuredatalakestore.net",
        "keyvaultDns": ".vault.azure.net",
        "sqlServerHostname": ".database.windows.net",
        "storage": "core.windows.net",
    },
}


def _object(invocation: Invocation, identity: str, **known: object) -> Node:
    place = invocation.place
    nodes = {name: node_of(value, place) for name, value in {"id": identity, **known}.items()}
    return Node(Symbol(nodes, label=identity), place)


@valued("environment")
def environment(invocation: Invocation) -> Node:
    """Return the addresses of the public cloud."""
    return invocation.node(_CLOUD)


@valued("tenant")
def tenant(invocation: Invocation) -> Node:
    """Return the tenant."""
    return _object(invocation, "/", tenantId=TENANT, displayName="Tenant", countryCode="GB")


@valued("managementGroup")
def management_group(invocation: Invocation, name: str = "group") -> Node:
    """Return a management group."""
    return _object(invocation, f"/providers/Microsoft.Management/managementGroups/{name}", name=name)


@valued("subscription")
def subscription(invocation: Invocation, own: str | None = None) -> Node:
    """Return a subscription: the one that is deployed to, or another."""
    scope = of_subscription(own) if own else invocation.seen.names.scope.subscription
    number = scope.id.rpartition("/")[2]
    return _object(invocation, scope.id, subscriptionId=number, tenantId=TENANT, displayName="Subscription")


@valued("resourceGroup")
def resource_group(invocation: Invocation, first: str | None = None, second: str | None = None) -> Node:
    """Return a resource group: the one that is deployed to, or another, perhaps of another subscription."""
    here = invocation.seen.names.scope
    name = second or first or here.group
    if name is None:
        raise invocation.wrong("this is deployed to no resource group.", "Name the group.")
    scope = of_group(name, first if first and second else here.subscription.id.rpartition("/")[2])
    declared = next((r for r in invocation.seen.run.resources if r.id == scope.id and not r.existing), None)
    known = {key: declared.body.at(key) for key in ("location", "tags")} if declared else {}
    found = {key: node for key, node in known.items() if node}
    symbol = _object(invocation, scope.id, name=name, location=LOCATION, tags={})
    return Node(Symbol({**symbol.value, **found}, label=scope.id), invocation.place)  # type: ignore[dict-item]


@valued("deployment")
def deployment(invocation: Invocation) -> Node:
    """Return the deployment of this template."""
    names = invocation.seen.names
    own = f"{names.scope.id}/providers/Microsoft.Resources/deployments/{names.path.stem}"
    return _object(invocation, own, name=names.path.stem, location=LOCATION)


@valued("deployer")
def deployer(invocation: Invocation) -> Node:
    """Return who deploys."""
    return invocation.node(
        {"objectId": DEPLOYER, "tenantId": TENANT, "userPrincipalName": "deployer@example.org"}
    )


# ---- ids


def _id(invocation: Invocation, scope: Scope, kind: str, names: Sequence[str]) -> Node:
    try:
        return invocation.node(resource_id(scope, kind, "/".join(names)))
    except ValueError as exc:
        raise invocation.wrong(
            f"{kind} needs {kind.count('/')} names, not {len(split_name('/'.join(names)))}.",
            "Name each part of the type.",
        ) from exc


@valued("resourceId")
def resource_id_(invocation: Invocation, *parts: str) -> Node:
    """Return the id of a resource of this group, or of the one that is named first."""
    here = invocation.seen.names.scope
    before = next((index for index, part in enumerate(parts) if "/" in part), None)
    if before is None or before > 2:
        raise invocation.wrong("no type is named.", "Name a type such as Microsoft.Storage/storageAccounts.")
    own = parts[0] if before == 2 else here.subscription.id.rpartition("/")[2]
    scope = of_group(parts[before - 1], own) if before else here
    return _id(invocation, scope, parts[before], parts[before + 1 :])


@valued("subscriptionResourceId")
def subscription_resource_id(invocation: Invocation, *parts: str) -> Node:
    """Return the id of a resource of the subscription."""
    other = bool(parts) and "/" not in parts[0]
    scope = of_subscription(parts[0]) if other else invocation.seen.names.scope.subscription
    kind, *names = parts[other:] or ("",)
    return _id(invocation, scope, kind, names)


@valued("tenantResourceId")
def tenant_resource_id(invocation: Invocation, kind: str, *names: str) -> Node:
    """Return the id of a resource of the tenant."""
    return _id(invocation, Scope(""), kind, names)


@valued("managementGroupResourceId")
def management_group_resource_id(invocation: Invocation, kind: str, *names: str) -> Node:
    """Return the id of a resource of the management group that is deployed to."""
    return _id(invocation, invocation.seen.names.scope, kind, names)


@valued("extensionResourceId")
def extension_resource_id(invocation: Invocation, base: str, kind: str, *names: str) -> Node:
    """Return the id of a resource that extends another."""
    return _id(invocation, Scope(base), kind, names)


# ---- what only Azure knows


def _reference(invocation: Invocation, arguments: Sequence[Argument]) -> Node:
    return Node(Unknown(f"{_label(arguments)}.properties"), invocation.place)


def listed(invocation: Invocation, arguments: Sequence[Argument]) -> Node:
    """Return what a function such as listKeys() asks of a resource; all of that is secret."""
    return Node(Unknown(f"{_label(arguments)}.{invocation.name}()", secure=True), invocation.place)


def _label(arguments: Sequence[Argument]) -> str:
    return shown(arguments[0]).strip("'") if arguments else ""


def _any(invocation: Invocation, arguments: Sequence[Argument]) -> Node:
    if len(arguments) != 1 or not isinstance(arguments[0], Node):
        raise invocation.wrong("it takes one value.")
    return arguments[0]


FUNCTIONS["reference"] = _reference
FUNCTIONS["any"] = _any
