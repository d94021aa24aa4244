"""Finds what computes an expression, by its kind."""

from collections.abc import Callable
from typing import Any

from infra.check.evaluate.environment import Environment
from infra.check.evaluate.values import faulty
from infra.check.model import Node
from infra.check.syntax.nodes import Expression

Reader = Callable[[Any, Environment], Node]
_READERS: dict[type[Expression], Reader] = {}


def reads(*kinds: type[Expression]) -> Callable[[Reader], Reader]:
    """Keep a function as the one that computes expressions of some kinds."""

    def keep(reader: Reader) -> Reader:
        _READERS.update(dict.fromkeys(kinds, reader))
        return reader

    return keep


def evaluate(expression: Expression, seen: Environment) -> Node:
    """Return the value of an expression; its place is where the expression stands."""
    found = _READERS.get(type(expression))
    if found is None:
        what = type(expression).__name__.lower()
        raise faulty(expression.place, "wrong-type", f"A {what} is no value.", "Write an expression.")
    return found(expression, seen)
