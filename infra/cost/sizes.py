"""What of the evaluated Bicep costs money, and how large it is. Prices are not here."""

from dataclasses import dataclass
from typing import Any

from infra.check.model import Graph
from shared.errors import ShelfcastError


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of an environment.

    Attributes
    ----------
    memory_gb : float
        Of an instance of the Function app.
    always_ready : int
        Instances that wait for work.
    cpu, gpu : str
        Size of a cluster's nodes.
    sql_cores : float
        vCores that are paid while in use: the fewest of a serverless database, all of a provisioned one.
    """

    environment: str
    memory_gb: float
    always_ready: int
    cpu: str
    gpu: str
    lake: str
    sql: str
    sql_cores: float
    registry: str
    private_endpoints: int
    private_zones: int
    nat_gateways: int
    log_alerts: int
    metric_alerts: int


def sizes_of(graph: Graph) -> Sizes:
    """Read the sizes out of an environment; raises ShelfcastError where something that costs is not in it."""
    app = _first(graph, "Microsoft.Web/sites").get("properties", "functionAppConfig", "scaleAndConcurrency")
    lake = next(
        r.body
        for r in graph.of_type("Microsoft.Storage/storageAccounts")
        if r.body.get("properties", "isHnsEnabled")
    )
    database = _first(graph, "Microsoft.Sql/servers/databases")
    clusters = {
        r.name.rpartition("/")[2]: r.body.get("properties", "properties", "vmSize")
        for r in graph.of_type("Microsoft.MachineLearningServices/workspaces/computes")
    }
    least = database.get("properties", "minCapacity")
    return Sizes(
        environment=graph.environment,
        memory_gb=app["instanceMemoryMB"] / 1024,
        always_ready=sum(int(part["instanceCount"]) for part in app.get("alwaysReady") or ()),
        cpu=clusters["cpu-cluster"],
        gpu=clusters["gpu-cluster"],
        lake=lake.get("sku", "name"),
        sql=database.get("sku", "name"),
        sql_cores=float(least or database.get("sku", "capacity")),
        registry=_first(graph, "Microsoft.ContainerRegistry/registries").get("sku", "name"),
        private_endpoints=len(graph.of_type("Microsoft.Network/privateEndpoints")),
        private_zones=len(graph.of_type("Microsoft.Network/privateDnsZones")),
        nat_gateways=len(graph.of_type("Microsoft.Network/natGateways")),
        log_alerts=len(graph.of_type("Microsoft.Insights/scheduledQueryRules")),
        metric_alerts=len(graph.of_type("Microsoft.Insights/metricAlerts")),
    )


def _first(graph: Graph, kind: str) -> Any:
    found = graph.of_type(kind)
    if not found:
        raise ShelfcastError(f"{graph.environment} has no {kind}; what it costs cannot be told")
    return found[0].body
