"""The reader of every format, over what the file packs."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from io import BufferedReader
from pathlib import Path

from shared.conditioning.arrival import is_packed, is_workbook, members
from shared.conditioning.batches import Parse, RawBatch
from shared.conditioning.delimited import read_delimited
from shared.conditioning.fixed_width import read_fixed_width
from shared.conditioning.json_lines import read_json_lines
from shared.conditioning.limits import Limits
from shared.conditioning.parquet import read_parquet
from shared.conditioning.text import has_byte_order_mark
from shared.conditioning.workbook import read_workbook
from shared.profile.formats import Delimited, Excel, FileFormat, FixedWidth, JsonLines, Parquet


def read(
    raw: Path, form: FileFormat, *, coded: frozenset[str], temporary: Path, limits: Limits
) -> Iterator[Parse]:
    """Read a raw file as batches of text rows, numbered through all files of an archive.

    Parameters
    ----------
    raw : Path
        Plain, gzip, or a zip archive whose members are all in the format.
    coded : set of str
        Columns that may be given as codes into a dictionary.
    temporary : Path
        A folder for what has to be unpacked to be read.

    Raises
    ------
    UnreadableFile
        While iterating, or from what is yielded.
    """
    first_row = 1
    for part in _parts(raw, form, temporary, limits):
        marked = isinstance(part, BufferedReader) and has_byte_order_mark(part)
        for records, parse in _read_part(part, form, first_row, coded, limits):
            yield partial(_without_mark, parse) if marked else parse
            first_row += records
            marked = False


def _without_mark(parse: Parse) -> RawBatch:
    """Count the byte-order mark that stood before the batch."""
    return replace(parse(), repaired={"byte_order_mark": 1})


def _parts(raw: Path, form: FileFormat, temporary: Path, limits: Limits) -> Iterator[BufferedReader | Path]:
    if not isinstance(form, Excel | Parquet):
        yield from members(raw, limits)
    elif not is_packed(raw) or (isinstance(form, Excel) and is_workbook(raw)):
        yield raw
    else:
        for number, stream in enumerate(members(raw, limits, of_workbooks=isinstance(form, Excel))):
            yield _unpacked(stream, temporary / f"member-{number}")


def _unpacked(stream: BufferedReader, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return path


def _read_part(
    part: BufferedReader | Path, form: FileFormat, first_row: int, coded: frozenset[str], limits: Limits
) -> Iterator[tuple[int, Parse]]:
    if isinstance(part, Path):
        if isinstance(form, Excel):
            return read_workbook(part, form, first_row=first_row, limits=limits)
        return read_parquet(part, first_row=first_row, limits=limits)
    if isinstance(form, Delimited):
        return read_delimited(part, form, first_row=first_row, coded=coded, limits=limits)
    if isinstance(form, FixedWidth):
        return read_fixed_width(part, form, first_row=first_row, limits=limits)
    assert isinstance(form, JsonLines)
    return read_json_lines(part, form, first_row=first_row, limits=limits)
