"""Holds a value against its kind, from the body of a resource down to its last text.

What Azure alone knows fits wherever it may fit. Types, versions, names and scopes are not here (see resources.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.check.model import Fault, Node, Unknown
from infra.check.nearest import listed, meant, nearest
from infra.check.types.kinds import (
    Anything,
    Choice,
    Kind,
    ListOf,
    Property,
    Shape,
    Text,
    Truth,
    Variants,
    Whole,
)

REST = "..."  # a key that stands for properties which are not written out: anything may be among them


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where in a resource a value stands: `properties.encryption` of a type."""

    type: str
    path: str = ""

    def __str__(self) -> str:
        return f"'{self.path}' of {self.type}" if self.path else self.type

    def __truediv__(self, step: str | int) -> "Spot":
        inner = f"[{step}]" if isinstance(step, int) else f".{step}" if self.path else step
        return Spot(type=self.type, path=self.path + inner)


def value_faults(node: Node, kind: Kind, spot: Spot) -> Iterator[Fault]:
    """Yield what is wrong with a value; nothing (null) is the same as a value left out."""
    if isinstance(node.value, Unknown):
        yield from _of_unknown(node, node.value, kind, spot)
        return
    match kind:
        case Shape():
            yield from _of_object(node, kind, spot)
        case Variants():
            yield from _of_variants(node, kind, spot)
        case ListOf():
            yield from _of_list(node, kind, spot)
        case Choice():
            yield from _of_choice(node, kind, spot)
        case Text():
            yield from _of_text(node, kind, spot)
        case Whole():
            yield from _of_whole(node, kind, spot)
        case Truth() if not isinstance(node.value, bool):
            yield wrong_type(node, "true or false", spot)


def _of_unknown(node: Node, unknown: Unknown, kind: Kind, spot: Spot) -> Iterator[Fault]:
    if unknown.kind == "string" and not isinstance(kind, Text | Choice | Anything):
        yield wrong_type(node, _called(kind), spot)


def _of_object(node: Node, shape: Shape, spot: Spot) -> Iterator[Fault]:
    if not isinstance(node.value, dict):
        yield wrong_type(node, "an object", spot)
        return
    for name, inner in node.value.items():
        if inner.value is not None and not _only_azure_knows(name):
            yield from _of_property(name, inner, shape, spot)
    if REST not in node.value:
        yield from _missing(node, shape.properties, spot)


def _only_azure_knows(name: str) -> bool:
    return name == REST or "{" in name


def _of_property(name: str, node: Node, shape: Shape, spot: Spot) -> Iterator[Fault]:
    found = shape.properties.get(name)
    if found is None and shape.others is None:
        yield _unknown_property(name, node, shape, spot)
    elif found is None and shape.others is not None:
        yield from value_faults(node, shape.others.kind, spot / name)
    elif found is not None and found.read_only:
        yield Fault(
            place=node.place,
            rule="read-only-property",
            problem=f"'{name}' in {spot} is set by Azure alone.",
            remedy="Remove it.",
        )
    elif found is not None:
        yield from value_faults(node, found.type.kind, spot / name)


def _unknown_property(name: str, node: Node, shape: Shape, spot: Spot) -> Fault:
    return Fault(
        place=node.place,
        rule="unknown-property",
        problem=f"There is no property '{name}' in {spot}.",
        remedy=_home_of(name, shape) or meant(name, shape.writable),
    )


def _home_of(name: str, shape: Shape) -> str | None:
    """Return where a property belongs that is written one level too high."""
    if nearest(name, shape.writable):
        return None
    for place in shape.writable:
        inner = shape.properties[place].type.kind
        if isinstance(inner, Shape) and name in inner.writable:
            return f"Move it into '{place}'."
    return None


def _missing(node: Node, properties: Mapping[str, Property], spot: Spot) -> Iterator[Fault]:
    assert isinstance(node.value, dict)
    for name, each in properties.items():
        given = node.value.get(name)
        if each.required and (given is None or given.value is None):
            yield missing(node, name, each.type.kind, spot)


def missing(node: Node, name: str, kind: Kind, spot: Spot) -> Fault:
    """Return the fault of a property that has to be there."""
    return Fault(
        place=node.place,
        rule="missing-property",
        problem=f"'{name}' is missing in {spot}.",
        remedy=f"Add '{name}': {_called(kind)}.",
    )


def _of_variants(node: Node, kind: Variants, spot: Spot) -> Iterator[Fault]:
    if not isinstance(node.value, dict):
        yield wrong_type(node, "an object", spot)
        return
    said = node.value.get(kind.discriminator)
    if said is None or said.value is None:
        if REST not in node.value:
            yield missing(node, kind.discriminator, Choice(values=tuple(kind.elements)), spot)
    elif isinstance(said.value, str) and said.value in kind.elements:
        for fault in _of_object(node, kind.shape(said.value), spot):
            yield _told_of_variant(fault, kind, said.value)
    else:
        yield from value_faults(said, Choice(values=tuple(kind.elements)), spot / kind.discriminator)


