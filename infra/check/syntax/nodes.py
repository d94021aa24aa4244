"""What Bicep is made of, as read from a file: expressions, types, declarations.

What any of it is worth is not here (see infra.check.evaluate).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from infra.check.model import Fault, Place

Found = TypeVar("Found", bound="Syntax")


@dataclass(frozen=True, kw_only=True)
class Syntax:
    """Anything that stands on a line."""

    place: Place

    def walk(self) -> "Iterator[Syntax]":
        """Yield this and everything inside it, in the order of writing."""
        yield self
        for part in fields(self):
            yield from _walk(getattr(self, part.name))

    def find(self, kind: type[Found]) -> Iterator[Found]:
        """Yield everything of a kind in here, itself included."""
        return (syntax for syntax in self.walk() if isinstance(syntax, kind))


def _walk(value: object) -> Iterator[Syntax]:
    if isinstance(value, Syntax):
        yield from value.walk()
    elif isinstance(value, tuple):
        for inner in value:
            yield from _walk(inner)


# ---- expressions


@dataclass(frozen=True, kw_only=True)
class Expression(Syntax):
    """Anything that has a value, or names a type."""


@dataclass(frozen=True, kw_only=True)
class Literal(Expression):
    """A text without holes, a whole number, true, false, null."""

    value: str | int | bool | None


@dataclass(frozen=True, kw_only=True)
class Interpolated(Expression):
    """A text with `${holes}`."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, kw_only=True)
class Name(Expression):
    """A name: of a declaration, of a loop's or lambda's variable, of a type such as `string`."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Member(Expression):
    """`target.name`, or safely `target.?name`."""

    target: Expression
    name: str
    safe: bool = False


@dataclass(frozen=True, kw_only=True)
class Index(Expression):
    """`target[index]`, safely `target[?index]`, counted from the end `target[^index]`."""

    target: Expression
    index: Expression
    safe: bool = False
    from_end: bool = False


@dataclass(frozen=True, kw_only=True)
class Nested(Expression):
    """`target::name`, a resource that is declared inside another."""

    target: Expression
    name: str


@dataclass(frozen=True, kw_only=True)
class Call(Expression):
    """`name(arguments)`, or `target.name(arguments)` of a namespace, an import or a resource."""

    name: str
    arguments: tuple[Expression, ...] = ()
    target: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Entry(Syntax):
    """`key: value` in an object."""

    key: Expression
    value: Expression

    @property
    def name(self) -> str | None:
        """The key, None where only evaluation tells it."""
        return self.key.value if isinstance(self.key, Literal) and isinstance(self.key.value, str) else None


@dataclass(frozen=True, kw_only=True)
class Spread(Syntax):
    """`...value` in an object or an array."""

    value: Expression


@dataclass(frozen=True, kw_only=True)
class Object(Expression):
    """`{ ... }`; a resource's body may declare children."""

    entries: tuple[Entry | Spread, ...] = ()
    resources: "tuple[ResourceDecl, ...]" = ()

    def entry(self, name: str) -> Expression | None:
        """Return what is written for a key, None where there is nothing."""
        return next((e.value for e in self.entries if isinstance(e, Entry) and e.name == name), None)


@dataclass(frozen=True, kw_only=True)
class Array(Expression):
    """`[ ... ]`."""

    items: tuple[Expression | Spread, ...] = ()


@dataclass(frozen=True, kw_only=True)
class If(Expression):
    """`if (condition) body`, of a resource or module."""

    condition: Expression
    body: Expression


@dataclass(frozen=True, kw_only=True)
class For(Expression):
    """`[for item in source: body]`, or `[for (item, index) in source: body]`."""

    item: str
    index: str | None
    source: Expression
    body: Expression


