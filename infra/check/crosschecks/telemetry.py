"""Queries, alerts and dashboards ask for telemetry that there is: tables, columns, metrics, dimensions, functions.

A query that asks for a name nobody sends stays empty, and an alert on it stays silent. SQL is in ledger.
"""

import re
from collections.abc import Iterator

from infra.check.kusto import ask
from infra.check.queries import COMPONENT_TYPE, WORKSPACE_TYPE, Query, queries_of
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, text_of, texts
from shared.telemetry import DIMENSIONS, Metric

METRICS = {metric.value for metric in Metric}
METRIC = re.compile(r"\bshelfcast\.[a-z_]+")
DIMENSION = re.compile(r"\b(?:customDimensions|Properties)(?:\.(\w+)|\[[\"']([^\"']+)[\"']\])")
OPERATION = re.compile(r"\b(?:operation_Name|OperationName|FunctionName)\s*(?:==|=~|in~?\s*\()\s*([^\n|)]+)")
TEXT = re.compile(r"[\"']([^\"']+)[\"']")
ADDED = {
    "logger": "on every line of the log",
    "operation": "on every line of the log within a function",
    "error.name": "on a span that failed",
    "error.message": "on a span that failed",
    "Category": "on what the host says itself",
    "InvocationId": "on what the host says itself",
    "HostInstanceId": "on what the host says itself",
    "EventName": "on what the host says itself",
}
"""Dimensions beside those of shared/telemetry/names.py, and where they are found."""

PLATFORM_METRICS = {
    "microsoft.web/sites": {
        "Requests", "Http2xx", "Http4xx", "Http5xx", "HttpResponseTime", "AverageResponseTime", "HealthCheckStatus",
        "OnDemandFunctionExecutionCount", "OnDemandFunctionExecutionUnits", "AlwaysReadyFunctionExecutionCount",
        "AlwaysReadyFunctionExecutionUnits", "AlwaysReadyUnits", "InstanceCount", "MemoryWorkingSet",
        "AverageMemoryWorkingSet", "CpuPercentage", "FunctionExecutionCount", "FunctionExecutionUnits",
    },
    "microsoft.datafactory/factories": {
        "PipelineFailedRuns", "PipelineSucceededRuns", "PipelineCancelledRuns", "PipelineElapsedTimeRuns",
        "ActivityFailedRuns", "ActivitySucceededRuns", "ActivityCancelledRuns", "TriggerFailedRuns",
        "TriggerSucceededRuns", "TriggerCancelledRuns",
    },
    "microsoft.eventgrid/systemtopics": {
        "PublishSuccessCount", "PublishFailCount", "UnmatchedEventCount", "MatchedEventCount", "DeliverySuccessCount",
        "DeliveryAttemptFailCount", "DroppedEventCount", "DeadLetteredCount", "DestinationProcessingDurationInMs",
    },
    "microsoft.storage/storageaccounts": {
        "UsedCapacity", "Transactions", "Ingress", "Egress", "SuccessServerLatency", "SuccessE2ELatency",
        "Availability",
    },
    "microsoft.storage/storageaccounts/blobservices": {
        "BlobCapacity", "BlobCount", "ContainerCount", "Transactions", "Ingress", "Egress", "Availability",
        "SuccessServerLatency", "SuccessE2ELatency",
    },
    "microsoft.sql/servers/databases": {
        "cpu_percent", "physical_data_read_percent", "log_write_percent", "dtu_consumption_percent", "storage",
        "storage_percent", "connection_successful", "connection_failed", "blocked_by_firewall", "deadlock",
        "workers_percent", "sessions_percent", "app_cpu_percent", "app_memory_percent", "app_cpu_billed",
        "availability",
    },
    "microsoft.machinelearningservices/workspaces": {
        "Completed Runs", "Started Runs", "Failed Runs", "Cancelled Runs", "Queued Runs", "Preparing Runs",
        "Quota Utilization Percentage", "Total Nodes", "Active Nodes", "Idle Nodes", "Unusable Nodes", "Total Cores",
        "Active Cores", "CpuUtilization", "GpuUtilization", "Errors", "Warnings",
    },
    "microsoft.keyvault/vaults": {
        "Availability", "ServiceApiHit", "ServiceApiLatency", "ServiceApiResult", "SaturationShoebox",
    },
    "microsoft.insights/components": {
        "requests/count", "requests/failed", "requests/duration", "exceptions/count", "dependencies/failed",
        "dependencies/count", "traces/count",
    },
}  # fmt: skip
"""Metrics that Azure itself measures, by the type of what is measured."""


