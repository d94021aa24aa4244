"""Data Factory's expression language, as far as infra/adf uses it: ``@f(x).y``, ``text @{x} text``, ``@@`` for an @."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<mark>\?\.|[().,\[\]]))"
)
WORDS = {"true": True, "false": False, "null": None}


class ExpressionError(Exception):
    """The expression is wrong, or asks for what is not there; Data Factory fails the activity."""


def evaluate(template: Any, names: Mapping[str, Callable[..., Any]]) -> Any:
    """Evaluate a property: an expression object, a string with expressions in it, or JSON that holds such."""
    if isinstance(template, dict) and template.get("type") == "Expression":
        return evaluate(template["value"], names)
    if isinstance(template, dict):
        return {key: evaluate(value, names) for key, value in template.items()}
    if isinstance(template, list):
        return [evaluate(value, names) for value in template]
    if not isinstance(template, str):
        return template
    if template.startswith("@@"):
        return template[1:]
    if template.startswith("@") and not template.startswith("@{"):
        return Parser(template[1:], names).whole()
    return _interpolated(template, names)


def _interpolated(template: str, names: Mapping[str, Callable[..., Any]]) -> str:
    said, rest = "", template
    while "@{" in rest:
        before, _, rest = rest.partition("@{")
        parser = Parser(rest, names)
        said += before + as_text(parser.value())
        rest = parser.left()
        if not rest.startswith("}"):
            raise ExpressionError(f"no closing brace: {template}")
        rest = rest[1:]
    return said + rest


@dataclass
class Parser:
    """Reads and evaluates at once."""

    text: str
    names: Mapping[str, Callable[..., Any]]
    place: int = 0

    def whole(self) -> Any:
        value = self.value()
        if self.left():
            raise ExpressionError(f"left over: {self.left()!r} of {self.text!r}")
        return value

    def left(self) -> str:
        return self.text[self.place :].lstrip()

    def value(self) -> Any:
        kind, token = self._next()
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return float(token) if "." in token else int(token)
        if kind != "name":
            raise ExpressionError(f"{token!r} is no value in {self.text!r}")
        if token in WORDS:
            return WORDS[token]
        return self._members(self._call(token))

    def _call(self, name: str) -> Any:
        self._expect("(")
        arguments = []
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self.value())
        function = self.names.get(name) or FUNCTIONS.get(name)
        if not function:
            raise ExpressionError(f"there is no function {name}")
        try:
            return function(*arguments)
        except (TypeError, LookupError, ValueError) as exc:
            raise ExpressionError(f"{name}({', '.join(map(repr, arguments))}): {exc!r}") from exc

    def _members(self, value: Any) -> Any:
        while True:
            if self._take("?."):
                name = self._next()[1]
                value = value.get(name) if isinstance(value, dict) else None
            elif self._take("."):
                value = _member(value, self._next()[1])
            elif self._take("["):
                value = _member(value, self.value())
                self._expect("]")
            else:
                return value

    def _next(self) -> tuple[str, str]:
        found = TOKEN.match(self.text, self.place)
        if not found or not found.lastgroup:
            raise ExpressionError(f"cannot read {self.left()!r} of {self.text!r}")
        self.place = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _take(self, mark: str) -> bool:
        if not self.left().startswith(mark):
            return False
        self.place = len(self.text) - len(self.left()) + len(mark)
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise ExpressionError(f"{mark!r} is missing before {self.left()!r} of {self.text!r}")


def _member(value: Any, name: Any) -> Any:
    try:
        return value[name]
    except (TypeError, LookupError) as exc:
        raise ExpressionError(f"property {name!r} doesn't exist in {value!r}") from exc


def as_text(value: Any) -> str:
    """Return a value as Data Factory writes it into text: truth with a capital, the rest as JSON."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, bool) else json.dumps(value)


def _same_kind(*values: Any) -> None:
    if not all(isinstance(value, bool) for value in values):
        raise TypeError(f"not all are true or false: {values}")


def _and(one: Any, other: Any) -> bool:
    _same_kind(one, other)
    return one and other


def _or(one: Any, other: Any) -> bool:
    _same_kind(one, other)
    return one or other


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "and": _and,
    "or": _or,
    "not": lambda one: not one,
    "equals": lambda one, other: type(one) is type(other) and one == other,
    "greater": lambda one, other: one > other,
    "if": lambda condition, yes, no: yes if condition else no,
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "concat": lambda *values: "".join(map(as_text, values)),
    "contains": lambda whole, part: part in whole,
    "createArray": lambda *values: list(values),
    "empty": lambda value: not value,
    "json": json.loads,
    "length": len,
    "replace": lambda text, old, new: text.replace(old, new),
    "split": lambda text, mark: text.split(mark),
    "string": as_text,
    "toLower": lambda text: text.lower(),
}
