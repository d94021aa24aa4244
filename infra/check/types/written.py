"""Holds resources against their types as they are written, whatever the parameters and conditions.

An environment shows the branches that it takes; here every branch of `a ? b : c` is looked at, and every resource that
no environment deploys. What only evaluation tells fits everywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal as OneOf

from infra.check.model import Fault, Node, Place, Scalar, Unknown
from infra.check.syntax.nodes import (
    Array,
    Call,
    Entry,
    Expression,
    File,
    For,
    If,
    Interpolated,
    Literal,
    Name,
    NonNull,
    Object,
    Param,
    ResourceDecl,
    Spread,
    Ternary,
    Union,
    Var,
)
from infra.check.types.definitions import Definitions, load
from infra.check.types.kinds import Text
from infra.check.types.reads import read_faults
from infra.check.types.resources import body_faults, only_named, unknown_type, version_faults
from infra.check.types.values import REST, Spot, missing

# Functions that give a text, whatever they are given.
TEXTS = {
    "base64", "base64ToString", "buildUri", "format", "guid", "join", "newGuid", "padLeft", "replace", "resourceId",
    "string", "subscriptionResourceId", "substring", "toLower", "toUpper", "trim", "uniqueString", "uri", "utcNow",
}  # fmt: skip
# Which side of the conditions is looked at, by depth: three rounds see every side of two that are nested.
ROUNDS: tuple[Callable[[int], bool], ...] = (
    lambda depth: True,
    lambda depth: False,
    lambda depth: depth % 2 == 1,
)


def check_written(files: Sequence[File], definitions: Path) -> list[Fault]:
    """Return what is wrong with the resources of some files, in every branch that is written.

    Parameters
    ----------
    files : sequence of File
        Parsed files; parameter files have nothing of interest here.
    definitions : Path
        The folder of the type definitions (see `definitions_folder`).

    Returns
    -------
    list of Fault
        In the order of the files.
    """
    known = load(definitions)
    return sorted({fault for file in files for fault in _of_file(file, known)})


def _of_file(file: File, definitions: Definitions) -> Iterator[Fault]:
    found = list(with_types(file))
    for resource, kind, version in found:
        yield from _of_resource(file, resource, kind, version, definitions)
    yield from read_faults(file, {each[0].name: each for each in found}, definitions)


def _of_resource(
    file: File, resource: ResourceDecl, kind: str, version: str, definitions: Definitions
) -> Iterator[Fault]:
    if kind.lower() not in definitions.types:
        yield unknown_type(kind, resource.place, definitions)
        return
    yield from version_faults(kind, version or definitions.newest(kind), resource.place, definitions)
    shape = definitions.find(kind, version).body
    for side in ROUNDS:
        body = _Reader(file=file, side=side).body(resource)
        if body.at("name") is None and body.at(REST) is None:
            yield missing(body, "name", Text(), Spot(type=kind))
        yield from body_faults(only_named(body) if resource.existing else body, kind, _own_name(body), shape)


def with_types(file: File) -> Iterator[tuple[ResourceDecl, str, str]]:
    """Yield the resources of a file with their full types and versions, also those inside others."""
    for resource in file.of(ResourceDecl):
        yield from _nested(resource, "", "")


def _nested(resource: ResourceDecl, outer: str, version: str) -> Iterator[tuple[ResourceDecl, str, str]]:
    kind = f"{outer}/{resource.type}" if outer and "." not in resource.type else resource.type
    own = resource.api_version or version
    yield resource, kind, own
    for inner in object_of(resource.body).resources:
        yield from _nested(inner, kind, own)


def object_of(body: Expression) -> Object:
    """Return the braces of a resource or module, inside its condition and its loop."""
    while isinstance(body, If | For):
        body = body.body
    return body if isinstance(body, Object) else Object(place=body.place)


def _own_name(body: Node) -> Scalar:
    found = body.at("name")
    value = found.value if found else None
    if isinstance(value, str):
        return value.rpartition("/")[2]
    return Unknown("name") if value is None or isinstance(value, dict | list) else value


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Turns what is written into values as far as that is possible without evaluation."""

    file: File
    side: Callable[[int], bool]

    def body(self, resource: ResourceDecl) -> Node:
        return self.node(object_of(resource.body), resource.place, 0, frozenset())

    def node(self, written: Expression, place: Place, depth: int, seen: frozenset[str]) -> Node:
        """Return a value with the line of its property; `seen` are the variables that led here."""
        match written:
            case Literal(value=value):
                return Node(value, place)
            case Object(entries=entries):
                return Node(self._entries(entries, depth, seen), place)
            case Array(items=items):
                return self._list(items, place, depth, seen)
            case For(body=body):
                return Node([self.node(body, body.place, depth, seen)], place)
            case Ternary(then=then, otherwise=otherwise):
                chosen = then if self.side(depth) else otherwise
                return self.node(chosen, place, depth + 1, seen)
            case NonNull(target=target):
                return self.node(target, place, depth, seen)
            case Name(name=name) if name not in seen:
                return self._named(name, place, depth, seen | {name})
        return Node(Unknown("...", kind=_kind_of(written)), place)

    def _entries(
        self, entries: Sequence[Entry | Spread], depth: int, seen: frozenset[str]
    ) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for entry in entries:
            name = entry.name if isinstance(entry, Entry) else None
            if name is None:
                found[REST] = Node(None, entry.place)
            else:
                found[name] = self.node(entry.value, entry.place, depth, seen)
        return found

    def _list(
        self, items: Sequence[Expression | Spread], place: Place, depth: int, seen: frozenset[str]
    ) -> Node:
        if any(isinstance(item, Spread) for item in items):
            return Node(Unknown("..."), place)
        plain = (item for item in items if isinstance(item, Expression))
        return Node([self.node(item, item.place, depth, seen) for item in plain], place)

    def _named(self, name: str, place: Place, depth: int, seen: frozenset[str]) -> Node:
        match self.file.named(name):
            case Var(value=value):
                found = self.node(value, place, depth, seen)
                return Node(found.value, place)
            case Param(type=type_):
                return Node(Unknown(name, kind="string" if _is_text(type_) else "any"), place)
        return Node(Unknown(name), place)


def _kind_of(written: Expression) -> OneOf["any", "string"]:
    if isinstance(written, Interpolated):
        return "string"
    return (
        "string" if isinstance(written, Call) and written.target is None and written.name in TEXTS else "any"
    )


def _is_text(kind: Expression) -> bool:
    match kind:
        case Name(name="string"):
            return True
        case Literal(value=str()):
            return True
        case Union(members=members):
            return all(_is_text(member) for member in members)
    return False