@dataclass(frozen=True, kw_only=True)
class Ternary(Expression):
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, kw_only=True)
class Binary(Expression):
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, kw_only=True)
class Unary(Expression):
    """`!operand` or `-operand`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, kw_only=True)
class NonNull(Expression):
    """`target!`."""

    target: Expression


@dataclass(frozen=True, kw_only=True)
class Lambda(Expression):
    """`(parameters) => body`."""

    parameters: tuple[str, ...]
    body: Expression


# ---- types; names, members and literals are types too


@dataclass(frozen=True, kw_only=True)
class Decorator(Syntax):
    """`@name(arguments)`; the namespace of `@sys.name()` is left out."""

    name: str
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ArrayOf(Expression):
    """`item[]`."""

    item: Expression


@dataclass(frozen=True, kw_only=True)
class ItemOf(Expression):
    """`target[*]`, the type of an array's items, or `target.*`, of an object's other properties."""

    target: Expression


@dataclass(frozen=True, kw_only=True)
class Nullable(Expression):
    """`target?`."""

    target: Expression


@dataclass(frozen=True, kw_only=True)
class Union(Expression):
    """`'a' | 'b'`."""

    members: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True)
class Property(Syntax):
    """A property of an object type; `name` is None for `*`, the type of all others."""

    name: str | None
    type: Expression
    decorators: tuple[Decorator, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ObjectType(Expression):
    """`{ name: type }`."""

    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tuple(Expression):
    """`[ type, type ]`."""

    items: tuple[Property, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TypeCall(Expression):
    """`resourceInput<'type@version'>` and its like."""

    name: str
    arguments: tuple[Expression, ...] = ()


# ---- declarations


@dataclass(frozen=True, kw_only=True)
class Declaration(Syntax):
    """A statement of a file; `name` is empty where it has none."""

    name: str = ""
    decorators: tuple[Decorator, ...] = ()

    def decorator(self, name: str) -> Decorator | None:
        """Return the decorator of a name, None where there is none."""
        return next((decorator for decorator in self.decorators if decorator.name == name), None)

    @property
    def description(self) -> str | None:
        """The text of `@description`, None where there is none."""
        found = self.decorator("description")
        said = found.arguments[0] if found and found.arguments else None
        return said.value if isinstance(said, Literal) and isinstance(said.value, str) else None


@dataclass(frozen=True, kw_only=True)
class TargetScope(Declaration):
    """`targetScope = 'subscription'`."""

    value: Expression


@dataclass(frozen=True, kw_only=True)
class Metadata(Declaration):
    """`metadata name = value`."""

    value: Expression


@dataclass(frozen=True, kw_only=True)
class Param(Declaration):
    """`param name type = default`."""

    type: Expression
    default: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Var(Declaration):
    """`var name = value`."""

    value: Expression
    type: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Type(Declaration):
    """`type name = type`."""

    value: Expression


@dataclass(frozen=True, kw_only=True)
class Parameter(Syntax):
    """A parameter of a function."""

    name: str
    type: Expression


@dataclass(frozen=True, kw_only=True)
class Func(Declaration):
    """`func name(parameters) returns => body`."""

    parameters: tuple[Parameter, ...]
    returns: Expression
    body: Expression


@dataclass(frozen=True, kw_only=True)
class ResourceDecl(Declaration):
    """`resource name 'type@version' = body`; the body is an Object, an If or a For; a child may omit the version."""

    type: str
    api_version: str
    existing: bool
    body: Expression


@dataclass(frozen=True, kw_only=True)
class ModuleDecl(Declaration):
    """`module name 'path' = body`; the body is an Object, an If or a For."""

    path: str
    body: Expression


@dataclass(frozen=True, kw_only=True)
class Output(Declaration):
    """`output name type = value`."""

    type: Expression
    value: Expression


@dataclass(frozen=True, kw_only=True)
class Imported(Syntax):
    """One name of an import: what it is called there and here."""

    original: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Import(Declaration):
    """`import { a, b as c } from 'path'`, or `import * as name from 'path'`, where `symbols` is empty."""

    path: str
    symbols: tuple[Imported, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Using(Declaration):
    """`using 'path'` of a parameter file; None is `using none`."""

    path: str | None


@dataclass(frozen=True, kw_only=True)
class ParamAssignment(Declaration):
    """`param name = value` of a parameter file."""

    value: Expression


@dataclass(frozen=True, kw_only=True)
class File:
    """A file as read. Declarations that could not be read are left out and told in `faults`."""

    path: Path  # relative to the repository
    declarations: tuple[Declaration, ...]
    faults: tuple[Fault, ...] = ()

    def of(self, kind: type[Found]) -> list[Found]:
        """Return the declarations of a kind, in the order of writing."""
        return [declaration for declaration in self.declarations if isinstance(declaration, kind)]

    def named(self, name: str) -> Declaration | None:
        """Return the declaration of a name, None where there is none."""
        return next((declaration for declaration in self.declarations if declaration.name == name), None)
