"""Functions that ask a lambda about each item of an array."""

from functools import cmp_to_key

from infra.check.evaluate.functions.registry import Invocation, valued
from infra.check.evaluate.operators import truth
from infra.check.evaluate.values import Closure, as_text
from infra.check.model import Node, Unknown

Nodes = list[Node]
Object = dict[str, Node]


def _call(closure: Closure, *values: Node) -> Node:
    return closure.call(*values[: len(closure.parameters)])


def _number(invocation: Invocation, number: int) -> Node:
    return invocation.node(number)


@valued("map")
def map_(invocation: Invocation, value: Nodes, closure: Closure) -> Node:
    """Return what a lambda makes of each item."""
    made = [_call(closure, node, _number(invocation, index)) for index, node in enumerate(value)]
    return Node(made, invocation.place)


@valued("filter")
def filter_(invocation: Invocation, value: Nodes, closure: Closure) -> Node:
    """Return the items for which a lambda is true."""
    verdicts = [_call(closure, node, _number(invocation, index)) for index, node in enumerate(value)]
    if any(isinstance(verdict.value, Unknown) for verdict in verdicts):
        return invocation.unknown(*value)
    kept = [node for node, verdict in zip(value, verdicts, strict=True) if truth(verdict, invocation.place)]
    return Node(kept, invocation.place)


@valued("reduce")
def reduce(invocation: Invocation, value: Nodes, start: object, closure: Closure) -> Node:
    """Return what a lambda makes of the items one after the other, and of a start."""
    so_far = Node(start, invocation.place)  # type: ignore[arg-type]
    for index, node in enumerate(value):
        so_far = _call(closure, so_far, node, _number(invocation, index))
    return so_far


@valued("sort")
def sort(invocation: Invocation, value: Nodes, before: Closure) -> Node:
    """Return the items in the order that a lambda tells of each two."""

    def compare(left: Node, right: Node) -> int:
        if truth(before.call(left, right), invocation.place):
            return -1
        return int(truth(before.call(right, left), invocation.place))

    return Node(sorted(value, key=cmp_to_key(compare)), invocation.place)


@valued("toObject")
def to_object(invocation: Invocation, value: Nodes, key: Closure, made: Closure | None = None) -> Node:
    """Return an object of the items, by keys and perhaps values that lambdas make of them."""
    pairs = {as_text(_call(key, node)): _call(made, node) if made else node for node in value}
    return Node(pairs, invocation.place)


@valued("groupBy")
def group_by(invocation: Invocation, value: Nodes, key: Closure, made: Closure | None = None) -> Node:
    """Return an object of arrays of the items that have the same key."""
    groups: dict[str, Nodes] = {}
    for node in value:
        groups.setdefault(as_text(_call(key, node)), []).append(_call(made, node) if made else node)
    return Node({name: Node(group, invocation.place) for name, group in groups.items()}, invocation.place)


@valued("mapValues")
def map_values(invocation: Invocation, value: Object, made: Closure) -> Node:
    """Return an object with what a lambda makes of each value."""
    return Node({name: _call(made, node) for name, node in value.items()}, invocation.place)
