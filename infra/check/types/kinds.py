"""The kinds of values that the type definitions know, and the definitions of one file.

How values are held against them is not here (see values.py).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from shared.errors import ShelfcastError

REQUIRED, READ_ONLY = 1, 2  # bits of a property's flags


@dataclass(frozen=True, kw_only=True)
class Anything:
    """Any value."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """True or false."""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A whole number between bounds."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text of so many characters that has a pattern; a secret one must not stand in the files."""

    shortest: int | None = None
    longest: int | None = None
    pattern: re.Pattern[str] | None = None
    secret: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of some texts; `open` where later versions of the service may know more."""

    values: tuple[str, ...]
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class ListOf:
    """A list."""

    item: "Reference"
    shortest: int | None = None
    longest: int | None = None


@dataclass(frozen=True, kw_only=True)
class Property:
    """What an object may say under a name."""

    type: "Reference"
    required: bool
    read_only: bool


@dataclass(frozen=True, kw_only=True)
class Shape:
    """An object with these properties; `others` is the kind of all other ones, None where there are none."""

    properties: Mapping[str, Property]
    others: "Reference | None" = None

    @property
    def writable(self) -> list[str]:
        """The names that may be written, in alphabetical order."""
        return sorted(name for name, each in self.properties.items() if not each.read_only)


@dataclass(frozen=True, kw_only=True)
class Variants:
    """An object whose shape depends on the text of one property, the discriminator."""

    discriminator: str
    common: Mapping[str, Property]
    elements: Mapping[str, "Reference"]

    def shape(self, value: str) -> Shape:
        """Return the whole shape for a text of the discriminator."""
        own = self.elements[value].kind
        assert isinstance(own, Shape), "definitions have objects as elements"
        return Shape(properties={**self.common, **own.properties}, others=own.others)


Kind = Anything | Truth | Whole | Text | Choice | ListOf | Shape | Variants


@dataclass(frozen=True, kw_only=True)
class Writable:
    """A type of resource in one version: its body, and where it can be (a mask of scopes)."""

    name: str
    body: Kind
    readable: int
    writable: int


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A kind by its number in a file of definitions; kinds refer to each other in circles."""

    book: "Book"
    number: int

    @property
    def kind(self) -> Kind:
        """The kind itself."""
        return self.book.kind(self.number)


@dataclass(frozen=True)
class Book:
    """One file of definitions, read when it is first asked."""

    path: Path
    _kinds: dict[int, Kind] = field(default_factory=dict)

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        """The entries as they are written."""
        return json.loads(self.path.read_text(encoding="utf-8"))

    def kind(self, number: int) -> Kind:
        """Return the kind of a number."""
        if number not in self._kinds:
            self._kinds[number] = self._read(self.entries[number])
        return self._kinds[number]

    def resource(self, number: int) -> Writable:
        """Return the resource type of a number."""
        entry = self.entries[number]
        return Writable(
            name=entry["name"],
            body=self._reference(entry["body"]).kind,
            readable=entry["readableScopes"],
            writable=entry["writableScopes"],
        )

    def _reference(self, written: Mapping[str, str]) -> Reference:
        return Reference(book=self, number=int(written["$ref"].removeprefix("#/")))

    def _read(self, entry: Mapping[str, Any]) -> Kind:
        match entry["$type"]:
            case "AnyType":
                return Anything()
            case "BooleanType":
                return Truth()
            case "IntegerType":
                return Whole(least=entry.get("minValue"), most=entry.get("maxValue"))
            case "StringType":
                return _text(entry)
            case "StringLiteralType":
                return Choice(values=(entry["value"],))
            case "UnionType":
                return _union([self._reference(each).kind for each in entry["elements"]])
            case _:
                return self._compound(entry)

    def _compound(self, entry: Mapping[str, Any]) -> Kind:
        match entry["$type"]:
            case "ArrayType":
                item = self._reference(entry["itemType"])
                return ListOf(item=item, shortest=entry.get("minLength"), longest=entry.get("maxLength"))
            case "ObjectType":
                others = entry.get("additionalProperties")
                return Shape(
                    properties=self._properties(entry["properties"]),
                    others=self._reference(others) if others else None,
                )
            case "DiscriminatedObjectType":
                return Variants(
                    discriminator=entry["discriminator"],
                    common=self._properties(entry["baseProperties"]),
                    elements={name: self._reference(each) for name, each in entry["elements"].items()},
                )
            case unknown:
                raise ShelfcastError(
                    f"{self.path} has a kind of type that is not known here: {unknown}. Point SHELFCAST_BICEP_TYPES to "
                    "older definitions, or teach infra/check/types/kinds.py to read it."
                )

    def _properties(self, written: Mapping[str, Any]) -> dict[str, Property]:
        return {
            name: Property(
                type=self._reference(each["type"]),
                required=bool(each["flags"] & REQUIRED) and not each["flags"] & READ_ONLY,
                read_only=bool(each["flags"] & READ_ONLY),
            )
            for name, each in written.items()
        }


def _text(entry: Mapping[str, Any]) -> Text:
    return Text(
        shortest=entry.get("minLength"),
        longest=entry.get("maxLength"),
        pattern=_pattern(entry.get("pattern")),
        secret=bool(entry.get("sensitive")),
    )


def _pattern(written: str | None) -> re.Pattern[str] | None:
    """Return a pattern; those of other dialects, which cannot be read here, hold nobody to anything."""
    try:
        return re.compile(written) if written else None
    except re.error:
        return None


def _union(kinds: Sequence[Kind]) -> Kind:
    """Return the choice among texts; definitions have no other unions."""
    values = tuple(value for kind in kinds if isinstance(kind, Choice) for value in kind.values)
    others = [kind for kind in kinds if not isinstance(kind, Choice)]
    if any(not isinstance(kind, Text) for kind in others):
        return Anything()
    return Choice(values=values, open=bool(others))
