"""Functions over arrays and objects, some of them over texts too."""

import json
from collections.abc import Sequence
from typing import Any

from infra.check.evaluate.functions.registry import FUNCTIONS, Invocation, plain, valued
from infra.check.evaluate.values import MOST_ITEMS, Argument, Symbol, as_text, unknowns
from infra.check.model import Node, Unknown

Nodes = list[Node]
Object = dict[str, Node]


@plain("range")
def range_(start: int, count: int) -> list[int]:
    """Return so many numbers from a first one on."""
    if not 0 <= count <= MOST_ITEMS:
        raise ValueError(f"{count} items, of 0 to {MOST_ITEMS}")
    return list(range(start, start + count))


@valued("length")
def length(invocation: Invocation, value: str | Nodes | Object) -> Node:
    """Count items, properties or characters."""
    return invocation.node(len(value))


@valued("empty")
def empty(invocation: Invocation, value: str | Nodes | Object | None) -> Node:
    """Tell whether nothing is in there."""
    return invocation.node(not value)


def _empty(invocation: Invocation, arguments: Sequence[Argument]) -> Node:
    """Tell it even of a text with unknown parts, where something else stands in it."""
    value = arguments[0].value if arguments and isinstance(arguments[0], Node) else None
    if isinstance(value, Unknown) and value.kind == "string" and not (value.secure or value.text[0] == "{"):
        return Node(False, invocation.place)
    return _known_empty(invocation, arguments)


_known_empty, FUNCTIONS["empty"] = FUNCTIONS["empty"], _empty


@valued("contains")
def contains(invocation: Invocation, value: str | Nodes | Object, part: object) -> Node:
    """Tell whether a text has a part, an array an item, an object a property."""
    if isinstance(value, str | dict) and not isinstance(part, str | int):
        raise invocation.wrong("what is looked for is no text.")
    if isinstance(value, str):
        return invocation.node(str(part) in value)
    if isinstance(value, Symbol) and part not in value:
        return invocation.unknown(invocation.node(value.label), Node(part, invocation.place))  # type: ignore[arg-type]
    if isinstance(value, dict):
        return invocation.node(str(part).lower() in {name.lower() for name in value})
    wanted = Node(part, invocation.place).plain()  # type: ignore[arg-type]
    if any(node.plain() == wanted and type(node.value) is type(part) for node in value):
        return invocation.node(True)
    if any(unknowns(node) for node in value):
        return invocation.unknown(*value, Node(part, invocation.place))  # type: ignore[arg-type]
    return invocation.node(False)


@valued("concat")
def concat(invocation: Invocation, *values: Any) -> Node:
    """Join arrays, or texts."""
    if values and all(isinstance(value, list) for value in values):
        return Node([node for value in values for node in value], invocation.place)
    if any(isinstance(value, list | dict) for value in values):
        raise invocation.wrong("arrays and other values cannot be joined.")
    return invocation.node("".join(as_text(Node(value, invocation.place)) for value in values))


@valued("first")
def first(invocation: Invocation, value: str | Nodes) -> Node:
    """Return the first item, null where there is none."""
    if isinstance(value, str):
        return invocation.node(value[:1])
    return value[0] if value else invocation.node(None)


@valued("last")
def last(invocation: Invocation, value: str | Nodes) -> Node:
    """Return the last item, null where there is none."""
    if isinstance(value, str):
        return invocation.node(value[-1:])
    return value[-1] if value else invocation.node(None)


@valued("take")
def take(invocation: Invocation, value: str | Nodes, count: int) -> Node:
    """Return the first items, or as many as there are."""
    return Node(value[: max(count, 0)], invocation.place)


@valued("skip")
def skip(invocation: Invocation, value: str | Nodes, count: int) -> Node:
    """Return what follows the first items."""
    return Node(value[max(count, 0) :], invocation.place)


@valued("array")
def array(invocation: Invocation, value: object) -> Node:
    """Return a value as an array."""
    node = Node(value, invocation.place)  # type: ignore[arg-type]
    return node if isinstance(value, list) else Node([node], invocation.place)


@valued("flatten")
def flatten(invocation: Invocation, value: Nodes) -> Node:
    """Join the arrays of an array."""
    return concat(invocation, [], *(node.value for node in value))


@valued("union")
def union(invocation: Invocation, *values: Nodes | Object) -> Node:
    """Return objects merged to the depth, or arrays without doubles."""
    if all(isinstance(value, dict) for value in values):
        return Node(_merged([value for value in values if isinstance(value, dict)]), invocation.place)
    lists = [value for value in values if isinstance(value, list)]
    if len(lists) != len(values):
        raise invocation.wrong("arrays and objects cannot be merged.")
    return Node(_distinct([node for value in lists for node in value]), invocation.place)


def _merged(objects: list[Object]) -> Object:
    found: Object = {}
    for name, node in ((name, node) for value in objects for name, node in value.items()):
        before = found[name].value if name in found else None
        if isinstance(before, dict) and isinstance(node.value, dict):
            node = Node(_merged([before, node.value]), node.place)
        found[name] = node
    return found


def _distinct(nodes: Nodes) -> Nodes:
    found: dict[str, Node] = {}
    for node in nodes:
        found.setdefault(json.dumps(node.plain(), default=repr, sort_keys=True), node)
    return list(found.values())


@valued("distinct")
def distinct(invocation: Invocation, value: Nodes) -> Node:
    """Return the items without doubles."""
    return Node(_distinct(value), invocation.place)


@valued("intersection")
def intersection(invocation: Invocation, start: Nodes | Object, *others: Nodes | Object) -> Node:
    """Return what all arrays, or all objects, have in common."""
    if isinstance(start, dict):
        kept = {
            name: node for name, node in start.items()
            if all(isinstance(o, dict) and name in o and o[name].plain() == node.plain() for o in others)
        }  # fmt: skip
        return Node(kept, invocation.place)
    plain_others = [[node.plain() for node in other] for other in others if isinstance(other, list)]
    return Node(
        [node for node in start if all(node.plain() in other for other in plain_others)], invocation.place
    )


@valued("shallowMerge")
def shallow_merge(invocation: Invocation, value: Nodes) -> Node:
    """Return objects merged; the last one counts."""
    merged: Object = {}
    for node in value:
        merged.update(_object(invocation, node))
    return Node(merged, invocation.place)


def _object(invocation: Invocation, node: Node) -> Object:
    if isinstance(node.value, dict):
        return node.value
    raise invocation.wrong("an item is no object.")


@valued("items")
def items(invocation: Invocation, value: Object) -> Node:
    """Return the properties of an object as an array of key and value, in the order of keys."""
    pairs = [{"key": invocation.node(name), "value": value[name]} for name in sorted(value)]
    return Node([Node(pair, invocation.place) for pair in pairs], invocation.place)


@valued("objectKeys")
def object_keys(invocation: Invocation, value: Object) -> Node:
    """Return the names of an object's properties in their order."""
    return invocation.node(sorted(value))
