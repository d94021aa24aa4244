"""Everything that the architecture names is there: each component with the types of resource that make it."""

from collections.abc import Iterator

from infra.check.rules import Finding
from infra.check.subject import Infrastructure

COMPONENTS = {
    "Resource group": ("Microsoft.Resources/resourceGroups",),
    "Data Lake Storage: zones, lifecycle, soft delete": (
        "Microsoft.Storage/storageAccounts",
        "Microsoft.Storage/storageAccounts/blobServices",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "Microsoft.Storage/storageAccounts/managementPolicies",
    ),
    "Azure Functions on Flex Consumption": ("Microsoft.Web/serverfarms", "Microsoft.Web/sites"),
    "Durable Functions: the task hub in the host's storage": (
        "Microsoft.Storage/storageAccounts/queueServices",
        "Microsoft.Storage/storageAccounts/tableServices",
    ),
    "Event Grid: topics and subscriptions": (
        "Microsoft.EventGrid/systemTopics",
        "Microsoft.EventGrid/systemTopics/eventSubscriptions",
    ),
    "Azure Machine Learning: workspace, clusters, datastores": (
        "Microsoft.MachineLearningServices/workspaces",
        "Microsoft.MachineLearningServices/workspaces/computes",
        "Microsoft.MachineLearningServices/workspaces/datastores",
    ),
    "Azure Machine Learning: environment and data assets": (
        "Microsoft.MachineLearningServices/workspaces/environments",
        "Microsoft.MachineLearningServices/workspaces/environments/versions",
        "Microsoft.MachineLearningServices/workspaces/data",
        "Microsoft.MachineLearningServices/workspaces/data/versions",
    ),
    "Azure Machine Learning registry": ("Microsoft.MachineLearningServices/registries",),
    "Azure SQL: the run ledger": ("Microsoft.Sql/servers", "Microsoft.Sql/servers/databases"),
    "Data Factory: pipelines, triggers, linked services, integration runtime": (
        "Microsoft.DataFactory/factories",
        "Microsoft.DataFactory/factories/pipelines",
        "Microsoft.DataFactory/factories/triggers",
        "Microsoft.DataFactory/factories/linkedservices",
    ),
    "Key Vault": ("Microsoft.KeyVault/vaults",),
    "Container Registry": ("Microsoft.ContainerRegistry/registries",),
    "Log Analytics": ("Microsoft.OperationalInsights/workspaces",),
    "Application Insights": ("Microsoft.Insights/components",),
    "Alerts and action group": (
        "Microsoft.Insights/actionGroups",
        "Microsoft.Insights/scheduledQueryRules",
        "Microsoft.Insights/metricAlerts",
    ),
    "Diagnostics": ("Microsoft.Insights/diagnosticSettings",),
    "Portal dashboard and workbook": ("Microsoft.Portal/dashboards", "Microsoft.Insights/workbooks"),
    "Identities and role assignments": (
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.Authorization/roleAssignments",
    ),
    "Budget": ("Microsoft.Consumption/budgets",),
}
"""What every environment has."""

IN_PRODUCTION = {
    "Virtual network": ("Microsoft.Network/virtualNetworks",),
    "Private endpoints and DNS zones": (
        "Microsoft.Network/privateEndpoints",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        "Microsoft.Network/privateDnsZones",
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    ),
    "Data Factory's managed network": (
        "Microsoft.DataFactory/factories/integrationRuntimes",
        "Microsoft.DataFactory/factories/managedVirtualNetworks",
    ),
    "Long-term backups of the ledger": ("Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies",),
    "Locks": ("Microsoft.Authorization/locks",),
}


def components(subject: Infrastructure) -> Iterator[Finding]:
    """A component of the architecture that no resource stands for does not exist."""
    for environment, graph in subject.graphs.items():
        there = {resource.type.lower() for resource in graph.resources if not resource.existing}
        wanted = COMPONENTS | (IN_PRODUCTION if environment == "prod" else {})
        for component, kinds in wanted.items():
            for kind in kinds:
                if kind.lower() not in there:
                    yield Finding(
                        place=subject.main,
                        problem=f"{component}: there is no {kind}.",
                        remedy="Add it in its module, and call the module in main.bicep.",
                        environment=environment,
                    )
