"""Standard CSV: UTF-8, LF, decimal point, ISO dates, quotes only where they are needed, the same bytes always."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ROWS_AT_ONCE = 1 << 16
_BYTES_AT_ONCE = 1 << 20
_NEEDS_QUOTES = r'[",\r\n]'


class CsvFile:
    """A standard CSV file that is written table by table, and hashed as it grows.

    Parameters
    ----------
    path : Path
        Replaced if it exists.
    columns : sequence of str
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path, self.rows = path, 0
        self._columns = list(columns)
        self._hash = hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._put((",".join(self._columns) + "\n").encode())

    def write(self, table: pa.Table) -> None:
        """Append a table's rows, of its columns of that name."""
        for start in range(0, table.num_rows, _ROWS_AT_ONCE):
            piece = table.slice(start, _ROWS_AT_ONCE)
            self._put(_lines([piece[name].combine_chunks() for name in self._columns]))
        self.rows += table.num_rows

    def append(self, other: "CsvFile") -> None:
        """Append the rows of another, closed file with the same columns."""
        with other.path.open("rb") as file:
            file.readline()
            while content := file.read(_BYTES_AT_ONCE):
                self._put(content)
        self.rows += other.rows

    @property
    def sha256(self) -> str:
        """Of everything written so far."""
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._file.close()

    def _put(self, content: bytes | memoryview) -> None:
        self._hash.update(content)
        self._file.write(content)


def _lines(columns: list[pa.Array]) -> memoryview:
    last = len(columns) - 1
    cells = [_text(column, end="\n" if place == last else "") for place, column in enumerate(columns)]
    lines = pc.binary_join_element_wise(*cells, ",")
    # Behind one another, the lines are the file.
    _, offsets, data = lines.buffers()
    return memoryview(data)[: np.frombuffer(offsets, dtype=np.int32)[len(lines)]]


def _text(column: pa.Array, *, end: str) -> pa.Array:
    coded = column.dictionary_encode(null_encoding="encode")
    text = _quoted(rendered(coded.dictionary))
    if end:
        text = pc.binary_join_element_wise(text, end, "")
    return text.take(coded.indices)


def rendered(values: pa.Array) -> pa.Array:
    """Write values as standard CSV does, without quotes; null is empty."""
    if pa.types.is_timestamp(values.type):
        values = pc.strftime(values, "%Y-%m-%dT%H:%M:%SZ")
    return pc.fill_null(values.cast(pa.string()), "")


def _quoted(text: pa.Array) -> pa.Array:
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(
        pc.match_substring_regex(text, _NEEDS_QUOTES),
        pc.binary_join_element_wise('"', doubled, '"', ""),
        text,
    )
