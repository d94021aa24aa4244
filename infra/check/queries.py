"""Every KQL query of the infrastructure, wherever it hides: in alerts, workbooks, dashboards, files of their own.

What is wrong with them is found in crosschecks.telemetry.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.check.model import Node, Place
from infra.check.subject import BICEP, Found, Infrastructure, text_of

ALERT = "Microsoft.Insights/scheduledQueryRules"
WORKBOOK = "Microsoft.Insights/workbooks"
DASHBOARD = "Microsoft.Portal/dashboards"
COMPONENT_TYPE = "microsoft.insights/components"
WORKSPACE_TYPE = "microsoft.operationalinsights/workspaces"


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query, the line of its first line, and the type of what is asked; empty where that is not told."""

    text: str
    place: Place
    target: str = ""
    is_asked: bool = True  # False of a file that no resource loads

    def place_of(self, offset: int) -> Place:
        """Return the line of a character, where the query stands in a file of its own."""
        own_file = self.place.path.suffix == ".kql"
        return Place(self.place.path, self.place.line + self.text.count("\n", 0, offset) * own_file)


def queries_of(subject: Infrastructure) -> list[Query]:
    """Return every query once, those of files at their own lines."""
    files = {
        path.read_text().strip(): path.relative_to(subject.root)
        for path in sorted((subject.root / BICEP).rglob("*.kql"))
    }
    found: dict[tuple[str, str], Query] = {}
    for query in _of_resources(subject):
        file = files.get(query.text.strip())
        place = Place(file, 1) if file else query.place
        found.setdefault(
            (query.text.strip(), query.target), Query(text=query.text, place=place, target=query.target)
        )
    asked = {text for text, _ in found}
    rest = [
        Query(text=text, place=Place(file, 1), is_asked=False)
        for text, file in files.items()
        if text not in asked
    ]
    return [*found.values(), *rest]


def _of_resources(subject: Infrastructure) -> Iterator[Query]:
    for found in subject.each(ALERT):
        scopes = " ".join(map(text_of, found.get("properties.scopes") or ()))
        for path, node in found.resource.body.walk():
            if path[-1:] == ("query",):
                yield Query(text=text_of(node.value), place=node.place, target=_target(scopes))
    for found in subject.each(WORKBOOK):
        data = found.resource.body.at("properties", "serializedData")
        if data:
            yield from _of_workbook(subject, data)
    for found in subject.each(DASHBOARD):
        yield from _of_dashboard(found)


def _target(identifier: str) -> str:
    known = (COMPONENT_TYPE, WORKSPACE_TYPE)
    return next((kind for kind in known if kind in identifier.lower()), "")


def _of_workbook(subject: Infrastructure, node: Node) -> Iterator[Query]:
    try:
        book = json.loads(text_of(node.value) or "{}")
    except json.JSONDecodeError:
        return  # where a part is known to Azure alone, there is no JSON yet
    for item in _with(book, "query"):
        if item.get("queryType", 0) == 0:
            place = _in_a_file(subject, item["query"]) or node.place
            yield Query(text=item["query"], place=place, target=str(item.get("resourceType", "")))


def _with(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """Yield every object in a value that has a text under a key."""
    if isinstance(value, dict) and isinstance(value.get(key), str):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _with(each, key)


def _in_a_file(subject: Infrastructure, query: str) -> Place | None:
    """Return the line of a JSON file in which a query stands."""
    written = json.dumps(query)[1:-1]
    for path in sorted((subject.root / BICEP).rglob("*.json")):
        inside: Path = path.relative_to(subject.root)
        if written in subject.text(inside):
            return subject.line_of(inside, written)
    return None


def _of_dashboard(found: Found) -> Iterator[Query]:
    """A part tells its query as an input named Query, beside one that tells whom it asks."""
    for path, node in found.resource.body.walk():
        if path[-1:] == ("inputs",) and isinstance(node.value, list):
            inputs = {each.get("name"): each.at("value") for each in node.value}
            query, scope = inputs.get("Query"), inputs.get("Scope")
            if query:
                asked = str(scope.plain()) if scope else ""
                yield Query(text=text_of(query.value), place=query.place, target=_target(asked))
