"""Reads fixed-width text: every line is exactly as wide as the profile says, or wider by blanks."""

import functools
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.conditioning.batches import Broken, Parse, RawBatch, text_table
from shared.conditioning.limits import Limits
from shared.conditioning.text import count_lines, line_blocks
from shared.profile.formats import FixedWidth

_NEWLINE = 0x0A


def read_fixed_width(
    stream: BinaryIO, form: FixedWidth, *, first_row: int, limits: Limits
) -> Iterator[tuple[int, Parse]]:
    """Read fixed-width text block by block; yields the number of records, and what parses them."""
    for block in line_blocks(stream, encoding=form.encoding, skip_lines=form.skip_rows, limits=limits):
        records = count_lines(block)
        yield records, functools.partial(_parse, block, form, first_row)
        first_row += records


def _parse(block: bytes, form: FixedWidth, first_row: int) -> RawBatch:
    lines = _lines(block)
    numbers = pa.array(np.arange(first_row, first_row + len(lines)))
    fits = _fits(lines, max(last for _, last in form.columns.values()))
    good = lines.filter(fits)
    columns = [pc.utf8_slice_codeunits(good, first - 1, last) for first, last in form.columns.values()]
    bad = pc.invert(fits)
    broken = zip(numbers.filter(bad).to_pylist(), lines.filter(bad).to_pylist(), strict=True)
    return RawBatch(
        rows=text_table(list(form.columns), columns, numbers.filter(fits)),
        broken=tuple(Broken(row=row, reason="wrong_field_count", text=line[:-1]) for row, line in broken),
    )


def _lines(block: bytes) -> pa.StringArray:
    """Make an array of lines, their LF included, without copying them."""
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == _NEWLINE) + 1
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))


def _fits(lines: pa.StringArray, width: int) -> pa.BooleanArray:
    # A line may be cut off inside its last column, so that blanks at the end may not be missing.
    wide_enough = pc.greater(pc.utf8_length(lines), width)
    rest = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(lines, width))
    return pc.and_(wide_enough, pc.equal(rest, ""))
