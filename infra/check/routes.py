"""Addresses of the app with holes in them: a function's route, or what a Data Factory expression makes of its parts."""

import re
from collections.abc import Iterator

HOLE = "{}"
_PART = re.compile(r"'((?:[^']|'')*)'")


def shape_of_route(route: str) -> str:
    """Return ``runs/{}/cancel`` of ``runs/{id}/cancel``."""
    return re.sub(r"{[^}]*}", HOLE, route).strip("/")


def shape_of_expression(text: str) -> str:
    """Return ``runs/{}/cancel`` of ``@concat('runs/', pipeline().RunId, '/cancel')``; a plain text as it is."""
    if not text.startswith("@"):
        return text.strip("/")
    inside = text.removeprefix("@concat(")
    if inside == text:
        return HOLE
    parts = (_PART.fullmatch(part.strip()) for part in split_arguments(inside[:-1]))
    return "".join(part[1] if part else HOLE for part in parts).strip("/")


def split_arguments(text: str) -> Iterator[str]:
    """Yield the arguments of a call: what commas part that lie in no text and no inner call."""
    depth, quoted, begin = 0, False, 0
    for place, character in enumerate(text):
        quoted ^= character == "'"
        if quoted:
            continue
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]