def _told_of_variant(fault: Fault, kind: Variants, value: str) -> Fault:
    """Say which variant a property does not belong to; elsewhere the fault speaks for itself."""
    if fault.rule not in ("unknown-property", "missing-property"):
        return fault
    problem = f"{fault.problem.removesuffix('.')} (where '{kind.discriminator}' is '{value}')."
    return Fault(place=fault.place, rule=fault.rule, problem=problem, remedy=fault.remedy)


def _of_list(node: Node, kind: ListOf, spot: Spot) -> Iterator[Fault]:
    if not isinstance(node.value, list):
        yield wrong_type(node, "a list", spot)
        return
    size = len(node.value)
    if (kind.shortest or 0) > size or (kind.longest is not None and size > kind.longest):
        bounds = _between(kind.shortest, kind.longest)
        yield wrong_value(node, f"{spot} has {size} items.", f"Write {bounds} items.")
    for index, inner in enumerate(node.value):
        yield from value_faults(inner, kind.item.kind, spot / index)


def _of_choice(node: Node, kind: Choice, spot: Spot) -> Iterator[Fault]:
    if not isinstance(node.value, str):
        yield wrong_type(node, _called(kind), spot)
    elif _plain(node.value) not in {_plain(value) for value in kind.values}:
        known = f" Known are: {listed(kind.values, node.value)}." if nearest(node.value, kind.values) else ""
        problem = f"'{node.value}' is no value for {spot}.{known}"
        yield wrong_value(node, problem, meant(node.value, kind.values))


def _plain(value: str) -> str:
    """Return a text without the blanks of a list such as 'SystemAssigned, UserAssigned', which Azure ignores."""
    return value.replace(", ", ",")


def _of_text(node: Node, kind: Text, spot: Spot) -> Iterator[Fault]:
    value = node.value
    if not isinstance(value, str):
        yield wrong_type(node, "a text", spot)
    elif kind.secret and value:
        problem = f"{spot} is a secret, and stands here in plain text."
        yield Fault(
            place=node.place, rule="plain-secret", problem=problem, remedy="Pass it as a @secure() parameter."
        )
    else:
        yield from text_faults(node, value, kind, spot)


def text_faults(node: Node, value: str, kind: Text, spot: Spot) -> Iterator[Fault]:
    """Yield what is wrong with the length and the characters of a text."""
    size = len(value)
    if (kind.shortest or 0) > size or (kind.longest is not None and size > kind.longest):
        bounds = _between(kind.shortest, kind.longest)
        problem = f"'{value}' has {size} characters, too {_too(size, kind)} for {spot}."
        yield wrong_value(node, problem, f"Write {bounds} characters.")
    elif kind.pattern and not kind.pattern.search(value):
        problem = f"'{value}' has characters or an order of them that {spot} does not take."
        yield wrong_value(node, problem, f"Write a text that fits {kind.pattern.pattern}")


def _too(size: int, kind: Text) -> str:
    return "few" if size < (kind.shortest or 0) else "many"


def _of_whole(node: Node, kind: Whole, spot: Spot) -> Iterator[Fault]:
    value = node.value
    if not isinstance(value, int) or isinstance(value, bool):
        yield wrong_type(node, "a whole number", spot)
    elif (kind.least is not None and value < kind.least) or (kind.most is not None and value > kind.most):
        yield wrong_value(
            node, f"{value} is out of bounds for {spot}.", f"Write {_between(kind.least, kind.most)}."
        )


def _between(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return f"{most} or less" if least is None else f"{least} or more"
    return f"{least} to {most}" if least != most else f"exactly {least}"


def wrong_type(node: Node, wanted: str, spot: Spot) -> Fault:
    """Return the fault of a value that is of another kind than its place takes."""
    return Fault(
        place=node.place,
        rule="wrong-type",
        problem=f"{spot} is {_shown(node)} here.",
        remedy=f"Write {wanted}.",
    )


def wrong_value(node: Node, problem: str, remedy: str) -> Fault:
    """Return the fault of a value that is of the right kind and yet not taken."""
    return Fault(place=node.place, rule="wrong-value", problem=problem, remedy=remedy)


def _shown(node: Node) -> str:
    match node.value:
        case Unknown(text=text):
            return f"a text ({text})"
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "null"
        case bool():
            return "true" if node.value else "false"
        case str():
            return f"the text '{node.value}'"
    return f"the number {node.value}"


def _called(kind: Kind) -> str:
    match kind:
        case Choice(values=values):
            return f"'{values[0]}'" if len(values) == 1 else f"one of {listed(values)}"
        case Truth():
            return "true or false"
        case Whole():
            return "a whole number"
        case ListOf():
            return "a list"
        case Shape() | Variants():
            return "an object"
    return "a text" if isinstance(kind, Text) else "any value"
