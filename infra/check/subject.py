"""What the rules look at: the evaluated environments, and beside them the code and the definitions they have to fit.

What is looked for is not here; see policies/ and crosschecks/.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.check.model import Graph, Node, Place, Resource, Unknown
from infra.check.rules import Finding
from infra.check.syntax import File
from local.host.registry import Function, load_functions

BICEP = Path("infra/bicep")
ADF = Path("infra/adf")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A resource in an environment."""

    environment: str
    graph: Graph
    resource: Resource

    @property
    def what(self) -> str:
        """How people are told of it: its type's last part and its symbol."""
        return f"{self.resource.type.rpartition('/')[2]} '{self.resource.symbol}'"

    def get(self, path: str) -> Any:
        """Return the value at a dotted path of its body, None where there is nothing."""
        return self.resource.body.get(*_steps(path))

    def place(self, path: str = "") -> Place:
        """Return where a dotted path was written, or as far along it as anything was."""
        here, place = self.resource.body, self.resource.place
        for step in _steps(path):
            inner = here.at(step)
            if inner is None:
                break
            here, place = inner, inner.place
        return place

    def finding(self, problem: str, remedy: str, path: str = "") -> Finding:
        """Return what is wrong with it, at the line of a dotted path."""
        return Finding(
            place=self.place(path),
            problem=f"{self.what} {problem}",
            remedy=remedy,
            environment=self.environment,
        )


@dataclass(frozen=True, kw_only=True)
class Infrastructure:
    """The Bicep as written and as evaluated, with the repository around it.

    Attributes
    ----------
    root : Path
        The repository.
    files : tuple of File
        Every Bicep and parameter file, parsed.
    graphs : mapping
        By environment: ``dev``, ``prod``.
    """

    root: Path
    files: tuple[File, ...]
    graphs: Mapping[str, Graph]

    def each(self, *kinds: str, only: str = "") -> Iterator[Found]:
        """Yield the resources of some types (all, where none is given) that are deployed, existing ones not."""
        wanted = {kind.lower() for kind in kinds}
        for environment, graph in self.graphs.items():
            for resource in graph.resources if only in ("", environment) else ():
                if not resource.existing and (not wanted or resource.type.lower() in wanted):
                    yield Found(environment=environment, graph=graph, resource=resource)

    @property
    def main(self) -> Place:
        """Where what is missing altogether is reported."""
        return Place(BICEP / "main.bicep", 1)

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """The functions of the app by name, as the host sees them."""
        return load_functions("function_app:app")

    @cached_property
    def pipelines(self) -> dict[Path, Any]:
        """Data Factory's pipelines by their files."""
        return self.definitions("pipelines")

    @cached_property
    def adf_globals(self) -> dict[str, Any]:
        """Data Factory's global parameters by name."""
        return dict(json.loads(self.text(ADF / "global_parameters.json") or "{}"))

    def definitions(self, kind: str) -> dict[Path, Any]:
        """Return Data Factory's definitions of a kind by their files, relative to the repository."""
        found = sorted((self.root / ADF / kind).glob("*.json"))
        return {path.relative_to(self.root): json.loads(path.read_text()) for path in found}

    def text(self, path: str | Path) -> str:
        """Return the text of a file of the repository; what is not there is empty."""
        file = self.root / path
        return file.read_text() if file.is_file() else ""

    def line_of(self, path: Path, *words: str) -> Place:
        """Return the first line of a file that has the first of these words that is in it; line 1 without."""
        lines = self.text(path).splitlines()
        for word in words:
            for number, line in enumerate(lines, 1):
                if word in line:
                    return Place(path, number)
        return Place(path, 1)


def _steps(path: str) -> list[str | int]:
    """Return the names and numbers of a dotted path."""
    return [int(step) if step.isdigit() else step for step in path.split(".") if step]


def said(value: Any) -> str:
    """Return a value as a message shows it."""
    if value is None:
        return "not set"
    if isinstance(value, Unknown):
        return f"known only after the deployment ({value.text})"
    return "true" if value is True else "false" if value is False else str(value)


def texts(node: Node) -> Iterator[Node]:
    """Yield every text in a value, those that are partly unknown among them."""
    for _, inner in node.walk():
        if isinstance(inner.value, str | Unknown):
            yield inner


def text_of(value: Any) -> str:
    """Return a text, of one that is partly unknown what is known of it; empty for anything else."""
    return value if isinstance(value, str) else value.text if isinstance(value, Unknown) else ""
