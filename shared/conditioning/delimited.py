"""Reads delimited text. A line is a record: a quoted field that spans lines is a broken record here."""

import csv
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from shared.conditioning.batches import Broken, Parse, RawBatch, text_table
from shared.conditioning.header import named, too_many_columns
from shared.conditioning.limits import Limits
from shared.conditioning.text import count_lines, line_blocks
from shared.profile.formats import Delimited

_CODED = pa.dictionary(pa.int32(), pa.string())
WRONG_FIELD_COUNT = "wrong_field_count"


def read_delimited(
    stream: BinaryIO, form: Delimited, *, first_row: int, coded: frozenset[str], limits: Limits
) -> Iterator[tuple[int, Parse]]:
    """Read delimited text block by block.

    Parameters
    ----------
    first_row : int
        Number of the first record.
    coded : set of str
        Columns that are given as codes into a dictionary, because their values will be looked at.

    Yields
    ------
    (int, Parse)
        Number of records, and what parses them.
    """
    blocks = line_blocks(stream, encoding=form.encoding, skip_lines=form.skip_rows, limits=limits)
    block = next(blocks)
    names, block = _header(block, form, limits)
    while True:
        records = count_lines(block)
        numbers = np.arange(first_row, first_row + records)
        yield records, functools.partial(_Block(names=names, form=form, coded=coded).parse, block, numbers)
        first_row += records
        following = next(blocks, None)
        if following is None:
            return
        block = following


def _header(block: bytes, form: Delimited, limits: Limits) -> tuple[tuple[str, ...], bytes]:
    if form.header is not None:
        return named(form.header, limits), block
    line, _, rest = block.partition(b"\n")
    if line.count(form.delimiter.encode()) >= limits.columns:
        raise too_many_columns(line.count(form.delimiter.encode()) + 1, limits)
    reader = csv.reader(
        [line.decode("utf-8")],
        delimiter=form.delimiter,
        quotechar=form.quote or None,
        quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
    )
    return named(next(reader), limits), rest


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Parser of one block of lines.

    Arrow lets a quote that is not closed run on over the following lines. So a line of our own is put behind quoted
    text: if lines and rows are not as many, the lines with an open quote are sought out first.
    """

    names: tuple[str, ...]
    form: Delimited
    coded: frozenset[str]

    def parse(self, lines: bytes, numbers: np.ndarray) -> RawBatch:
        """Parse lines whose record numbers are given."""
        quoted = bool(self.form.quote) and self.form.quote.encode() in lines
        parsed = self._parsed(lines, numbers, quoted=quoted)
        return parsed if parsed is not None else self._without_open_quotes(lines, numbers)

    def _without_open_quotes(self, lines: bytes, numbers: np.ndarray) -> RawBatch:
        closed = _closed(self.form.delimiter, self.form.quote)
        split = lines.split(b"\n")[:-1]
        good = np.array([closed.fullmatch(line) is not None for line in split])
        kept = b"".join(line + b"\n" for line, fine in zip(split, good, strict=True) if fine)
        batch = self._parsed(kept, numbers[good], quoted=True)
        assert batch is not None, "quotes are told apart as Arrow does"
        broken = [
            Broken(row=int(row), reason=WRONG_FIELD_COUNT, text=line.decode("utf-8"))
            for line, row, fine in zip(split, numbers, good, strict=True)
            if not fine
        ]
        return RawBatch(rows=batch.rows, broken=tuple(sorted((*batch.broken, *broken), key=lambda b: b.row)))

    def _parsed(self, lines: bytes, numbers: np.ndarray, *, quoted: bool) -> RawBatch | None:
        if not lines:
            return RawBatch(rows=self._table([pa.array([], kind) for kind in self._types()], numbers))
        sentinel = b"x" + self.form.delimiter.encode() * (len(self.names) - 1) + b"\n" if quoted else b""
        invalid: list[tuple[int, str]] = []
        try:
            table = self._arrow(lines + sentinel, invalid, quoted=quoted)
        except pa.ArrowInvalid:
            return None
        if table.num_rows + len(invalid) != len(numbers) + quoted:
            return None
        places = np.array([place for place, _ in invalid], dtype=np.int64) - 1
        good = table.slice(0, table.num_rows - quoted)
        broken = [
            Broken(row=int(numbers[place]), reason=WRONG_FIELD_COUNT, text=text)
            for place, (_, text) in zip(places, invalid, strict=True)
        ]
        return RawBatch(rows=self._table(good.columns, np.delete(numbers, places)), broken=tuple(broken))

    def _arrow(self, lines: bytes, invalid: list[tuple[int, str]], *, quoted: bool) -> pa.Table:
        def keep(row: pyarrow.csv.InvalidRow) -> str:
            invalid.append((row.number, row.text))
            return "skip"

        return pyarrow.csv.read_csv(
            pa.py_buffer(lines),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, column_names=self._places(), block_size=len(lines) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self.form.delimiter,
                quote_char=self.form.quote if quoted else False,
                invalid_row_handler=keep,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict(zip(self._places(), self._types(), strict=True)), check_utf8=False
            ),
        )

    def _places(self) -> list[str]:
        return [str(place) for place in range(len(self.names))]

    def _types(self) -> list[pa.DataType]:
        return [_CODED if name in self.coded else pa.string() for name in self.names]

    def _table(self, columns: list[pa.Array], numbers: np.ndarray) -> pa.Table:
        return text_table(self.names, columns, pa.array(numbers, pa.int64()))


@functools.cache
def _closed(delimiter: str, quote: str) -> re.Pattern[bytes]:
    """A line in which every quote that opens a field is closed; quotes inside a bare field are plain characters."""
    d, q = re.escape(delimiter.encode()), re.escape(quote.encode())
    field = rb"(?:%b(?:[^%b]|%b%b)*+%b|(?!%b))[^%b]*+" % (q, q, q, q, q, q, d)
    return re.compile(rb"%b(?:%b%b)*+" % (field, d, field), re.DOTALL)
