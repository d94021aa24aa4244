"""What can be seen, told apart and paid for: diagnostics, tags, clusters that end. Protection is not here."""

import re
from collections.abc import Iterator

from infra.check.model import Resource
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, said

DIAGNOSTICS = "Microsoft.Insights/diagnosticSettings"
OBSERVED = (
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.DataFactory/factories",
    "Microsoft.EventGrid/systemTopics",
    "Microsoft.EventGrid/topics",
    "Microsoft.KeyVault/vaults",
    "Microsoft.MachineLearningServices/registries",
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/publicIPAddresses",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Sql/servers/databases",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/fileServices",
    "Microsoft.Storage/storageAccounts/queueServices",
    "Microsoft.Storage/storageAccounts/tableServices",
    "Microsoft.Web/sites",
)
"""Types that have logs to send. Application Insights has, too, but lies in the workspace already."""

TAGS = ("workload", "environment", "owner", "costCenter", "managedBy")
TAGGED_CHILDREN = {
    "microsoft.machinelearningservices/workspaces/computes",
    "microsoft.network/privatednszones/virtualnetworklinks",
    "microsoft.sql/servers/databases",
}
UNTAGGED = {
    "microsoft.authorization/locks",
    "microsoft.authorization/policyassignments",
    "microsoft.authorization/roleassignments",
    "microsoft.authorization/roledefinitions",
    "microsoft.consumption/budgets",
    "microsoft.eventgrid/eventsubscriptions",
    "microsoft.insights/diagnosticsettings",
}
COMPUTE = "Microsoft.MachineLearningServices/workspaces/computes"
IDLE = re.compile(r"PT(?:(\d+)M)?(?:(\d+)S)?")
LONGEST_IDLE_SECONDS = 1800


def diagnostic_settings(subject: Infrastructure) -> Iterator[Finding]:
    """When something is red, its log has to be there already."""
    for found in subject.each(*OBSERVED):
        settings = [one for one in found.graph.of_type(DIAGNOSTICS) if _observes(one, found.resource)]
        if not settings:
            yield found.finding(
                "has no diagnostic setting: nobody would see what happens in it.",
                f"Add a {DIAGNOSTICS} with scope {found.resource.symbol} and workspaceId logAnalyticsWorkspaceId.",
            )
        elif not any(_speaks(one) for one in settings):
            yield _of(found, settings[0]).finding(
                f"sends nothing of {found.what} to the workspace.",
                "Give properties.workspaceId, and logs or metrics that are enabled.",
                "properties.logs",
            )


def _observes(setting: Resource, resource: Resource) -> bool:
    return setting.scope.lower() == resource.id.lower()


def _speaks(setting: Resource) -> bool:
    about = setting.body.get("properties") or {}
    sent = (*(about.get("logs") or ()), *(about.get("metrics") or ()))
    return bool(about.get("workspaceId")) and any(one.get("enabled") is True for one in sent)


def _of(found: Found, resource: Resource) -> Found:
    return Found(environment=found.environment, graph=found.graph, resource=resource)


def tags(subject: Infrastructure) -> Iterator[Finding]:
    """Whoever meets a resource on a bill sees what it is for and whom to ask."""
    for found in subject.each():
        given = found.get("tags") or {}
        missing = [name for name in TAGS if not given.get(name)] if _taggable(found.resource) else []
        if missing:
            yield found.finding(
                f"lacks the tags {', '.join(missing)}.", "Set tags to the parameter tags.", "tags"
            )
        elif given and given.get("environment") != found.environment:
            yield found.finding(
                f"is tagged as {said(given.get('environment'))}.",
                "Let the tag environment come from the parameter environment.",
                "tags.environment",
            )


def _taggable(resource: Resource) -> bool:
    kind = resource.type.lower()
    return kind in TAGGED_CHILDREN or (kind.count("/") == 1 and kind not in UNTAGGED)


def scale_to_zero(subject: Infrastructure) -> Iterator[Finding]:
    """A cluster runs an hour a week and would be paid for the whole week: without jobs it has no node."""
    for found in subject.each(COMPUTE):
        scale = found.get("properties.properties.scaleSettings") or {}
        path = "properties.properties.scaleSettings"
        if found.get("properties.computeType") != "AmlCompute":
            continue
        if scale.get("minNodeCount") != 0:
            yield found.finding(
                f"keeps {said(scale.get('minNodeCount'))} nodes without jobs.",
                "Set scaleSettings.minNodeCount to 0.",
                f"{path}.minNodeCount",
            )
        if not 0 < _seconds(scale.get("nodeIdleTimeBeforeScaleDown")) <= LONGEST_IDLE_SECONDS:
            yield found.finding(
                f"waits {said(scale.get('nodeIdleTimeBeforeScaleDown'))} before an idle node ends.",
                "Set scaleSettings.nodeIdleTimeBeforeScaleDown to a duration of at most PT30M, such as PT5M.",
                f"{path}.nodeIdleTimeBeforeScaleDown",
            )


def _seconds(duration: object) -> int:
    found = IDLE.fullmatch(duration) if isinstance(duration, str) else None
    return 60 * int(found[1] or 0) + int(found[2] or 0) if found else 0
