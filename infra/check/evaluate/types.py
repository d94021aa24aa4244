"""Holds values against the types that a file declares for them. Types of Azure's resources are elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infra.check.evaluate.environment import Environment, Names
from infra.check.evaluate.expressions import evaluate
from infra.check.evaluate.values import faulty, kind_of, shown
from infra.check.model import Node, Place, Unknown
from infra.check.syntax.nodes import (
    ArrayOf,
    Decorator,
    Expression,
    Index,
    ItemOf,
    Literal,
    Member,
    Name,
    NonNull,
    Nullable,
    ObjectType,
    Property,
    Tuple,
    TypeCall,
    Unary,
    Union,
)

Mismatch = tuple[Place, str]
_PRIMITIVE: dict[str, tuple[type, ...]] = {
    "string": (str,), "int": (int,), "bool": (bool,), "object": (dict,), "array": (list,),
    "secureString": (str,), "secureObject": (dict,), "any": (object,),
}  # fmt: skip
_DEEPEST = 64  # names of types that stand for each other, before it is a circle


@dataclass(frozen=True)
class Kind:
    """A type with the decorators on it, and the file in which its names mean something."""

    type: Expression
    names: Names
    decorators: tuple[Decorator, ...] = ()

    def inner(self, type_: Expression, decorators: tuple[Decorator, ...] = ()) -> "Kind":
        """Return a type that is a part of this one."""
        return Kind(type_, self.names, decorators)

    @property
    def optional(self) -> bool:
        """Tell whether null is a value of it."""
        return _optional(resolved(self).type)

    @property
    def secure(self) -> bool:
        """Tell whether its values are secret."""
        here = resolved(self)
        named = isinstance(here.type, Name) and here.type.name.startswith("secure")
        return named or any(d.name == "secure" for d in (*self.decorators, *here.decorators))


def _optional(type_: Expression) -> bool:
    if isinstance(type_, Union):
        return any(_optional(member) for member in type_.members)
    return isinstance(type_, Nullable) or (isinstance(type_, Literal) and type_.value is None)


def resolved(kind: Kind) -> Kind:
    """Return what a type stands for, where it is a name or a part of another one; with all decorators on the way."""
    for _ in range(_DEEPEST):
        further = _step(kind)
        if further is None:
            return kind
        kind = replace(further, decorators=(*kind.decorators, *further.decorators))
    raise faulty(kind.type.place, "cycle", "This type stands for itself.", "Give it a shape.")


def _step(kind: Kind) -> Kind | None:
    here = kind.type
    if isinstance(here, Name):
        return _declared(here, kind.names) if here.name not in _PRIMITIVE else None
    if isinstance(here, Member):
        return _member(here, kind)
    if isinstance(here, ItemOf | Index):
        return _item(here, kind)
    return None


def _declared(name: Name | Member, names: Names, asked: Place | None = None) -> Kind:
    found = names.declared_type(name.name, asked)
    if found is None:
        raise faulty(
            name.place, "undeclared-name", f"There is no type `{name.name}`.", "Declare it, or mend the name."
        )
    return Kind(found[0].value, found[1], found[0].decorators)


def _member(member: Member, kind: Kind) -> Kind | None:
    target = member.target
    if isinstance(target, Name):
        if target.name == "sys":
            return kind.inner(Name(place=member.place, name=member.name))
        library = kind.names.namespace(target.name)
        if library:
            return _declared(member, library, member.place)
    outer = _outer(target, kind)
    if isinstance(outer.type, TypeCall | Member | ItemOf | Index):
        return None  # a part of one of Azure's types
    found = next((p for p in _properties(outer) if p.name == member.name), None)
    if found is None:
        raise faulty(member.place, "undeclared-name", f"The type has no `{member.name}`.", "Mend the name.")
    return outer.inner(found.type, found.decorators)


def _outer(target: Expression, kind: Kind) -> Kind:
    """Return the type that a part is taken out of; whether null is a value of it does not matter."""
    found = resolved(kind.inner(target))
    while isinstance(found.type, Nullable | NonNull):
        found = resolved(found.inner(found.type.target))
    return found


def _item(item: ItemOf | Index, kind: Kind) -> Kind | None:
    outer = _outer(item.target, kind)
    if isinstance(outer.type, ArrayOf):
        return outer.inner(outer.type.item)
    if isinstance(outer.type, Tuple) and isinstance(item, Index) and isinstance(item.index, Literal):
        found = outer.type.items[int(item.index.value or 0)]
        return outer.inner(found.type, found.decorators)
    rest = next((p for p in _properties(outer) if p.name is None), None)
    return outer.inner(rest.type, rest.decorators) if rest else None


def _properties(kind: Kind) -> Sequence[Property]:
    return kind.type.properties if isinstance(kind.type, ObjectType) else ()


# ---- values against types


def mismatches(node: Node, kind: Kind) -> Iterator[Mismatch]:
    """Yield what is wrong with a value, each with its place; what is unknown may be anything."""
    here = resolved(kind)
    if isinstance(node.value, Unknown):
        return
    check = _CHECKS.get(type(here.type), _anything)
    found = list(check(node, here))
    yield from found or _outside_limits(node, here)


def _anything(node: Node, kind: Kind) -> Iterator[Mismatch]:
    yield from ()


def _primitive(node: Node, kind: Kind) -> Iterator[Mismatch]:
    assert isinstance(kind.type, Name)
    wanted = _PRIMITIVE[kind.type.name]
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
    named = {p.name: kind.inner(p.type, p.decorators) for p in _properties(kind)}
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


# ---- limits that decorators set


def _outside_limits(node: Node, kind: Kind) -> Iterator[Mismatch]:
    if node.value is None or isinstance(kind.type, Nullable):
        return
    for decorator in kind.decorators:
        check = _LIMITS.get(decorator.name)
        if check and decorator.arguments:
            limit = evaluate(decorator.arguments[0], Environment(kind.names)).plain()
            problem = check(node.plain(), limit)
            if problem:
                yield node.place, problem


def _allowed(value: Any, limit: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    wrong = [one for one in values if one not in limit]
    return f"{wrong[0]!r} is none of {', '.join(map(repr, limit))}" if wrong else None


def _longer(value: Any, limit: Any) -> str | None:
    fits = not isinstance(value, str | list) or len(value) <= limit
    return None if fits else f"its length is {len(value)}, the most is {limit}"


def _shorter(value: Any, limit: Any) -> str | None:
    fits = not isinstance(value, str | list) or len(value) >= limit
    return None if fits else f"its length is {len(value)}, the least is {limit}"


def _larger(value: Any, limit: Any) -> str | None:
    return None if not isinstance(value, int) or value <= limit else f"{value} is more than {limit}"


def _smaller(value: Any, limit: Any) -> str | None:
    return None if not isinstance(value, int) or value >= limit else f"{value} is less than {limit}"


_LIMITS: dict[str, Callable[[Any, Any], str | None]] = {
    "allowed": _allowed, "maxLength": _longer, "minLength": _shorter, "maxValue": _larger, "minValue": _smaller,
}  # fmt: skip


# ---- secrets


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
