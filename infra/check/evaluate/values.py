"""Values while they are computed: what Bicep's symbols stand for, what is unknown, and how values become texts."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.check.model import Fault, Faulty, Node, Place, Resource, Unknown

NOT_EVALUATED = "not evaluated"  # text of what stays unknown because of a fault
MOST_ITEMS = 10_000  # of a loop or a range, as Azure has it


class Symbol(dict[str, Node]):
    """What the name of a resource or a module stands for: an object, of which more may be known than Azure tells.

    Parameters
    ----------
    known : mapping
        The properties with known values.
    label : str
        The id of the resource, or the name of the module.
    resource : Resource, optional
        The resource that this is the whole of.
    present : bool
        False where its condition is: then nothing may be taken out of it.
    sealed : bool
        True where other properties than the known ones are a mistake, as of a module's outputs.
    """

    def __init__(
        self,
        known: Mapping[str, Node],
        *,
        label: str,
        resource: Resource | None = None,
        present: bool = True,
        sealed: bool = False,
    ) -> None:
        super().__init__(known)
        self.label, self.resource, self.present, self.sealed = label, resource, present, sealed
        self.children: dict[str, Node] = {}


@dataclass(frozen=True)
class Closure:
    """A lambda with what it sees; calling it evaluates its body."""

    parameters: tuple[str, ...]
    call: Callable[..., Node]


Argument = Node | Closure


def faulty(place: Place, rule: str, problem: str, remedy: str) -> Faulty:
    """Return the error that tells what cannot be evaluated."""
    return Faulty(Fault(place=place, rule=rule, problem=problem, remedy=remedy))


def node_of(value: Any, place: Place) -> Node:
    """Return plain JSON as a value; all of it stands at one place."""
    if isinstance(value, dict):
        return Node({str(name): node_of(inner, place) for name, inner in value.items()}, place)
    if isinstance(value, list):
        return Node([node_of(inner, place) for inner in value], place)
    return Node(value, place)


def unknowns(node: Node) -> list[Unknown]:
    """Return everything in a value that only Azure knows."""
    return [inner.value for _, inner in node.walk() if isinstance(inner.value, Unknown)]


def is_secure(*nodes: Node) -> bool:
    """Tell whether anything secret is in the values."""
    return any(unknown.secure for node in nodes for unknown in unknowns(node))


def unknown_text(parts: Iterable[Node], text: str, place: Place) -> Node:
    """Return a text that is unknown because of some of its parts."""
    return Node(Unknown(text, is_secure(*parts), "string"), place)


def as_text(node: Node) -> str:
    """Return a value as it stands in a text; what is unknown stands in braces."""
    value = node.value
    if isinstance(value, Unknown):
        return value.text if value.kind == "string" else "{" + value.text + "}"
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(jsonable(node), separators=(",", ":"), ensure_ascii=False)


def jsonable(node: Node) -> Any:
    """Return a value as plain JSON; what is unknown becomes a text in braces."""
    if isinstance(node.value, dict):
        return {name: jsonable(inner) for name, inner in node.value.items()}
    if isinstance(node.value, list):
        return [jsonable(inner) for inner in node.value]
    return as_text(node) if isinstance(node.value, Unknown) else node.value


def shown(node: Argument) -> str:
    """Return a value as it would be written."""
    if isinstance(node, Closure):
        return "=>"
    if isinstance(node.value, Unknown):
        return node.value.text
    if isinstance(node.value, str):
        return f"'{node.value}'"
    text = json.dumps(jsonable(node), ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "..."


def kind_of(value: object) -> str:
    """Return what Bicep calls the type of a value."""
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "bool"), (int, "int"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"),
        (Unknown, "any"), (Closure, "lambda"),
    )  # fmt: skip
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
