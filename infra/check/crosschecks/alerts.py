"""An alert that can never be right is worse than none: its columns are in its query, its dimensions are sent.

Whether the names in a query exist at all is in telemetry, whether people are told what to do, in documentation.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from infra.check.crosschecks.telemetry import ADDED, DIMENSION, METRIC
from infra.check.kusto import ask
from infra.check.queries import ALERT, queries_of
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, text_of
from shared.settings import ROOT
from shared.telemetry import Metric

METRIC_ALERT = "Microsoft.Insights/metricAlerts"
SENDERS = ("functions", "monitor", "shared")
SEND = ("count", "measure")


def alert_columns(subject: Infrastructure) -> Iterator[Finding]:
    """An alert that measures or splits by a column which its query does not give is refused when it is deployed."""
    every = queries_of(subject)
    answers = {query.text.strip(): answer for query, answer in zip(every, ask(every), strict=True)}
    for found in subject.each(ALERT):
        for number, condition in enumerate(found.get("properties.criteria.allOf") or ()):
            answer = answers.get(text_of(condition.get("query")).strip())
            for path, column in _columns(condition):
                if answer and not answer.faults and column not in answer.columns:
                    yield found.finding(
                        f"({_name(found)}) takes the column {column}, which its query does not give.",
                        f"It gives {', '.join(answer.columns)}.",
                        f"properties.criteria.allOf.{number}.{path}",
                    )


def _columns(condition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the columns that a condition takes, each with the property that names it."""
    for dimension in condition.get("dimensions") or ():
        yield "dimensions", str(dimension.get("name"))
    if condition.get("metricMeasureColumn"):
        yield "metricMeasureColumn", str(condition["metricMeasureColumn"])


def _name(found: Found) -> str:
    """Return an alert's name without its environment, so that what is wrong in both is told once."""
    return found.resource.name.removesuffix(f"-{found.environment}")


def alert_actions(subject: Infrastructure) -> Iterator[Finding]:
    """An alert that tells nobody is seen by those alone who look."""
    for found in subject.each(ALERT, METRIC_ALERT):
        actions = found.get("properties.actions")
        told = actions.get("actionGroups") if isinstance(actions, dict) else actions
        if not told:
            yield found.finding(
                f"({_name(found)}) tells nobody.", "Give it the action group.", "properties.actions"
            )


def metric_dimensions(subject: Infrastructure) -> Iterator[Finding]:
    """A query that splits a metric by what is sent with other metrics alone has one empty group."""
    for query in queries_of(subject):
        metrics = {name for name in METRIC.findall(query.text) if name in sent_with()}
        sent = set(ADDED).union(*(sent_with()[name] for name in metrics))
        for match in DIMENSION.finditer(query.text) if metrics else ():
            name = match[1] or match[2]
            if name not in sent:
                yield Finding(
                    place=query.place_of(match.start()),
                    problem=f"the query splits by {name}, which is not sent with {', '.join(sorted(metrics))}.",
                    remedy=f"Sent are {', '.join(sorted(sent - ADDED.keys())) or 'none'}.",
                )


@cache
def sent_with() -> dict[str, set[str]]:
    """Return the dimensions that the code sends with each metric, as far as they stand in the call."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in SENDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                metric = _metric_of(node)
                if metric and isinstance(node, ast.Call):
                    found[metric] |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return dict(found)


def _metric_of(node: ast.AST) -> str:
    """Return the metric that a call sends, such as ``count(Metric.RUNS_ENDED, status=...)``."""
    if not (isinstance(node, ast.Call) and node.args):
        return ""
    called, first = ast.unparse(node.func).rpartition(".")[2], ast.unparse(node.args[0])
    name = first.rpartition("Metric.")[2]
    return Metric[name].value if called in SEND and name in Metric.__members__ else ""
