"""What the parts of the check pass to each other: places, faults, evaluated values, resources, graphs.

How Bicep is read, and what is wrong with it, is not here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from shared.errors import ShelfcastError


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file; `path` is relative to the repository."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, kw_only=True, order=True)
class Fault:
    """One thing that is wrong, and what to do about it."""

    place: Place
    rule: str  # kebab-case, such as "unknown-property"
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.problem} {self.remedy}"


class Faulty(ShelfcastError):
    """Something cannot be read or evaluated; whoever walks over the parts catches it and reports its fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True)
class Unknown:
    """A value that only Azure knows, such as an endpoint; `text` says which, as an expression.

    What is unknown of a resource starts with the resource's id: `/subscriptions/.../id-app.properties.principalId`.
    A text with unknown parts is unknown as a whole: its `text` shows them in braces, `https://{<id>.properties.x}/api`.
    """

    text: str
    secure: bool = False  # from @secure(), listKeys() and their like
    kind: Literal["any", "string"] = "any"


Scalar = str | int | float | bool | None | Unknown  # float: only out of JSON, Bicep itself has none


@dataclass(frozen=True)
class Node:
    """An evaluated value and the line on which it was written (of a property: its own line)."""

    value: "Scalar | dict[str, Node] | list[Node]"
    place: Place

    def at(self, *path: str | int) -> "Node | None":
        """Return what lies at a path of names and indices, None where there is nothing."""
        here: Node | None = self
        for step in path:
            if here is None:
                return None
            inner = here.value
            if isinstance(inner, dict) and isinstance(step, str):
                here = inner.get(step)
            elif isinstance(inner, list) and isinstance(step, int) and -len(inner) <= step < len(inner):
                here = inner[step]
            else:
                return None
        return here

    def get(self, *path: str | int) -> Any:
        """Return the plain value at a path, None where there is nothing."""
        found = self.at(*path)
        return found.plain() if found else None

    def plain(self) -> Any:
        """Return the value without places; what is unknown stays an Unknown."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def walk(self, *path: str | int) -> "Iterator[tuple[tuple[str | int, ...], Node]]":
        """Yield every value in here, itself first, with its path."""
        yield path, self
        inner = self.value
        pairs = (
            inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        )
        for step, node in pairs:
            yield from node.walk(*path, step)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as it would be deployed, or an existing one that is referred to."""

    symbol: str  # its name in the file
    module: tuple[str, ...]  # symbols of the modules that lead to it from main.bicep; () = main.bicep itself
    type: str  # "Microsoft.Storage/storageAccounts/blobServices"
    api_version: str
    name: str  # its full name: "st.../default" of a child; braces where a part is unknown
    id: str  # full resource id, subscription 00000000-0000-0000-0000-000000000000
    scope: str  # id of what it is deployed to: resource group, subscription, or the resource it extends
    body: Node  # everything in its braces, evaluated; without `parent`, `scope`, `dependsOn`
    place: Place
    existing: bool = False
    depends_on: tuple[str, ...] = ()  # ids of resources that it refers to


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output of a module or of main.bicep."""

    name: str
    module: tuple[str, ...]
    value: Node
    place: Place


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Everything that one deployment with one parameter file makes. Conditions that are false leave nothing."""

    environment: str  # the stem of the parameter file: "dev"
    resources: tuple[Resource, ...]
    outputs: tuple[Output, ...] = ()
    parameters: Mapping[str, Node] = field(default_factory=dict)  # of main.bicep, as given or by default
    faults: tuple[Fault, ...] = ()  # what kept something from being evaluated

    def of_type(self, kind: str, *, existing: bool = False) -> list[Resource]:
        """Return the resources of a type, whatever its case."""
        return [r for r in self.resources if r.type.lower() == kind.lower() and r.existing is existing]
