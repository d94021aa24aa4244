"""Files whose bytes depend on their content alone: no time stamps, no dictionary order. What is in them is not here."""

import gzip
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

_EPOCH = (2017, 1, 2, 0, 0, 0)
_MODIFIED = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")


def write_text(path: Path, lines: Sequence[str], *, encoding: str, newline: str = "\n") -> None:
    """Write lines, each with its line end, in that encoding."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}{newline}" for line in lines).encode(encoding))


def write_gzip(path: Path, lines: Sequence[str]) -> None:
    """Write gzipped UTF-8 lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content, compresslevel=6, mtime=0))


def write_zip(path: Path, members: dict[str, Sequence[str]]) -> None:
    """Write a zip archive of UTF-8 texts, given as lines per member name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in members.items()}
    path.write_bytes(_zipped(texts))


def write_excel(path: Path, rows: Sequence[Sequence[str | int | float | None]], *, sheet: str) -> None:
    """Write one worksheet, a row for each sequence of cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    saved = io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as archive:
        parts = {name: _MODIFIED.sub(b"", archive.read(name)) for name in sorted(archive.namelist())}
    path.write_bytes(_zipped(parts))


def _zipped(parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
