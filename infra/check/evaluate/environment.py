"""What an expression sees: the variables around it, the declarations of its file, the state of the run.

How declarations get their values is not here (see infra.check.evaluate.template).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from infra.check.evaluate.ids import Scope
from infra.check.evaluate.run import Run
from infra.check.model import Node, Place
from infra.check.syntax.nodes import Func, Type


class Names(Protocol):
    """The declarations of a file."""

    path: Path
    run: Run
    scope: Scope
    module: tuple[str, ...]
    needs: frozenset[str]
    is_parameters: bool

    def value(self, name: str) -> Node | None:
        """Return the value of a declaration, None where there is no such one."""

    def exported(self, name: str, place: Place) -> Node | None:
        """Return the value of a declaration that other files may import."""

    def namespace(self, name: str) -> "Names | None":
        """Return the file that is imported as a whole under a name."""

    def check_arguments(self, function: Func, arguments: Mapping[str, Node], place: Place) -> None:
        """Report arguments that are not of the types that a function of this file declares."""

    def declared_type(self, name: str, asked: Place | None = None) -> "tuple[Type, Names] | None":
        """Return a type with the file that declares it; where another file asks, it has to be exported."""

    def declared_function(self, name: str, asked: Place | None = None) -> "tuple[Func, Names] | None":
        """Return a function with the file that declares it; where another file asks, it has to be exported."""


@dataclass(frozen=True)
class Environment:
    """What an expression sees; `inside_function` hides the declarations of the file, as the language does."""

    names: Names
    local: Mapping[str, Node] = field(default_factory=dict)
    inside_function: bool = False
    calls: int = 0  # how many functions have been entered

    @property
    def run(self) -> Run:
        """The state of the run."""
        return self.names.run

    def look_up(self, name: str) -> Node | None:
        """Return what a name stands for, None where it stands for nothing."""
        if name in self.local:
            return self.local[name]
        return None if self.inside_function else self.names.value(name)

    def namespace(self, name: str) -> Names | None:
        """Return the file that is imported as a whole under a name."""
        return None if name in self.local else self.names.namespace(name)

    def having(self, **local: Node) -> "Environment":
        """Return what is seen with more variables."""
        return replace(self, local={**self.local, **local})
