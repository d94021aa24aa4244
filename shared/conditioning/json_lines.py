"""Reads JSON lines: nested members get dotted names, one list may be exploded into rows. Numbers keep their text."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from shared.conditioning.batches import Broken, Parse, RawBatch, text_table
from shared.conditioning.header import too_many_columns
from shared.conditioning.limits import Limits
from shared.conditioning.text import line_blocks
from shared.errors import UnreadableFile
from shared.profile.formats import JsonLines

Record = dict[str, str | None]
_JUDGED_LINES = 20
_SHOWN_BYTES = 40


def read_json_lines(
    stream: BinaryIO, form: JsonLines, *, first_row: int, limits: Limits
) -> Iterator[tuple[int, Parse]]:
    """Read JSON lines block by block; yields the number of records, and what gives them.

    An element of the exploded list is a record of its own. A line without that list, or with an empty one, is one
    record in which the list's members are missing.

    Raises
    ------
    UnreadableFile
        ``wrong_format`` if none of the first lines is an object, ``nested_too_deeply``, ``too_many_columns``.
    """
    flatten = _Flatten(explode=form.explode, limits=limits)
    judged = False
    for block in line_blocks(stream, encoding=form.encoding, skip_lines=0, limits=limits):
        lines = block.split(b"\n")[:-1]
        parsed = [_object(line) for line in lines]
        if not judged:
            _refuse_other_json(lines, parsed)
            judged = True
        batch = _batch(lines, parsed, flatten, first_row)
        first_row += batch.records
        yield batch.records, _given(batch)


def _given(batch: RawBatch) -> Parse:
    return lambda: batch


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as exc:
        raise _too_deep() from exc
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _too_deep() -> UnreadableFile:
    return UnreadableFile(
        "nested_too_deeply", "JSON is nested too deeply to be data. Check what wrote the file"
    )


def _refuse_other_json(lines: list[bytes], parsed: list[dict[str, Any] | None]) -> None:
    if all(content is None for content in parsed[:_JUDGED_LINES]):
        raise UnreadableFile(
            "wrong_format",
            f"JSON lines are expected, one object a line, but the file begins with {lines[0][:_SHOWN_BYTES]!r}. "
            "Correct the source's format, or write every record on a line of its own",
        )


def _batch(
    lines: list[bytes], parsed: list[dict[str, Any] | None], flatten: "_Flatten", first_row: int
) -> RawBatch:
    records: list[Record] = []
    numbers: list[int] = []
    broken: list[Broken] = []
    row = first_row
    for line, content in zip(lines, parsed, strict=True):
        if content is None:
            broken.append(Broken(row=row, reason="bad_json", text=line.decode("utf-8")))
            row += 1
            continue
        own = flatten(content)
        records += own
        numbers += range(row, row + len(own))
        row += len(own)
    return RawBatch(rows=_table(records, numbers, flatten.names), broken=tuple(broken), sparse=True)


def _table(records: list[Record], numbers: list[int], names: list[str]) -> pa.Table:
    columns = [pa.array([record.get(name) for record in records], pa.string()) for name in names]
    return text_table(names, columns, pa.array(np.array(numbers, dtype=np.int64)))


class _Flatten:
    """Turns objects into flat records; `names` are the members seen so far, in their order."""

    def __init__(self, *, explode: str | None, limits: Limits) -> None:
        self._explode, self._limits = explode, limits
        self._names: dict[str, None] = {}

    @property
    def names(self) -> list[str]:
        return list(self._names)

    def __call__(self, content: dict[str, Any]) -> list[Record]:
        flat: Record = {}
        exploded: list[Record] = []
        self._add(content, "", flat, exploded, depth=1)
        for record in (flat, *exploded):
            self._names.update(dict.fromkeys(record))
        if len(self._names) > self._limits.columns:
            raise too_many_columns(len(self._names), self._limits)
        return [{**flat, **own} for own in exploded] or [flat]

    def _add(
        self, content: dict[str, Any], prefix: str, flat: Record, exploded: list[Record], *, depth: int
    ) -> None:
        if depth > self._limits.nesting:
            raise _too_deep()
        for member, value in content.items():
            name = prefix + member
            if name == self._explode and isinstance(value, list):
                exploded += [self._element(element, name, depth) for element in value]
            elif isinstance(value, dict):
                self._add(value, f"{name}.", flat, exploded, depth=depth + 1)
            else:
                flat[name] = _text(value)

    def _element(self, element: object, name: str, depth: int) -> Record:
        own: Record = {}
        if isinstance(element, dict):
            self._add(element, f"{name}.", own, [], depth=depth + 1)
        else:
            own[name] = _text(element)
        return own


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
