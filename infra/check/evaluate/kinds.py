"""Types that a file declares: what their names and parts stand for. Values are held against them elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from infra.check.evaluate.environment import Names
from infra.check.evaluate.values import faulty
from infra.check.model import Place
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
    Union,
)

PRIMITIVE: dict[str, tuple[type, ...]] = {
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
        return _declared(here, kind.names) if here.name not in PRIMITIVE else None
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
    found = next((p for p in properties_of(outer) if p.name == member.name), None)
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
    rest = next((p for p in properties_of(outer) if p.name is None), None)
    return outer.inner(rest.type, rest.decorators) if rest else None


def properties_of(kind: Kind) -> Sequence[Property]:
    """Return the properties of an object type, none of any other."""
    return kind.type.properties if isinstance(kind.type, ObjectType) else ()
