"""Reads a worksheet in a child process, where a workbook that explodes harms nobody. Formulas are values only."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from shared.conditioning import workbook_child
from shared.conditioning.arrival import check_directory, is_zip, opened_zip
from shared.conditioning.batches import Parse, RawBatch, text_table
from shared.conditioning.header import named
from shared.conditioning.limits import Limits
from shared.errors import UnreadableFile
from shared.profile.formats import Excel

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BATCH_ROWS = 20_000
_REMEDIES = {
    "too_many_cells": "Delete what lies outside the table, or deliver it as text",
    "encrypted": "Deliver the workbook without a password",
    "missing_sheet": "Correct 'sheet' in the source's format, or the workbook",
    "damaged": "Open and save the workbook anew, or deliver it again",
}


def read_workbook(path: Path, form: Excel, *, first_row: int, limits: Limits) -> Iterator[tuple[int, Parse]]:
    """Read a worksheet; yields the number of records, and what gives them. Empty rows are no records.

    Raises
    ------
    UnreadableFile
        ``wrong_format``, ``damaged``, ``encrypted``, ``missing_sheet``, ``too_many_cells``,
        ``too_large_when_unpacked``, ``empty``.
    """
    _check(path, limits)
    with _cells(path, form, limits) as rows:
        header = next(islice(rows, form.header_row - 1, None), None)
        if header is None:
            raise UnreadableFile(
                "empty", f"The sheet ends before its header, row {form.header_row}. Check 'header_row'"
            )
        names = named(header, limits)
        filled = (row for row in rows if any(row))
        while True:
            batch = _batch(list(islice(filled, _BATCH_ROWS)), names, first_row)
            yield batch.records, lambda batch=batch: batch  # type: ignore[misc]
            first_row += batch.records
            if batch.records < _BATCH_ROWS:
                return


def _batch(rows: list[list[str]], names: tuple[str, ...], first_row: int) -> RawBatch:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    numbers = pa.array(np.arange(first_row, first_row + len(rows)))
    return RawBatch(rows=text_table(names, [pa.array(c, pa.string()) for c in columns], numbers))


def _check(path: Path, limits: Limits) -> None:
    if is_zip(path):
        with opened_zip(path) as archive:
            check_directory(archive, path.stat().st_size, limits.of_workbook)
        return
    with path.open("rb") as file:
        head = file.read(len(_OLD_EXCEL))
    if not head:
        raise UnreadableFile("empty", "The file has no bytes. Deliver it again")
    if head != _OLD_EXCEL:
        raise UnreadableFile(
            "wrong_format",
            f"A workbook is expected, but the file begins with {head!r}. Correct the source's format",
        )


@contextmanager
def _cells(path: Path, form: Excel, limits: Limits) -> Iterator[Iterator[list[str]]]:
    command = [sys.executable, "-P", workbook_child.__file__, str(path), *_sheet(form)]
    command += [str(limits.workbook_cells), str(limits.workbook_memory_bytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603 -- ours
        clock = threading.Timer(limits.workbook_seconds, child.kill)
        clock.start()
        try:
            assert child.stdout is not None
            yield _rows(child.stdout)
        finally:
            clock.cancel()
            child.kill()


def _sheet(form: Excel) -> tuple[str, str]:
    return str(form.sheet), "name" if isinstance(form.sheet, str) else "index"


def _rows(output: IO[bytes]) -> Iterator[list[str]]:
    for line in output:
        message = json.loads(line) if line.endswith(b"\n") else {}
        if isinstance(message, list):
            yield message
        elif message.get("end"):
            return
        elif message:
            reason = message["reason"]
            raise UnreadableFile(
                reason, f"The workbook cannot be read: {message['detail']}. {_REMEDIES[reason]}"
            )
    raise UnreadableFile(
        "too_large_when_unpacked",
        "Reading the workbook took more memory or time than it may. Check it; deliver large tables as text or Parquet",
    )
