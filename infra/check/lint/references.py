"""Which names a piece of Bicep refers to, with regard to the names that loops, lambdas and functions bring along.

What is wrong with them is not here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from infra.check.model import Place
from infra.check.syntax.nodes import (
    Call,
    Expression,
    File,
    For,
    Func,
    If,
    Import,
    Index,
    Lambda,
    Member,
    Metadata,
    Name,
    NonNull,
    Object,
    Output,
    Param,
    ResourceDecl,
    Syntax,
    Var,
)

Bound = frozenset[str]
NONE: Bound = frozenset()
TELLS_KEYS = re.compile(r"list[A-Z]|getSecret$")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A use of a name that the file or Bicep declares; `call` where it is a function."""

    name: str
    place: Place
    call: bool = False


def references(syntax: Syntax, bound: Bound = NONE) -> Iterator[Reference]:
    """Yield the names that something uses and does not bring along itself."""
    match syntax:
        case Name(name=name) if name not in bound:
            yield Reference(name=name, place=syntax.place)
        case Call(name=name, target=None) if name not in bound:
            yield Reference(name=name, place=syntax.place, call=True)
            yield from _inside(syntax, bound)
        case For(source=source, body=body):
            yield from references(source, bound)
            yield from references(body, bound | {syntax.item, syntax.index or syntax.item})
        case Lambda(parameters=parameters, body=body):
            yield from references(body, bound | set(parameters))
        case Func():
            yield from _of_function(syntax, bound)
        case Object(resources=resources):
            yield from _inside(syntax, bound | {resource.name for resource in resources})
        case _:
            yield from _inside(syntax, bound)


def _of_function(function: Func, bound: Bound) -> Iterator[Reference]:
    for parameter in function.parameters:
        yield from references(parameter.type, bound)
    yield from references(function.returns, bound)
    yield from references(function.body, bound | {parameter.name for parameter in function.parameters})


def _inside(syntax: Syntax, bound: Bound) -> Iterator[Reference]:
    for part in fields(syntax):
        value = getattr(syntax, part.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Syntax):
                yield from references(inner, bound)


def declared(file: File) -> dict[str, Syntax]:
    """Return everything that can be referred to in a file, by name; nested resources only inside their parents."""
    found: dict[str, Syntax] = {}
    for declaration in file.declarations:
        if isinstance(declaration, Import) and declaration.symbols:
            found.update({symbol.name: symbol for symbol in declaration.symbols})
        elif declaration.name and not isinstance(declaration, Output | Metadata):
            found[declaration.name] = declaration
    return found


def used(file: File) -> set[str]:
    """Return the names that a file uses anywhere."""
    return {reference.name for each in file.declarations for reference in references(each)}


def with_variables(expression: Expression, names: Mapping[str, Syntax]) -> Iterator[Expression]:
    """Yield an expression, and the values of all variables that lead into it."""
    waiting, seen = [expression], set[str]()
    while waiting:
        here = waiting.pop()
        yield here
        for reference in references(here):
            found = names.get(reference.name)
            if isinstance(found, Var) and reference.name not in seen:
                seen.add(reference.name)
                waiting.append(found.value)


def object_of(body: Expression) -> Object:
    """Return the braces of a resource or module, inside its condition and its loop."""
    while isinstance(body, If | For):
        body = body.body
    return body if isinstance(body, Object) else Object(place=body.place)


def root_of(expression: Expression) -> Expression:
    """Return an expression without its `!` and what it is indexed by: what `target[0]!` is taken from."""
    while isinstance(expression, NonNull | Index):
        expression = expression.target
    return expression


def members_of(syntax: Syntax, names: Mapping[str, Syntax]) -> Iterator[tuple[Member, Syntax]]:
    """Yield each `name.member` whose name is declared in the file, with the declaration."""
    for member in syntax.find(Member):
        root = root_of(member.target)
        if isinstance(root, Name) and root.name in names:
            yield member, names[root.name]


def is_secure(declaration: Syntax) -> bool:
    """Tell whether a parameter or an output is kept secret."""
    return isinstance(declaration, Param | Output) and declaration.decorator("secure") is not None


def resources_of(file: File) -> Iterator[tuple[ResourceDecl, ResourceDecl | None]]:
    """Yield the resources of a file, each with the one that it stands in."""
    waiting: list[tuple[ResourceDecl, ResourceDecl | None]] = [(each, None) for each in file.of(ResourceDecl)]
    while waiting:
        resource, outer = waiting.pop(0)
        yield resource, outer
        waiting.extend((inner, resource) for inner in object_of(resource.body).resources)


def secrets_in(expression: Expression, names: Mapping[str, Syntax]) -> Iterator[str]:
    """Yield the secret parameters and the functions that tell keys which lead into an expression."""
    for part in with_variables(expression, names):
        for reference in references(part):
            found = names.get(reference.name)
            if found is not None and is_secure(found):
                yield reference.name
        for call in part.find(Call):
            if TELLS_KEYS.match(call.name):
                yield f"{call.name}()"
