"""Holds values against the limits that decorators set, such as @allowed and @maxLength."""

from collections.abc import Callable, Iterator
from typing import Any

from infra.check.evaluate.environment import Environment
from infra.check.evaluate.expressions import evaluate
from infra.check.evaluate.kinds import Kind
from infra.check.model import Node, Place
from infra.check.syntax.nodes import Nullable

Mismatch = tuple[Place, str]


def outside_limits(node: Node, kind: Kind) -> Iterator[Mismatch]:
    """Yield what is wrong with a value whose type is right."""
    if node.value is None or isinstance(kind.type, Nullable):
        return
    for decorator in kind.decorators:
        check = _LIMITS.get(decorator.name)
        if check and decorator.arguments:
            limit = evaluate(decorator.arguments[0], Environment(kind.names)).plain()
            problem = check(node.plain(), limit)
            if problem:
                yield node.place, problem


def _allowed(value: Any, limit: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    wrong = [one for one in values if one not in limit]
    return f"{wrong[0]!r} is none of {', '.join(map(repr, limit))}" if wrong else None


def _longer(value: Any, limit: Any) -> str | None:
    fits = not isinstance(value, str | list) or len(value) <= limit
    return None if fits else f"its length is {len(value)}, the most is {limit}"


def _shorter(value: Any, limit: Any) -> str | None:
    fits = not isinstance(value, str | list) or len(value) >= limit
    return None if fits else f"its length is {len(value)}, the least is {limit}"


def _larger(value: Any, limit: Any) -> str | None:
    return None if not isinstance(value, int) or value <= limit else f"{value} is more than {limit}"


def _smaller(value: Any, limit: Any) -> str | None:
    return None if not isinstance(value, int) or value >= limit else f"{value} is less than {limit}"


_LIMITS: dict[str, Callable[[Any, Any], str | None]] = {
    "allowed": _allowed, "maxLength": _longer, "minLength": _shorter, "maxValue": _larger, "minValue": _smaller,
}  # fmt: skip
