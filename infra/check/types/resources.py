"""Holds a resource against its type: that there is one, its version, its name, where it is deployed, its body.

What a single value may be is not here (see values.py).
"""

import re
from collections.abc import Iterator

from infra.check.model import Fault, Node, Place, Resource, Scalar, Unknown
from infra.check.nearest import listed
from infra.check.types.definitions import Definitions, is_preview
from infra.check.types.exceptions import is_excepted, known_value_faults, scopes_of
from infra.check.types.kinds import Kind, Writable
from infra.check.types.values import REST, Spot, value_faults

OUTSIDE_THE_BODY = frozenset({"name", "parent", "scope", "dependsOn"})  # Bicep's own, or judged apart

# Bits of the scopes in the definitions, with the words for them.
TENANT, MANAGEMENT_GROUP, SUBSCRIPTION, RESOURCE_GROUP, EXTENSION = 1, 2, 4, 8, 16
SCOPES = {
    TENANT: "the tenant",
    MANAGEMENT_GROUP: "a management group",
    SUBSCRIPTION: "a subscription",
    RESOURCE_GROUP: "a resource group",
    EXTENSION: "another resource",
}


def resource_faults(resource: Resource, definitions: Definitions) -> Iterator[Fault]:
    """Yield what is wrong with a resource, all of it without asking Azure."""
    if resource.type.lower() not in definitions.types:
        yield unknown_type(resource.type, resource.place, definitions)
        return
    yield from version_faults(resource.type, resource.api_version, resource.place, definitions)
    found = definitions.find(resource.type, resource.api_version)
    yield from _scope_faults(resource, found)
    if "{" not in resource.name:
        yield from parts_faults(resource.type, resource.name, _place_of_name(resource))
    body = only_named(resource.body) if resource.existing else resource.body
    yield from body_faults(body, resource.type, last_name(resource), found.body)


def unknown_type(kind: str, place: Place, definitions: Definitions) -> Fault:
    """Return the fault of a type that no definition knows."""
    near = definitions.nearest_type(kind)
    remedy = f"Write '{near}'." if near else "Look its name up in the reference of Azure's resource types."
    return Fault(place=place, rule="unknown-type", problem=f"There is no type '{kind}'.", remedy=remedy)


def version_faults(kind: str, version: str, place: Place, definitions: Definitions) -> Iterator[Fault]:
    """Yield what is wrong with how a known type and its version are written."""
    written = definitions.types[kind.lower()]
    newest = definitions.newest(kind)
    if kind != written:
        problem = f"'{kind}' is spelt '{written}'."
        yield Fault(place=place, rule="type-case", problem=problem, remedy=f"Write it as '{written}'.")
    if version.lower() != newest:
        rule, what = _judged(version.lower(), newest, definitions.history(kind))
        problem = f"Version {version} of {written} {what}."
        yield Fault(place=place, rule=rule, problem=problem, remedy=f"Write '{written}@{newest}'.")


def _judged(version: str, newest: str, history: list[str]) -> tuple[str, str]:
    if is_preview(version):
        return "preview-api-version", "is a preview, and may change or end"
    if version in history or version < min(history):
        return "old-api-version", "is not the newest that is stable"
    return "unknown-api-version", f"does not exist; known are {listed(history, version)}"


def body_faults(body: Node, kind: str, name: Scalar, shape: Kind) -> Iterator[Fault]:
    """Yield what is wrong in a body; its own name is the last part of the resource's name."""
    written = body.value if isinstance(body.value, dict) else {}
    kept = {key: inner for key, inner in written.items() if key not in OUTSIDE_THE_BODY}
    place = written["name"].place if "name" in written else body.place
    named = Node({"name": Node(name, place), **kept}, body.place)
    for fault in value_faults(named, shape, Spot(type=kind)):
        if not is_excepted(fault, kind):
            yield fault
    yield from known_value_faults(named, kind)


def only_named(body: Node) -> Node:
    """Return the body of an existing resource, of which a template says no more than the name."""
    name = body.at("name")
    return Node({REST: Node(None, body.place), **({"name": name} if name else {})}, body.place)


def last_name(resource: Resource) -> Scalar:
    """Return the last part of a name: a child's own. With unknown parts it is unknown."""
    if "{" in resource.name:
        return Unknown(resource.name, kind="string")
    return resource.name.rpartition("/")[2]


def _place_of_name(resource: Resource) -> Place:
    name = resource.body.at("name")
    return name.place if name else resource.place


def parts_faults(kind: str, name: str, place: Place) -> Iterator[Fault]:
    """Yield the fault of a name that has not as many parts as its type."""
    wanted, given = kind.count("/"), name.count("/") + 1
    if wanted != given:
        yield Fault(
            place=place,
            rule="parent-mismatch",
            problem=f"'{name}' has {given} part(s), and {kind} has {wanted}.",
            remedy="Set `parent:` to the resource that it belongs to, and write its own name only.",
        )


def _scope_faults(resource: Resource, found: Writable) -> Iterator[Fault]:
    if not resource.existing and not found.writable:
        problem = f"{resource.type} can only be read."
        remedy = "Declare it `existing`, or remove it."
        yield Fault(place=resource.place, rule="wrong-scope", problem=problem, remedy=remedy)
        return
    allowed = scopes_of(resource.type) or (found.readable if resource.existing else found.writable)
    if allowed and not allowed & scope_bit(resource.scope):
        words = " or ".join(word for bit, word in SCOPES.items() if allowed & bit)
        yield Fault(
            place=resource.place,
            rule="wrong-scope",
            problem=f"{resource.type} is deployed to {SCOPES[scope_bit(resource.scope)]} here.",
            remedy=f"Deploy it to {words}: see `scope:` and `targetScope`.",
        )


def scope_bit(scope: str) -> int:
    """Return the kind of scope that a resource id stands for."""
    path = scope.lower().rstrip("/")
    for pattern, bit in (
        (r"", TENANT),
        (r"/providers/microsoft\.management/managementgroups/[^/]+", MANAGEMENT_GROUP),
        (r"/subscriptions/[^/]+", SUBSCRIPTION),
        (r"/subscriptions/[^/]+/resourcegroups/[^/]+", RESOURCE_GROUP),
    ):
        if re.fullmatch(pattern, path):
            return bit
    return EXTENSION
