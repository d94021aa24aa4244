"""Computes objects and arrays."""

from dataclasses import replace
from typing import Any

from infra.check.evaluate.environment import Environment
from infra.check.evaluate.expressions.core import evaluate, reads
from infra.check.evaluate.values import NOT_EVALUATED, as_text, faulty, shown
from infra.check.model import Faulty, Node, Place, Unknown
from infra.check.syntax.nodes import Array, Entry, Object, Spread


@reads(Object)
def _object(expression: Object, seen: Environment) -> Node:
    return Node(properties(expression, seen), expression.place)


def properties(
    body: Object, seen: Environment, *, without: tuple[str, ...] = (), vital: tuple[str, ...] = ()
) -> dict[str, Node]:
    """Return the properties of an object; one that cannot be evaluated is noted and stays unknown, if not vital."""
    found: dict[str, Node] = {}
    for entry in body.entries:
        if isinstance(entry, Entry) and entry.name in without:
            continue
        try:
            found.update(_entry(entry, seen))
        except Faulty as exc:
            if isinstance(entry, Entry) and entry.name in vital:
                raise
            seen.run.report(exc.fault)
            if isinstance(entry, Entry) and entry.name:
                found[entry.name] = Node(Unknown(NOT_EVALUATED), entry.place)
    return found


def _entry(entry: Entry | Spread, seen: Environment) -> dict[str, Node]:
    if isinstance(entry, Spread):
        return _spread(entry, seen, dict)
    key = evaluate(entry.key, seen)
    return {as_text(key): _at(evaluate(entry.value, seen), entry.place)}


def _at(node: Node, place: Place) -> Node:
    """Return a value as standing on the line of its property."""
    return node if node.place == place else replace(node, place=place)


def _spread(spread: Spread, seen: Environment, kind: type) -> Any:
    found = evaluate(spread.value, seen)
    if isinstance(found.value, kind):
        return found.value
    if found.value is None and kind is dict:
        return {}
    raise faulty(
        spread.place,
        "wrong-type",
        f"{shown(found)} cannot be spread here.",
        "Spread objects in objects, arrays in arrays.",
    )


@reads(Array)
def _array(expression: Array, seen: Environment) -> Node:
    items: list[Node] = []
    for item in expression.items:
        if isinstance(item, Spread):
            items.extend(_spread(item, seen, list))
        else:
            items.append(_at(evaluate(item, seen), item.place))
    return Node(items, expression.place)
