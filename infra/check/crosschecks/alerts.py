"""An alert that can never be right is worse than none: its columns are in its query, its runbook is written.

Whether the names in a query exist is in telemetry.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.check.crosschecks.telemetry import ADDED, DIMENSION, METRIC, language_service
from infra.check.queries import ALERT, Query, queries_of
from infra.check.rules import Finding
from infra.check.subject import Found, Infrastructure, text_of
from shared.settings import ROOT
from shared.telemetry import Metric

METRIC_ALERT = "Microsoft.Insights/metricAlerts"
RUNBOOK = Path("docs/operations.md")
SECTION = re.compile(rf"{re.escape(str(RUNBOOK))}#([\w-]+)")
SENDERS = ("functions", "monitor", "shared")
SEND = ("count", "measure")
PROBE = "\n| project "


def alert_columns(subject: Infrastructure) -> Iterator[Finding]:
    """An alert that measures or splits by a column which its query does not give is refused when it is deployed."""
    asked = [(found, probe) for found in subject.each(ALERT) for probe in _probes(found)]
    distinct = list(dict.fromkeys((probe.text, probe.target) for _, probe in asked))
    queries = [Query(text=text, place=subject.main, target=target) for text, target in distinct]
    answers = dict(zip(distinct, language_service(queries), strict=True))
    for found, probe in asked:
        for fault in answers[probe.text, probe.target]:
            if int(str(fault["start"])) > probe.text.rindex(PROBE):
                yield found.finding(
                    f"({_name(found)}) takes a column that its query does not give: {fault['text']}",
                    "Give the column that name in the query, or name another one.",
                    "properties.criteria.allOf",
                )


def _probes(found: Found) -> Iterator[Query]:
    """Yield each condition's query with its columns asked for at its end."""
    for condition in found.get("properties.criteria.allOf") or ():
        columns = [each.get("name") for each in condition.get("dimensions") or ()]
        columns += filter(None, [condition.get("metricMeasureColumn")])
        if columns:
            text = f"{text_of(condition.get('query'))}{PROBE}{', '.join(columns)}"
            yield Query(text=text, place=found.place("properties.criteria"), target=_target(found))


def _target(found: Found) -> str:
    scopes = " ".join(map(text_of, found.get("properties.scopes") or ())).lower()
    kinds = ("microsoft.insights/components", "microsoft.operationalinsights/workspaces")
    return next((kind for kind in kinds if kind in scopes), "")


def _name(found: Found) -> str:
    """Return an alert's name without its environment, so that what is wrong in both is told once."""
    return found.resource.name.removesuffix(f"-{found.environment}")


def alert_runbooks(subject: Infrastructure) -> Iterator[Finding]:
    """Whoever is woken at night finds in the alert what to do."""
    sections = set(re.findall(r"^#+ ([\w-]+)$", subject.text(RUNBOOK), re.MULTILINE))
    for found in subject.each(ALERT, METRIC_ALERT):
        named = SECTION.search(text_of(found.get("properties.description")))
        if named is None:
            yield found.finding(
                f"({_name(found)}) does not say where it is told what to do.",
                f"End its description with the section: {RUNBOOK}#name-of-the-alert.",
                "properties.description",
            )
        elif named[1] not in sections:
            yield found.finding(
                f"({_name(found)}) points to '{named[1]}', which is no section of {RUNBOOK}.",
                f"Write it: ### {named[1]}",
                "properties.description",
            )


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
