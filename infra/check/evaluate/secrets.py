"""Hides what a type calls secret: nothing made of it is known after that."""

from dataclasses import replace

from infra.check.evaluate.kinds import Kind, resolved
from infra.check.model import Node, Unknown
from infra.check.syntax.nodes import ArrayOf, Nullable, ObjectType


def hidden(node: Node, kind: Kind, label: str) -> Node:
    """Return a value in which everything secret is unknown."""
    here = resolved(kind)
    if kind.secure:
        text = node.value.text if isinstance(node.value, Unknown) else label
        return Node(Unknown(text, secure=True), node.place)
    if isinstance(here.type, Nullable):
        return hidden(node, here.inner(here.type.target), label) if node.value is not None else node
    if isinstance(here.type, ObjectType) and isinstance(node.value, dict):
        named = {p.name: here.inner(p.type, p.decorators) for p in here.type.properties}
        return replace(node, value=_hidden_properties(node.value, named, label))
    if isinstance(here.type, ArrayOf) and isinstance(node.value, list):
        item = here.inner(here.type.item)
        return replace(node, value=[hidden(inner, item, f"{label}[]") for inner in node.value])
    return node


def _hidden_properties(value: dict[str, Node], named: dict[str | None, Kind], label: str) -> dict[str, Node]:
    found = {}
    for name, inner in value.items():
        kind = named.get(name) or named.get(None)
        found[name] = hidden(inner, kind, f"{label}.{name}") if kind else inner
    return found
