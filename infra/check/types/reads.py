"""Holds what is read from resources against their types: `lake.properties.primaryEndpoints.queue` has to exist.

Nothing evaluates such a value before the deployment, so a slip in it is seen nowhere else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from infra.check.model import Fault
from infra.check.nearest import meant
from infra.check.syntax.nodes import (
    Expression,
    File,
    For,
    Func,
    If,
    Index,
    Lambda,
    Member,
    Name,
    Nested,
    NonNull,
    ResourceDecl,
)
from infra.check.types.definitions import Definitions
from infra.check.types.kinds import Kind, ListOf, Shape, Variants
from infra.check.types.values import Spot


@dataclass(frozen=True, kw_only=True)
class Looped:
    """Resources that a loop makes: an index picks one."""

    each: Kind


@dataclass(frozen=True, kw_only=True)
class Read:
    """What an expression has, as far as definitions tell, and where in the resource it stands."""

    kind: Kind | Looped
    spot: Spot


def read_faults(
    file: File, resources: Mapping[str, tuple[ResourceDecl, str, str]], definitions: Definitions
) -> Iterator[Fault]:
    """Yield what is read from resources that have no such property; `resources` by symbol, with type and version."""
    known = {
        name: _start(*found, definitions)
        for name, found in resources.items()
        if found[1].lower() in definitions.types and name not in _local_names(file)
    }
    for member in (found for each in file.declarations for found in each.find(Member)):
        read = _read(member.target, known)
        if read is not None and isinstance(read.kind, Shape) and _kind_in(read.kind, member.name) is None:
            yield Fault(
                place=member.place,
                rule="unknown-property",
                problem=f"There is no property '{member.name}' to read in {read.spot}.",
                remedy=meant(member.name, sorted(read.kind.properties)),
            )


def _local_names(file: File) -> set[str]:
    """Return the names that loops, lambdas and functions bring along: they hide resources of the same name."""
    names: set[str] = set()
    for declaration in file.declarations:
        for loop in declaration.find(For):
            names |= {loop.item, loop.index or loop.item}
        for lambda_ in declaration.find(Lambda):
            names |= set(lambda_.parameters)
        if isinstance(declaration, Func):
            names |= {parameter.name for parameter in declaration.parameters}
    return names


def _start(resource: ResourceDecl, kind: str, version: str, definitions: Definitions) -> Read:
    body: Expression = resource.body
    while isinstance(body, If):
        body = body.body
    shape = definitions.find(kind, version).body
    return Read(kind=Looped(each=shape) if isinstance(body, For) else shape, spot=Spot(type=kind))


def _read(expression: Expression, known: Mapping[str, Read]) -> Read | None:
    match expression:
        case Name(name=name) | Nested(name=name):
            return known.get(name)
        case NonNull(target=target):
            return _read(target, known)
        case Index(target=target):
            return _item(_read(target, known))
        case Member(target=target, name=name):
            return _member(_read(target, known), name)
    return None


def _item(read: Read | None) -> Read | None:
    match read:
        case Read(kind=Looped(each=kind)):
            return replace(read, kind=kind)
        case Read(kind=ListOf(item=item), spot=spot):
            return Read(kind=item.kind, spot=spot / 0)
    return None


def _member(read: Read | None, name: str) -> Read | None:
    if read is None or isinstance(read.kind, Looped):
        return None
    kind = _kind_in(read.kind, name)
    return None if kind is None else Read(kind=kind, spot=read.spot / name)


def _kind_in(kind: Kind, name: str) -> Kind | None:
    """Return the kind of a property; of an object with variants, of those that all have in common."""
    if isinstance(kind, Variants):
        return kind.common[name].type.kind if name in kind.common else None
    if not isinstance(kind, Shape):
        return None
    if name in kind.properties:
        return kind.properties[name].type.kind
    return kind.others.kind if kind.others else None