def kql(subject: Infrastructure) -> Iterator[Finding]:
    """A query that the service refuses, or that asks for a column which is not there, is found out here."""
    every = queries_of(subject)
    for query, answer in zip(every, ask(every), strict=True):
        for start, text in answer.faults:
            yield Finding(
                place=query.place_of(start),
                problem=f"the query is wrong: {text}",
                remedy=f"Mend it; tables and columns are in infra/check/kql_tables.py{_of(query.target.lower())}.",
            )


def _of(target: str) -> str:
    word = {COMPONENT_TYPE: "COMPONENT", WORKSPACE_TYPE: "WORKSPACE"}.get(target)
    return f", {word}" if word else ""


def unused_queries(subject: Infrastructure) -> Iterator[Finding]:
    """A query that nothing asks looks as if somebody were watching."""
    for query in queries_of(subject):
        if not query.is_asked:
            yield Finding(
                place=query.place,
                problem="no alert, workbook or dashboard asks this query.",
                remedy="Load it with loadTextContent, or take the file away.",
            )


def telemetry_metrics(subject: Infrastructure) -> Iterator[Finding]:
    """A chart or an alert on a metric that nobody sends stays empty and silent."""
    for query in queries_of(subject):
        for match in METRIC.finditer(query.text):
            if match[0] not in METRICS:
                yield _unknown_metric(query, match)
    for found in subject.each("Microsoft.Insights/metricAlerts", "Microsoft.Portal/dashboards"):
        for node in texts(found.resource.body):
            for name in (
                sorted(set(METRIC.findall(text_of(node.value))) - METRICS) if _short(node.value) else ()
            ):
                yield Finding(
                    place=node.place,
                    problem=f"{found.what} asks for the metric {name}, which nobody sends.",
                    remedy="Take a name of shared/telemetry/names.py.",
                )


def _unknown_metric(query: Query, match: re.Match[str]) -> Finding:
    return Finding(
        place=query.place_of(match.start()),
        problem=f"the query asks for the metric {match[0]}, which nobody sends.",
        remedy="Take a name of shared/telemetry/names.py.",
    )


def _short(value: object) -> bool:
    """Whether it is a name rather than a query, which is looked at on its own."""
    return "\n" not in text_of(value) and "|" not in text_of(value)


def telemetry_dimensions(subject: Infrastructure) -> Iterator[Finding]:
    """Telemetry is split by a few known dimensions alone: any other is always empty."""
    for query in queries_of(subject):
        for match in DIMENSION.finditer(query.text):
            name = match[1] or match[2]
            if name not in DIMENSIONS and name not in ADDED:
                yield Finding(
                    place=query.place_of(match.start()),
                    problem=f"the query splits by {name}, which telemetry does not carry.",
                    remedy=f"There are {', '.join(sorted(DIMENSIONS))}.",
                )


def telemetry_operations(subject: Infrastructure) -> Iterator[Finding]:
    """Operations are named for functions: a query for one that the app does not have finds nothing."""
    for query in queries_of(subject):
        for match in OPERATION.finditer(query.text):
            for name in TEXT.findall(match[1]):
                if name not in subject.functions:
                    yield Finding(
                        place=query.place_of(match.start()),
                        problem=f"the query asks for the function {name}, which the app does not have.",
                        remedy="Take a name of tests/conformance/functions.json.",
                    )


def platform_metrics(subject: Infrastructure) -> Iterator[Finding]:
    """Azure measures a fixed set per type; an alert on another metric is refused when it is deployed."""
    for found in subject.each("Microsoft.Insights/metricAlerts"):
        for number, criterion in enumerate(found.get("properties.criteria.allOf") or ()):
            namespace = _namespace(found, criterion)
            name = str(criterion.get("metricName"))
            known = PLATFORM_METRICS.get(namespace)
            if not METRIC.match(name) and name not in (known or ()):
                node = found.resource.body.at("properties", "criteria", "allOf", number, "metricName")
                yield Finding(
                    place=node.place if node else found.resource.place,
                    problem=f"{found.what} asks for the metric {name} of {namespace or 'nothing'}.",
                    remedy=f"There are {', '.join(sorted(known or PLATFORM_METRICS))}.",
                )


def _namespace(found: Found, criterion: dict[str, object]) -> str:
    given = criterion.get("metricNamespace") or found.get("properties.targetResourceType")
    return str(given or "").lower()
