"""Type definitions of a make-believe service, in the format of the published ones, and resources of it."""

import json
from pathlib import Path
from typing import Any

from infra.check.model import Graph, Node, Place, Resource, Unknown

REQUIRED, READ_ONLY = 1, 2
GROUP = "/subscriptions/0/resourceGroups/rg"
HERE = Path("main.bicep")


class Book:
    """Collects the entries of one file of definitions; each method returns a reference."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def add(self, kind: str, **said: Any) -> dict[str, str]:
        self.entries.append({"$type": kind, **said})
        return {"$ref": f"#/{len(self.entries) - 1}"}

    def text(self, **said: Any) -> dict[str, str]:
        return self.add("StringType", **said)

    def choice(self, *values: str, others: bool = False) -> dict[str, str]:
        elements = [self.add("StringLiteralType", value=value) for value in values]
        return self.add("UnionType", elements=elements + [self.text()] * others)

    def shape(self, properties: dict[str, tuple[dict[str, str], int]], **said: Any) -> dict[str, str]:
        written = {name: {"type": kind, "flags": flags} for name, (kind, flags) in properties.items()}
        return self.add("ObjectType", name="Shape", properties=written, **said)

    def resource(self, name: str, body: dict[str, str], readable: int = 8, writable: int = 8) -> int:
        self.add("ResourceType", name=name, body=body, readableScopes=readable, writableScopes=writable)
        return len(self.entries) - 1


def write_definitions(folder: Path) -> Path:
    """Write the definitions of shops, their shelves (one kind for each discriminator), notes and openings."""
    book = Book()
    shop = _shop(book)
    numbers = {
        "Example.Trade/shops@2026-01-01": book.resource("Example.Trade/shops@2026-01-01", shop),
        "Example.Trade/shops@2026-05-01-preview": book.resource(
            "Example.Trade/shops@2026-05-01-preview", shop
        ),
        "Example.Trade/shops/shelves@2026-01-01": book.resource("shelves", _shelf(book)),
        "Example.Trade/notes@2026-01-01": book.resource("notes", _named(book), 16, 16),
        "Example.Trade/openings@2026-01-01": book.resource("openings", _named(book), 8, 0),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book.json").write_text(json.dumps(book.entries))
    index = {name: {"file": "book.json", "index": number} for name, number in numbers.items()}
    (folder / "index.json").write_text(json.dumps(index))
    history = {"Example.Trade/shops": ["2026-01-01", "2025-01-01"]}
    (folder / "recent_versions.json").write_text(json.dumps(history))
    return folder


def _named(book: Book) -> dict[str, str]:
    return book.shape({"name": (book.text(), REQUIRED)})


def _shop(book: Book) -> dict[str, str]:
    text = book.text()
    address = book.shape({"city": (text, REQUIRED), "code": (book.text(pattern="^[0-9]+$"), 0)})
    properties = book.shape(
        {
            "size": (book.choice("Small", "Large"), 0),
            "tier": (book.choice("Basic", "Premium", others=True), 0),
            "address": (address, 0),
            "floors": (book.add("IntegerType", minValue=1, maxValue=9), 0),
            "open": (book.add("BooleanType"), 0),
            "doors": (book.add("ArrayType", itemType=text, minLength=1), 0),
            "password": (book.text(sensitive=True), 0),
            "anything": (book.add("AnyType"), 0),
            "turnover": (text, READ_ONLY),
        }
    )
    return book.shape(
        {
            "id": (text, READ_ONLY | 8),
            "name": (book.text(minLength=3, maxLength=8, pattern="^[a-z]+$"), REQUIRED | 8),
            "location": (text, REQUIRED),
            "tags": (book.shape({}, additionalProperties=text), 0),
            "properties": (properties, 0),
        }
    )


def _shelf(book: Book) -> dict[str, str]:
    cold = book.shape(
        {"kind": (book.choice("Cold"), REQUIRED), "degrees": (book.add("IntegerType"), REQUIRED)}
    )
    plain = book.shape({"kind": (book.choice("Plain"), REQUIRED)})
    common = {"name": {"type": book.text(), "flags": REQUIRED}}
    return book.add(
        "DiscriminatedObjectType",
        name="Shelf",
        discriminator="kind",
        baseProperties=common,
        elements={"Cold": cold, "Plain": plain},
    )


def node(value: Any, line: int = 1) -> Node:
    """Return a plain value as if it were written property by property, each on the line after the one before."""
    lines = iter(range(line, 1000))

    def read(inner: Any) -> Node:
        place = Place(HERE, next(lines))
        if isinstance(inner, dict):
            return Node({name: read(each) for name, each in inner.items()}, place)
        return Node([read(each) for each in inner] if isinstance(inner, list | tuple) else inner, place)

    return read(value)


def resource(kind: str = "Example.Trade/shops", version: str = "2026-01-01", **said: Any) -> Resource:
    """Return a resource on line 1 of main.bicep; `body` is a plain value, `name` its full name."""
    name = said.pop("name", "corner")
    body = {"name": name.rpartition("/")[2], **said.pop("body", {})}
    return Resource(
        symbol="one",
        module=(),
        type=kind,
        api_version=version,
        name=name,
        id=f"{GROUP}/providers/{kind}/{name}",
        scope=said.pop("scope", GROUP),
        body=node(body),
        place=Place(HERE, 1),
        **said,
    )


def shop(**properties: Any) -> Resource:
    """Return a shop with these properties."""
    return resource(body={"location": "here", "properties": properties})


def graph(*resources: Resource) -> Graph:
    """Return what dev would consist of."""
    return Graph(environment="dev", resources=resources)


def unknown(kind: Any = "any") -> Unknown:
    """Return a value that only Azure knows."""
    return Unknown("{shop.properties.x}", kind=kind)
