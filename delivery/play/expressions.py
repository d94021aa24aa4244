"""Azure Pipelines' expressions: read, and evaluated against what stands around them.

Names and functions are the same in any case of their letters, as Azure has it. What `succeeded()` and its like say
depends on where a condition stands: the caller gives them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.play.errors import ExpressionRefused

Function = Callable[..., Any]

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<mark>[()\[\],.]))"
)
WHOLE = re.compile(r"\$\{\{((?:[^}]|\}(?!\}))*)\}\}")
"""An expression inside a text of YAML."""


def text_of(value: Any) -> str:
    """Return a value as Azure writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, Mapping | list):
        raise ExpressionRefused(f"{value!r} is no text. Put the whole expression alone into its value.")
    return str(value)


def truth_of(value: Any) -> bool:
    """Return whether a value counts as true: everything but False, None, 0 and the empty text."""
    return bool(value)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return _as_boolean(one) == _as_boolean(other)
    return text_of(one).casefold() == text_of(other).casefold()


def _as_boolean(value: Any) -> bool:
    if isinstance(value, str):
        return value.casefold() == "true"
    return truth_of(value)


def _format(pattern: str, *values: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda found: text_of(values[int(found[1])]), pattern)


def _contains(where: Any, what: Any) -> bool:
    return text_of(what).casefold() in text_of(where).casefold()


FUNCTIONS: Mapping[str, Function] = {
    "eq": _equal,
    "ne": lambda one, other: not _equal(one, other),
    "and": lambda *values: all(truth_of(value) for value in values),
    "or": lambda *values: any(truth_of(value) for value in values),
    "not": lambda value: not truth_of(value),
    "in": lambda value, *others: any(_equal(value, other) for other in others),
    "notin": lambda value, *others: not any(_equal(value, other) for other in others),
    "startswith": lambda text, start: text_of(text).casefold().startswith(text_of(start).casefold()),
    "endswith": lambda text, end: text_of(text).casefold().endswith(text_of(end).casefold()),
    "contains": _contains,
    "coalesce": lambda *values: next((value for value in values if value not in (None, "")), None),
    "format": _format,
    "lower": lambda text: text_of(text).lower(),
    "upper": lambda text: text_of(text).upper(),
    "replace": lambda text, old, new: text_of(text).replace(text_of(old), text_of(new)),
    "length": len,
    "join": lambda between, values: text_of(between).join(text_of(value) for value in values),
}


@dataclass(frozen=True)
class Scope:
    """What an expression may name, and the functions it may call besides the usual ones."""

    names: Mapping[str, Any]
    functions: Mapping[str, Function] = field(default_factory=dict)

    def with_names(self, **names: Any) -> "Scope":
        """Return a scope with more names."""
        return Scope({**self.names, **names}, self.functions)


def member(value: Any, key: Any) -> Any:
    """Return what a mapping or list holds under a key, None where it holds nothing."""
    if isinstance(value, Mapping):
        wanted = text_of(key).casefold()
        return next((held for name, held in value.items() if str(name).casefold() == wanted), None)
    if isinstance(value, Sequence) and not isinstance(value, str) and str(key).isdigit():
        return value[int(key)] if int(key) < len(value) else None
    return None


def evaluate(expression: str, scope: Scope) -> Any:
    """Return the value of an expression, written without its braces."""
    return _Reader(expression, scope).whole()


def interpolate(text: str, scope: Scope) -> Any:
    """Return a text with its ``${{ }}`` replaced; a text that is one expression becomes that expression's value."""
    alone = WHOLE.fullmatch(text.strip())
    if alone:
        return evaluate(alone[1], scope)
    return WHOLE.sub(lambda found: text_of(evaluate(found[1], scope)), text)


class _Reader:
    """Reads and evaluates at once, from left to right."""

    def __init__(self, expression: str, scope: Scope) -> None:
        self.expression, self.scope = expression, scope
        self.tokens = self._split()
        self.position = 0

    def whole(self) -> Any:
        value = self._value()
        if self.position < len(self.tokens):
            raise self._refused(f"'{self._peek()}' is not expected")
        return value

    def _split(self) -> list[tuple[str, str]]:
        tokens, at = [], 0
        text = self.expression.strip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise self._refused(f"'{text[at:]}' cannot be read")
            kind = found.lastgroup or ""
            tokens.append((kind, found[kind]))
            at = found.end()
        return tokens

    def _value(self) -> Any:
        kind, token = self._next()
        value = self._of_name(token) if kind == "name" else self._literal(kind, token)
        while self._peek() in (".", "["):
            value = member(value, self._step())
        return value

    def _literal(self, kind: str, token: str) -> Any:
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return float(token) if "." in token else int(token)
        raise self._refused(f"'{token}' is not expected")

    def _of_name(self, name: str) -> Any:
        if self._peek() == "(":
            return self._call(name)
        literal = {"true": True, "false": False, "null": None}
        if name.casefold() in literal:
            return literal[name.casefold()]
        if not any(known.casefold() == name.casefold() for known in self.scope.names):
            raise self._refused(f"'{name}' is not known here: {', '.join(self.scope.names)}")
        return member(self.scope.names, name)

    def _call(self, name: str) -> Any:
        self._expect("(")
        arguments: list[Any] = []
        while self._peek() != ")":
            arguments.append(self._value())
            if self._peek() == ",":
                self._expect(",")
        self._expect(")")
        function = member(self.scope.functions, name) or FUNCTIONS.get(name.casefold())
        if function is None:
            raise self._refused(f"the function '{name}' is not known here")
        return function(*arguments)

    def _step(self) -> Any:
        if self._peek() == ".":
            self._expect(".")
            return self._next()[1]
        self._expect("[")
        key = self._value()
        self._expect("]")
        return key

    def _peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self.position >= len(self.tokens):
            raise self._refused("it ends too early")
        self.position += 1
        return self.tokens[self.position - 1]

    def _expect(self, mark: str) -> None:
        if self._next()[1] != mark:
            raise self._refused(f"'{mark}' is missing")

    def _refused(self, problem: str) -> ExpressionRefused:
        return ExpressionRefused(f"'{self.expression.strip()}': {problem}. Mend the expression.")
