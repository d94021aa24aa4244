"""Functions over texts and numbers."""

import base64
import json
import re
import uuid
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote, urljoin

from infra.check.evaluate.functions.registry import Invocation, plain, valued
from infra.check.evaluate.values import as_text, unknown_text
from infra.check.model import Node, Unknown

_GUIDS = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")  # the name space of Azure's guid()
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
LONGEST = 131_072  # characters of a text


@plain("toLower")
def to_lower(text: str) -> str:
    """Return a text in small letters."""
    return text.lower()


@plain("toUpper")
def to_upper(text: str) -> str:
    """Return a text in capitals."""
    return text.upper()


@plain("trim")
def trim(text: str) -> str:
    """Return a text without white space around it."""
    return text.strip()


@plain("startsWith")
def starts_with(text: str, start: str) -> bool:
    """Tell whether a text starts with another, whatever the case."""
    return text.lower().startswith(start.lower())


@plain("endsWith")
def ends_with(text: str, end: str) -> bool:
    """Tell whether a text ends with another, whatever the case."""
    return text.lower().endswith(end.lower())


@plain("substring")
def substring(text: str, start: int, length: int | None = None) -> str:
    """Return a part of a text, which has to be that long."""
    end = len(text) if length is None else start + length
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"{text!r} has only {len(text)} characters")
    return text[start:end]


@valued("replace")
def replace(invocation: Invocation, text: str, old: str, new: str) -> Node:
    """Return a text with another one instead of a part."""
    return invocation.node(text.replace(old, new))


@plain("split")
def split(text: str, at: str | list[str]) -> list[str]:
    """Cut a text at a separator, or at several."""
    marks = [at] if isinstance(at, str) else at
    return re.split("|".join(re.escape(mark) for mark in marks if mark) or r"\Z\A", text)


@plain("padLeft")
def pad_left(value: str | int, width: int, letter: str = " ") -> str:
    """Fill a text up from the left."""
    if width > LONGEST or len(letter) != 1:
        raise ValueError(f"{width} characters of {letter!r} cannot be filled up")
    return str(value).rjust(width, letter)


@plain("lastIndexOf")
def last_index_of(text: str | list[Any], part: Any) -> int:
    """Return where a part stands last, -1 where it does not."""
    if isinstance(text, str):
        return text.lower().rfind(str(part).lower())
    return max((index for index, item in enumerate(text) if item == part), default=-1)


@plain("indexOf")
def index_of(text: str | list[Any], part: Any) -> int:
    """Return where a part stands first, -1 where it does not."""
    if isinstance(text, str):
        return text.lower().find(str(part).lower())
    return next((index for index, item in enumerate(text) if item == part), -1)


@valued("string")
def string(invocation: Invocation, value: object) -> Node:
    """Return a value as a text."""
    return _joined(invocation, [Node(value, invocation.place)])  # type: ignore[arg-type]


@valued("join")
def join(invocation: Invocation, parts: list[Node], between: str) -> Node:
    """Join texts; what is unknown stands in braces."""
    texts: list[Node] = []
    for part in parts:
        texts += [Node(between, invocation.place), part] if texts else [part]
    return _joined(invocation, texts)


def _joined(invocation: Invocation, parts: list[Node]) -> Node:
    text = "".join(as_text(part) for part in parts)
    if any(isinstance(inner.value, Unknown) for part in parts for _, inner in part.walk()):
        return unknown_text(parts, text, invocation.place)
    return invocation.node(text)


@plain("format")
def format_(pattern: str, *values: Any) -> str:
    """Fill `{0}` and its like; `{0:D2}` and `{0:00}` pad numbers."""

    def fill(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        value = values[int(match[1])] if int(match[1]) < len(values) else None
        if value is None:
            raise ValueError(f"{match[0]} has no value")
        text = (
            str(value) if isinstance(value, str | int) and not isinstance(value, bool) else json.dumps(value)
        )
        return text.rjust(_width(match[2] or ""), "0")

    return re.sub(r"\{\{|\}\}|\{(\d{1,2})(?::([^}]*))?\}", fill, pattern)


def _width(style: str) -> int:
    digits = re.fullmatch(r"[dD](\d{1,2})|(0+)", style)
    return (int(digits[1]) if digits[1] else len(digits[2])) if digits else 0


@plain("uniqueString")
def unique_string(*parts: str) -> str:
    """Return thirteen letters and digits that are always the same for the same texts.

    They are not those that Azure computes: what counts here is that they are as many, and as different.
    """
    number = int.from_bytes(sha256(json.dumps(parts).encode()).digest()[:9])
    return "".join(_LETTERS[(number >> (5 * place)) & 31] for place in range(13))


@plain("guid")
def guid(*parts: str) -> str:
    """Return the UUID that Azure makes of the texts."""
    return str(uuid.uuid5(_GUIDS, "-".join(parts)))


@plain("base64")
def base64_(text: str) -> str:
    """Return a text in Base64."""
    return base64.b64encode(text.encode()).decode()


@plain("base64ToString")
def base64_to_string(text: str) -> str:
    """Return the text that was in Base64."""
    return base64.b64decode(text, validate=True).decode()


@plain("uriComponent")
def uri_component(text: str) -> str:
    """Return a text as a part of an address."""
    return quote(text, safe="-_.~")


@plain("uriComponentToString")
def uri_component_to_string(text: str) -> str:
    """Return the text of a part of an address."""
    return unquote(text)


@plain("uri")
def uri(base: str, path: str) -> str:
    """Join an address and a path."""
    return urljoin(base, path)


@plain("int")
def int_(value: str | int) -> int:
    """Return a whole number."""
    return int(value)


@plain("bool")
def bool_(value: str | int | bool) -> bool:
    """Return true or false; a text says it in words."""
    if isinstance(value, str) and value.lower() not in ("true", "false", "1", "0"):
        raise ValueError(f"{value!r} is neither true nor false")
    return value.lower() in ("true", "1") if isinstance(value, str) else bool(value)


@plain("json")
def json_(text: str) -> Any:
    """Return the value that a text of JSON holds."""
    return json.loads(text)


@plain("min")
def min_(*values: int | list[Any]) -> int:
    """Return the smallest number."""
    return min(_numbers(values))


@plain("max")
def max_(*values: int | list[Any]) -> int:
    """Return the largest number."""
    return max(_numbers(values))


def _numbers(values: tuple[Any, ...]) -> list[int]:
    found = values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)
    if not found or not all(isinstance(value, int) and not isinstance(value, bool) for value in found):
        raise ValueError("these are not numbers")
    return found
