"""How functions of the language are kept: by name, with a check of their arguments. The functions are elsewhere."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from infra.check.evaluate.environment import Environment
from infra.check.evaluate.values import (
    Argument,
    Closure,
    faulty,
    is_secure,
    kind_of,
    node_of,
    shown,
    unknowns,
)
from infra.check.model import Faulty, Node, Place, Unknown


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A call: of what, where, and what is seen there."""

    name: str
    place: Place
    seen: Environment

    def wrong(self, problem: str, remedy: str = "Mend the arguments.") -> Faulty:
        """Return the error that the arguments do not fit."""
        return faulty(self.place, "wrong-arguments", f"{self.name}(): {problem}", remedy)

    def unknown(self, *arguments: Argument) -> Node:
        """Return what only Azure can compute, since it only knows the arguments."""
        nodes = [argument for argument in arguments if isinstance(argument, Node)]
        text = f"{self.name}({', '.join(shown(argument) for argument in arguments)})"
        return Node(Unknown(text, is_secure(*nodes)), self.place)

    def node(self, value: Any) -> Node:
        """Return a plain value as standing here."""
        return node_of(value, self.place)


Function = Callable[[Invocation, Sequence[Argument]], Node]
FUNCTIONS: dict[str, Function] = {}


def plain(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Keep a function over plain values; where one of them is unknown, so is the result."""

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        check = _checker(function, skip=0)

        def run(invocation: Invocation, arguments: Sequence[Argument]) -> Node:
            nodes = [argument for argument in arguments if isinstance(argument, Node)]
            if any(unknowns(node) for node in nodes):
                return invocation.unknown(*arguments)
            values = [node.plain() for node in nodes]
            check(invocation, [a for a in arguments if isinstance(a, Closure)] or values)
            try:
                return invocation.node(function(*values))
            except (ValueError, OverflowError) as exc:
                raise invocation.wrong(f"{exc}.") from exc

        FUNCTIONS[name] = run
        return function

    return keep


def valued(name: str) -> Callable[[Callable[..., Node]], Callable[..., Node]]:
    """Keep a function over values with their places; it is asked only where no argument is unknown as a whole."""

    def keep(function: Callable[..., Node]) -> Callable[..., Node]:
        check = _checker(function, skip=1)

        def run(invocation: Invocation, arguments: Sequence[Argument]) -> Node:
            values = [a.value if isinstance(a, Node) else a for a in arguments]
            if any(isinstance(value, Unknown) for value in values):
                return invocation.unknown(*arguments)
            check(invocation, values)
            return function(invocation, *values)

        FUNCTIONS[name] = run
        return function

    return keep


def _checker(function: Callable[..., Any], *, skip: int) -> Callable[[Invocation, Sequence[Any]], None]:
    """Return what checks number and types of arguments against a function's annotations."""
    hints = get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    rest = next((p for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    named = [p for p in parameters if p is not rest]
    least = sum(p.default is p.empty for p in named)
    most = None if rest else len(named)

    def check(invocation: Invocation, values: Sequence[Any]) -> None:
        if len(values) < least or (most is not None and len(values) > most):
            raise invocation.wrong(f"{len(values)} arguments do not fit.")
        for number, value in enumerate(values):
            parameter = named[number] if number < len(named) else rest
            if parameter and not _fits(value, hints[parameter.name]):
                raise invocation.wrong(f"argument {number + 1} is {kind_of(value)}.")

    return check


def _fits(value: object, hint: Any) -> bool:
    if hint is Any or hint is object:
        return not isinstance(value, Closure)
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    kind = get_origin(hint) or hint
    if kind is int and isinstance(value, bool):
        return False
    return isinstance(value, kind)
