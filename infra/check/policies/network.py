"""Production is reached through its own network alone. Who is let in by name is in access and identity."""

from collections.abc import Iterator
from typing import Any

from infra.check.model import Graph, Resource
from infra.check.policies.table import Must, breaches
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, text_of

PROD = "prod"
ENDPOINT = "Microsoft.Network/privateEndpoints"
ZONE = "Microsoft.Network/privateDnsZones"
GROUPS = {
    "Microsoft.Storage/storageAccounts": ("blob",),
    "Microsoft.KeyVault/vaults": ("vault",),
    "Microsoft.Sql/servers": ("sqlServer",),
    "Microsoft.ContainerRegistry/registries": ("registry",),
    "Microsoft.MachineLearningServices/workspaces": ("amlworkspace",),
    "Microsoft.MachineLearningServices/registries": ("amlregistry",),
}
"""Types that hold data or code, and what of each a private endpoint has to lead to."""

CLOSED = dict.fromkeys(
    (*GROUPS, "Microsoft.DataFactory/factories"), (Must("properties.publicNetworkAccess", "Disabled"),)
)
"""Nobody connects to a factory but machines of the client that run a part of it, so it needs no endpoint."""

ZONES = {
    "blob": {"privatelink.blob.core.windows.net"},
    "dfs": {"privatelink.dfs.core.windows.net"},
    "queue": {"privatelink.queue.core.windows.net"},
    "table": {"privatelink.table.core.windows.net"},
    "file": {"privatelink.file.core.windows.net"},
    "vault": {"privatelink.vaultcore.azure.net"},
    "sqlServer": {"privatelink.database.windows.net"},
    "registry": {"privatelink.azurecr.io"},
    "amlworkspace": {"privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"},
    "amlregistry": {"privatelink.api.azureml.ms"},
    "sites": {"privatelink.azurewebsites.net"},
}
"""DNS zones under which a group's addresses are looked up in the public cloud."""


def public_network_access(subject: Infrastructure) -> Iterator[Finding]:
    """In production, a stolen token must not be enough: whoever comes from outside the network is not heard."""
    yield from breaches(subject, CLOSED, "production would be reachable from the internet", environment=PROD)


def open_app(subject: Infrastructure) -> Iterator[Finding]:
    """Where the app has to stay reachable for pushed events, all callers but named services are refused."""
    for found in subject.each("Microsoft.Web/sites", only=PROD):
        if found.get("properties.publicNetworkAccess") == "Disabled":
            continue
        if found.get("properties.siteConfig.ipSecurityRestrictionsDefaultAction") != "Deny":
            yield found.finding(
                "is public and takes calls from everywhere.",
                "Set properties.siteConfig.ipSecurityRestrictionsDefaultAction to 'Deny', and admit service tags.",
                "properties.siteConfig.ipSecurityRestrictionsDefaultAction",
            )


def private_endpoints(subject: Infrastructure) -> Iterator[Finding]:
    """What is closed to the internet is reached through a private endpoint, whose name resolves in the network."""
    for found in subject.each(*GROUPS, only=PROD):
        for group in _groups_of(found):
            endpoint = _endpoint(found.graph, found.resource, group)
            if endpoint is None:
                yield found.finding(
                    f"has no private endpoint for '{group}' in production: nobody could reach it.",
                    "Call the module private_endpoint for it where privateNetwork is true.",
                )
            else:
                yield from _dns(found, endpoint, group)


def _groups_of(found: Found) -> tuple[str, ...]:
    """Return the groups of its type; of storage, those whose services are declared, too."""
    kinds = {name.lower(): groups for name, groups in GROUPS.items()}
    groups = kinds[found.resource.type.lower()]
    extra = {"queueservices": "queue", "tableservices": "table", "fileservices": "file"}
    prefix = found.resource.id.lower() + "/"
    children = {r.type.rpartition("/")[2].lower() for r in found.graph.resources if _below(r, prefix)}
    return groups + tuple(sorted(extra[kind] for kind in children & extra.keys()))


def _below(resource: Resource, prefix: str) -> bool:
    return not resource.existing and resource.id.lower().startswith(prefix)


def _endpoint(graph: Graph, target: Resource, group: str) -> Resource | None:
    for endpoint in graph.of_type(ENDPOINT):
        for connection in endpoint.body.get("properties", "privateLinkServiceConnections") or ():
            about = connection.get("properties", {})
            if about.get("privateLinkServiceId") == target.id and group in (about.get("groupIds") or ()):
                return endpoint
    return None


def _dns(found: Found, endpoint: Resource, group: str) -> Iterator[Finding]:
    missing = ZONES[group] - _zones_of(found.graph, endpoint)
    if missing:
        yield Found(environment=found.environment, graph=found.graph, resource=endpoint).finding(
            f"for '{group}' of {found.what} has no DNS zone group with {', '.join(sorted(missing))}: "
            "its name would resolve to the public address.",
            "Add the child privateDnsZoneGroups with these zones.",
        )


def _zones_of(graph: Graph, endpoint: Resource) -> set[str]:
    groups = graph.of_type(f"{ENDPOINT}/privateDnsZoneGroups")
    return {
        _last(config.get("properties", {}).get("privateDnsZoneId"))
        for group in groups
        if group.id.startswith(f"{endpoint.id}/")
        for config in group.body.get("properties", "privateDnsZoneConfigs") or ()
    }


def _last(identifier: Any) -> str:
    return text_of(identifier).rpartition("/")[2]


def dns_zone_links(subject: Infrastructure) -> Iterator[Finding]:
    """A private DNS zone that no network is linked to is asked by nobody."""
    for found in subject.each(ZONE):
        links = found.graph.of_type(f"{ZONE}/virtualNetworkLinks")
        if not any(link.id.startswith(f"{found.resource.id}/") for link in links):
            yield found.finding(
                f"({found.resource.name}) is linked to no virtual network.",
                "Add the child virtualNetworkLinks.",
            )
