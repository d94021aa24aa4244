"""Standard CSV: UTF-8, LF, decimal point, ISO dates, quotes only where they are needed, the same bytes always."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from shared.conditioning.coding import codes_and_values

_ROWS_AT_ONCE = 1 << 16
_BYTES_AT_ONCE = 1 << 20
_BARE = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none", batch_size=_ROWS_AT_ONCE)
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
        if not table.num_rows:
            return
        cells = [_Cells(table[name]) for name in self._columns]
        write = _lines if any(column.quoted for column in cells) else _bare_lines
        for start in range(0, table.num_rows, _ROWS_AT_ONCE):
            self._put(write([column.slice(start, _ROWS_AT_ONCE) for column in cells]))
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


class _Cells:
    """A column's cells as they are written, rendered once per distinct value."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._codes, values = codes_and_values(column)
        text = rendered(values)
        special = pc.match_substring_regex(text, _NEEDS_QUOTES)
        self.quoted = bool(pc.any(special).as_py())
        self._text = pc.if_else(special, _in_quotes(text), text) if self.quoted else text

    def slice(self, start: int, length: int) -> pa.Array:
        return self._text.take(pa.array(self._codes[start : start + length]))


def _bare_lines(columns: list[pa.Array]) -> memoryview:
    # Arrow's writer is the quickest, but quotes either nothing or every text.
    sink = pa.BufferOutputStream()
    rows = pa.table(columns, names=[str(place) for place in range(len(columns))])
    pyarrow.csv.write_csv(rows, sink, _BARE)
    return memoryview(sink.getvalue())


def _lines(columns: list[pa.Array]) -> memoryview:
    *others, last = columns
    lines = pc.binary_join_element_wise(*others, pc.binary_join_element_wise(last, "\n", ""), ",")
    # Behind one another, the lines are the file.
    _, offsets, data = lines.buffers()
    return memoryview(data)[: np.frombuffer(offsets, dtype=np.int32)[len(lines)]]


def rendered(values: pa.Array) -> pa.Array:
    """Write values as standard CSV does, without quotes; null is empty."""
    if pa.types.is_timestamp(values.type):
        values = pc.strftime(values, "%Y-%m-%dT%H:%M:%SZ")
    return pc.fill_null(values.cast(pa.string()), "")


def _in_quotes(text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
