"""Data Factory's pipelines: the names that they use exist, in themselves, in each other, and in the app.

Whether their properties fit the published types is not here.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from infra.check.model import Place
from infra.check.routes import HOLE, shape_of_expression, shape_of_route
from infra.check.rules import Finding
from infra.check.subject import Infrastructure, text_of, texts

Activity = dict[str, Any]

FACTORY = "Microsoft.DataFactory/factories"
INNER = ("activities", "ifTrueActivities", "ifFalseActivities", "defaultActivities")
PLACEHOLDER = re.compile(r"{{\w*}}")
REPLACED = re.compile(r"'({{\w+}})'")
APP_URL = "pipeline().globalParameters.function_app_url"
KINDS = {"pipelines": "pipelines", "triggers": "triggers", "linked_services": "linkedservices"}
"""Folders of definitions, and the type of resource that each becomes."""


def adf_routes(subject: Infrastructure) -> Iterator[Finding]:
    """A pipeline that calls an address which the app does not have fails when it is needed."""
    known = {(shape, method) for shape, methods in _routes(subject).items() for method in methods}
    for path, activity in _every_activity(subject):
        for shape, method in _calls(activity):
            if (shape, method) not in known:
                shown = ", ".join(sorted(f"{verb} {route}" for route, verb in known))
                yield Finding(
                    place=_place(subject, path, activity),
                    problem=f"activity '{activity['name']}' calls {method} {shape}, which the app does not have.",
                    remedy=f"It has {shown}.",
                )


def _routes(subject: Infrastructure) -> dict[str, list[str]]:
    triggers = [f.trigger for f in subject.functions.values() if f.kind == "httpTrigger"]
    return {shape_of_route(str(t.get("route"))): list(t.get("methods") or ()) for t in triggers}


def _calls(activity: Activity) -> Iterator[tuple[str, str]]:
    about = activity["typeProperties"]
    method = str(about.get("method", "GET"))
    if activity["type"] == "AzureFunctionActivity":
        yield shape_of_expression(_value(about["functionName"])), method
    elif APP_URL in _value(about.get("url")):
        shape = shape_of_expression(_value(about["url"]))
        yield shape.removeprefix(HOLE).removeprefix("/api/"), method


def _value(property_: Any) -> str:
    """Return the text of a property, be it an expression object or plain."""
    inner = property_.get("value") if isinstance(property_, dict) else property_
    return inner if isinstance(inner, str) else ""


def adf_pipelines(subject: Infrastructure) -> Iterator[Finding]:
    """A trigger or a pipeline starts a pipeline that exists, with the parameters that it has."""
    declared = {
        value["name"]: value["properties"].get("parameters", {}) for value in subject.pipelines.values()
    }
    for path, name, given in _starts(subject):
        here = subject.line_of(path, f'"referenceName": "{name}"')
        if name not in declared:
            yield Finding(
                place=here,
                problem=f"pipeline '{name}' does not exist.",
                remedy=f"There are {', '.join(sorted(declared))}.",
            )
            continue
        needed = {each for each, about in declared[name].items() if "defaultValue" not in about}
        for wrong, word in ((given - declared[name].keys(), "unknown"), (needed - given, "missing")):
            if wrong:
                yield Finding(
                    place=here,
                    problem=f"pipeline '{name}' is started with {word} parameters: {', '.join(sorted(wrong))}.",
                    remedy=f"It declares {', '.join(sorted(declared[name]))}.",
                )


def _starts(subject: Infrastructure) -> Iterator[tuple[Path, str, set[str]]]:
    """Yield who starts which pipeline, with the names of the parameters."""
    for path, activity in _every_activity(subject):
        about = activity["typeProperties"]
        if activity["type"] == "ExecutePipeline":
            yield path, about["pipeline"]["referenceName"], set(about.get("parameters", {}))
    for path, trigger in subject.definitions("triggers").items():
        for started in trigger["properties"].get("pipelines", ()):
            yield path, started["pipelineReference"]["referenceName"], set(started.get("parameters", {}))


def adf_expressions(subject: Infrastructure) -> Iterator[Finding]:
    """Data Factory looks at the names in an expression only when it comes to it, which may be hours after the start."""
    shared = set(subject.adf_globals)
    for path, pipeline in subject.pipelines.items():
        properties = pipeline["properties"]
        activities = list(_activities(properties["activities"]))
        known = {
            "activity": {activity["name"] for activity in activities},
            "variable": set(properties.get("variables", {})),
            "parameter": set(properties.get("parameters", {})),
            "global parameter": shared,
        }
        for activity in activities:
            for kind, name in _used(activity):
                if name not in known[kind]:
                    yield Finding(
                        place=_place(subject, path, activity, name),
                        problem=f"activity '{activity['name']}' names the {kind} '{name}', which does not exist.",
                        remedy=f"Declare it, or use one of: {', '.join(sorted(known[kind])) or 'none'}.",
                    )


PATTERNS = {
    "activity": re.compile(r"activity\('((?:[^']|'')+)'\)"),
    "variable": re.compile(r"variables\('([^']+)'\)"),
    "parameter": re.compile(r"pipeline\(\)\.parameters\.(\w+)"),
    "global parameter": re.compile(r"pipeline\(\)\.globalParameters\.(\w+)"),
}


def _used(activity: Activity) -> Iterator[tuple[str, str]]:
    """Yield what an activity names, without its inner activities, which speak for themselves."""
    about = {key: value for key, value in activity["typeProperties"].items() if key not in INNER}
    for text in _strings(about):
        for kind, pattern in PATTERNS.items():
            for name in pattern.findall(text) if "@" in text else ():
                yield kind, name
    if activity["type"] in ("SetVariable", "AppendVariable"):
        yield "variable", about["variableName"]
    for before in activity.get("dependsOn", ()):
        yield "activity", before["activity"]


def adf_deployed(subject: Infrastructure) -> Iterator[Finding]:
    """A definition that nobody deploys looks as if it ran."""
    for folder, kind in KINDS.items():
        for path, definition in subject.definitions(folder).items():
            for environment in subject.graphs:
                deployed = {
                    _last(one.resource.name) for one in subject.each(f"{FACTORY}/{kind}", only=environment)
                }
                if definition["name"] not in deployed:
                    yield Finding(
                        place=Place(path, 1),
                        problem=f"{folder} '{definition['name']}' is not deployed.",
                        remedy=f"Load it in the Data Factory module as a {FACTORY}/{kind}.",
                        environment=environment,
                    )


def adf_placeholders(subject: Infrastructure) -> Iterator[Finding]:
    """A placeholder that the deployment leaves standing becomes an address that nobody answers."""
    kinds = [FACTORY, *(f"{FACTORY}/{kind}" for kind in KINDS.values())]
    for found in subject.each(*kinds):
        for node in texts(found.resource.body):
            text = text_of(node.value)
            replaced = set(REPLACED.findall(text))  # as text that is known only later tells it
            for name in sorted(set(PLACEHOLDER.findall(text)) - replaced):
                yield Finding(
                    place=node.place,
                    problem=f"{found.what} ({_last(found.resource.name)}) still holds {name}.",
                    remedy="Replace it where the definition is loaded.",
                    environment=found.environment,
                )


def adf_linked_services(subject: Infrastructure) -> Iterator[Finding]:
    """An activity connects through a linked service that exists."""
    known = {service["name"] for service in subject.definitions("linked_services").values()}
    every = subject.pipelines | subject.definitions("linked_services")
    for path, definition in every.items():
        for name in _references(definition, "LinkedServiceReference"):
            if name not in known:
                yield Finding(
                    place=subject.line_of(path, f'"referenceName": "{name}"'),
                    problem=f"linked service '{name}' does not exist.",
                    remedy=f"There are {', '.join(sorted(known))}.",
                )


def _references(value: Any, kind: str) -> Iterator[str]:
    if isinstance(value, dict) and value.get("type") == kind:
        yield str(value.get("referenceName"))
    for inner in _inner(value):
        yield from _references(inner, kind)


def _every_activity(subject: Infrastructure) -> Iterator[tuple[Path, Activity]]:
    for path, pipeline in subject.pipelines.items():
        for activity in _activities(pipeline["properties"]["activities"]):
            yield path, activity


def _activities(activities: list[Activity]) -> Iterator[Activity]:
    """Yield activities, and those inside loops and conditions."""
    for activity in activities:
        yield activity
        for key in INNER:
            yield from _activities(activity["typeProperties"].get(key, []))


def _place(subject: Infrastructure, path: Path, activity: Activity, word: str = "") -> Place:
    """Return the line of a word after an activity's name, of the activity where the word is not told."""
    begin = subject.line_of(path, f'"name": "{activity["name"]}"')
    lines = subject.text(path).splitlines()
    after: Callable[[int], bool] = lambda number: number >= begin.line and word in lines[number - 1]  # noqa: E731
    found = next(filter(after, range(1, len(lines) + 1)), begin.line) if word else begin.line
    return Place(path, found)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in _inner(value):
        yield from _strings(inner)


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _last(name: str) -> str:
    return name.rpartition("/")[2]
