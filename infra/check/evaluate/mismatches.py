"""Holds values against the types that a file declares for them. Types of Azure's resources are elsewhere."""

from collections.abc import Callable, Iterator

from infra.check.evaluate.environment import Environment
from infra.check.evaluate.expressions import evaluate
from infra.check.evaluate.kinds import PRIMITIVE, Kind, properties_of, resolved
from infra.check.evaluate.limits import Mismatch, outside_limits
from infra.check.evaluate.values import kind_of, shown
from infra.check.model import Node, Unknown
from infra.check.syntax.nodes import (
    ArrayOf,
    Expression,
    Literal,
    Name,
    NonNull,
    Nullable,
    ObjectType,
    Tuple,
    Unary,
    Union,
)


def mismatches(node: Node, kind: Kind) -> Iterator[Mismatch]:
    """Yield what is wrong with a value, each with its place; what is unknown may be anything."""
    here = resolved(kind)
    if isinstance(node.value, Unknown):
        return
    check = _CHECKS.get(type(here.type), _anything)
    found = list(check(node, here))
    yield from found or outside_limits(node, here)


def _anything(node: Node, kind: Kind) -> Iterator[Mismatch]:
    yield from ()


def _primitive(node: Node, kind: Kind) -> Iterator[Mismatch]:
    assert isinstance(kind.type, Name)
    wanted = PRIMITIVE[kind.type.name]
    whole = not (isinstance(node.value, bool) and int in wanted)
    if not (isinstance(node.value, wanted) and whole):
        yield node.place, f"it is {kind_of(node.value)}, not {kind.type.name}"


def _literal(node: Node, kind: Kind) -> Iterator[Mismatch]:
    wanted = evaluate(kind.type, Environment(kind.names))
    if type(node.value) is not type(wanted.value) or node.value != wanted.value:
        yield node.place, f"it is {shown(node)}, not {shown(wanted)}"


def _nullable(node: Node, kind: Kind) -> Iterator[Mismatch]:
    assert isinstance(kind.type, Nullable | NonNull)
    if node.value is None and isinstance(kind.type, Nullable):
        return
    yield from mismatches(node, kind.inner(kind.type.target, kind.decorators))


def _union(node: Node, kind: Kind) -> Iterator[Mismatch]:
    assert isinstance(kind.type, Union)
    members = [kind.inner(member) for member in kind.type.members]
    tries = [list(mismatches(node, member)) for member in members]
    if all(tries):
        literals = all(isinstance(member.type, Literal | Unary) for member in members)
        known = ", ".join(shown(evaluate(m.type, Environment(m.names))) for m in members) if literals else ""
        nearest = min(tries, key=len)[0]
        yield (node.place, f"{shown(node)} is none of {known}") if literals else nearest


def _array_of(node: Node, kind: Kind) -> Iterator[Mismatch]:
    assert isinstance(kind.type, ArrayOf)
    if not isinstance(node.value, list):
        yield node.place, f"it is {kind_of(node.value)}, not array"
        return
    for item in node.value:
        yield from mismatches(item, kind.inner(kind.type.item))


def _tuple(node: Node, kind: Kind) -> Iterator[Mismatch]:
    assert isinstance(kind.type, Tuple)
    if not isinstance(node.value, list) or len(node.value) != len(kind.type.items):
        yield node.place, f"it is no array of {len(kind.type.items)} items"
        return
    for item, wanted in zip(node.value, kind.type.items, strict=True):
        yield from mismatches(item, kind.inner(wanted.type, wanted.decorators))


def _object(node: Node, kind: Kind) -> Iterator[Mismatch]:
    if not isinstance(node.value, dict):
        yield node.place, f"it is {kind_of(node.value)}, not object"
        return
    named = {p.name: kind.inner(p.type, p.decorators) for p in properties_of(kind)}
    for name, wanted in named.items():
        if name and name not in node.value and not wanted.optional:
            yield node.place, f"`{name}` is missing"
    for name, inner in node.value.items():
        wanted_here = named.get(name) or named.get(None)
        if wanted_here is None:
            yield inner.place, f"`{name}` is not known; known are {', '.join(str(n) for n in named if n)}"
        else:
            yield from ((place, f"`{name}`: {problem}") for place, problem in mismatches(inner, wanted_here))


_CHECKS: dict[type[Expression], Callable[[Node, Kind], Iterator[Mismatch]]] = {
    Name: _primitive, Literal: _literal, Unary: _literal, Nullable: _nullable, NonNull: _nullable, Union: _union,
    ArrayOf: _array_of, Tuple: _tuple, ObjectType: _object,
}  # fmt: skip
