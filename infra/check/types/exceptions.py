"""Where the published definitions are wrong, or say less than is known. Each entry has its reason.

What follows from the definitions themselves is not here.
"""

from collections.abc import Iterator

from infra.check.model import Fault, Node
from infra.check.nearest import listed, meant

EXTENSION, SUBSCRIPTION = 16, 4

# Scopes that are narrower than the definitions say.
NARROWER = {
    # Resource groups have no diagnostic settings: without `scope:` the deployment fails.
    "microsoft.insights/diagnosticsettings": SUBSCRIPTION | EXTENSION,
}

# (type, rule, a part of the problem): why it is no fault.
EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("microsoft.portal/dashboards", "wrong-value", "PartType/LogsDashboardPart"): (
        "the definitions know parts of text alone; the portal has one for each of its services"
    ),
}

_GROUPS = (
    "amlregistry", "amlworkspace", "blob", "dataFactory", "dfs", "file", "portal", "queue", "registry", "sites",
    "sqlServer", "table", "vault", "web",
)  # fmt: skip
_FREQUENCIES = (
    "PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "PT12H", "P1D",
)  # fmt: skip

# Texts that the definitions leave open and the services do not: a slip in one fails only in the deployment, or never.
KNOWN_VALUES: dict[tuple[str, str], tuple[str, ...]] = {
    ("microsoft.insights/components", "kind"): ("web", "ios", "java", "other", "phone", "store"),
    ("microsoft.insights/diagnosticsettings", "properties.logAnalyticsDestinationType"): (
        "AzureDiagnostics",
        "Dedicated",
    ),
    ("microsoft.insights/diagnosticsettings", "properties.logs[].categoryGroup"): ("allLogs", "audit"),
    ("microsoft.insights/diagnosticsettings", "properties.metrics[].category"): (
        "AllMetrics",
        "Basic",
        "Capacity",
        "InstanceAndAppAdvanced",
        "Transaction",
        "WorkloadManagement",
    ),
    ("microsoft.insights/metricalerts", "properties.evaluationFrequency"): _FREQUENCIES,
    ("microsoft.insights/metricalerts", "properties.windowSize"): _FREQUENCIES,
    ("microsoft.insights/scheduledqueryrules", "properties.evaluationFrequency"): _FREQUENCIES,
    ("microsoft.insights/scheduledqueryrules", "properties.windowSize"): (*_FREQUENCIES, "P2D"),
    (
        "microsoft.datafactory/factories/managedvirtualnetworks/managedprivateendpoints",
        "properties.groupId",
    ): _GROUPS,
    ("microsoft.eventgrid/systemtopics", "properties.topicType"): (
        "Microsoft.MachineLearningServices.Workspaces",
        "Microsoft.Storage.StorageAccounts",
    ),
    ("microsoft.machinelearningservices/workspaces", "kind"): ("Default", "FeatureStore", "Hub", "Project"),
    ("microsoft.machinelearningservices/workspaces/computes", "properties.properties.osType"): (
        "Linux",
        "Windows",
    ),
    ("microsoft.machinelearningservices/workspaces/environments/versions", "properties.osType"): (
        "Linux",
        "Windows",
    ),
    (
        "microsoft.network/privateendpoints",
        "properties.privateLinkServiceConnections[].properties.groupIds[]",
    ): _GROUPS,
    ("microsoft.sql/servers", "properties.version"): ("12.0",),
    ("microsoft.sql/servers/databases", "sku.tier"): (
        "Basic",
        "BusinessCritical",
        "GeneralPurpose",
        "Hyperscale",
        "Premium",
        "Standard",
    ),
    ("microsoft.web/serverfarms", "sku.tier"): (
        "Basic",
        "Dynamic",
        "ElasticPremium",
        "FlexConsumption",
        "Free",
        "IsolatedV2",
        "PremiumV2",
        "PremiumV3",
        "PremiumV4",
        "Standard",
    ),
    ("microsoft.web/sites", "properties.publicNetworkAccess"): ("Disabled", "Enabled"),
}


def scopes_of(kind: str) -> int | None:
    """Return the mask of scopes that is to be used in place of the definitions', None where they are right."""
    return NARROWER.get(kind.lower())


def is_excepted(fault: Fault, kind: str) -> bool:
    """Tell whether the definitions are known to be wrong about something."""
    return any(
        kind.lower() == one and fault.rule == rule and part in fault.problem for one, rule, part in EXCEPTIONS
    )


def known_value_faults(body: Node, kind: str) -> Iterator[Fault]:
    """Yield the texts that the definitions let pass and the service does not."""
    for path, node in body.walk():
        where = _written(path)
        known = KNOWN_VALUES.get((kind.lower(), where))
        if known and isinstance(node.value, str) and node.value not in known:
            yield Fault(
                place=node.place,
                rule="wrong-value",
                problem=f"'{node.value}' is no value for '{where}' of {kind}. Known are: {listed(known)}.",
                remedy=meant(node.value, known),
            )


def _written(path: tuple[str | int, ...]) -> str:
    """Return a path as the table writes it: `properties.logs[].category`."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
