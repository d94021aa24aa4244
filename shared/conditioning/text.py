"""Any text file as blocks of whole lines in UTF-8 with LF. What the lines mean is not here."""

import codecs
from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO

import numpy as np

from shared.conditioning.limits import Limits
from shared.errors import UnreadableFile

_SHOWN_BYTES = 60
_HEAD_BYTES = 16
_NEWLINE = 0x0A
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = (
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "a zip archive or a workbook"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)


def signature(head: bytes) -> str | None:
    """Say in words what a file's first bytes show it to be, or None where they tell nothing."""
    return next((words for magic, words in _SIGNATURES if head.startswith(magic)), None)


def has_byte_order_mark(stream: BufferedReader) -> bool:
    """Tell whether a text begins with UTF-8's mark, which says nothing; nothing is read from the stream."""
    return stream.peek(len(codecs.BOM_UTF8)).startswith(codecs.BOM_UTF8)


def line_blocks(stream: BinaryIO, *, encoding: str, skip_lines: int, limits: Limits) -> Iterator[bytes]:
    """Cut a text into blocks of whole lines.

    Parameters
    ----------
    stream : BinaryIO
        The unpacked bytes.
    encoding : str
        Declared by the source; a byte-order mark is believed before it.
    skip_lines : int
        Lines to leave out at the start.

    Yields
    ------
    bytes
        UTF-8 lines without blank ones, each ended by LF. The first block exists for every text with a line in it.

    Raises
    ------
    UnreadableFile
        ``empty``, ``binary``, ``wrong_encoding``, ``wrong_format``, ``line_too_long``.
    """
    carry, seen, left = b"", False, skip_lines
    for text in _decoded(stream, encoding, limits):
        block, carry = _cut(carry + text, limits)
        block, left = _skip(block, left)
        if block:
            seen = True
            yield block
    last, left = _skip(_unified(carry.rstrip(b"\r\n") + b"\n" if carry else b"", final=True)[0], left)
    if last:
        yield last
    elif not seen:
        raise UnreadableFile("empty", "The file has no line with data. Deliver it again")


def _decoded(stream: BinaryIO, encoding: str, limits: Limits) -> Iterator[bytes]:
    head = stream.read(max(limits.block_bytes, _HEAD_BYTES))
    if not head:
        raise UnreadableFile("empty", "The file has no bytes. Deliver it again")
    _refuse_other_formats(head)
    chunk, encoding = _without_bom(head, encoding)
    decode = _Decoder(encoding)
    offset, final = len(head) - len(chunk), False
    while not final:
        following = stream.read(limits.block_bytes)
        final = not following
        yield decode(chunk, offset, final)
        offset += len(chunk)
        chunk = following


def _refuse_other_formats(head: bytes) -> None:
    words = signature(head)
    if words:
        raise UnreadableFile(
            "wrong_format", f"Text is expected, but this is {words}. Correct the source's format, or the file"
        )


def _without_bom(head: bytes, encoding: str) -> tuple[bytes, str]:
    for bom, name in _BOMS:
        if head.startswith(bom):
            return (head[len(bom) :], "utf-8") if name == "utf-8" else (head, name)
    return head, encoding


class _Decoder:
    """Decode successive chunks and give them as UTF-8 without NUL."""

    def __init__(self, encoding: str) -> None:
        self._encoding = codecs.lookup(encoding).name
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def __call__(self, chunk: bytes, offset: int, final: bool) -> bytes:
        pending = len(self._decoder.getstate()[0])
        if self._encoding == "utf-8" and not pending and chunk.isascii():
            text = chunk
        else:
            text = self._transcoded(chunk, offset - pending, final)
        if b"\0" in text:
            where = offset + max(chunk.find(b"\0"), 0)
            raise UnreadableFile(
                "binary", f"A zero byte at offset {where}: this is no text. Deliver the file again as text"
            )
        return text

    def _transcoded(self, chunk: bytes, start: int, final: bool) -> bytes:
        try:
            return self._decoder.decode(chunk, final).encode("utf-8")
        except UnicodeError as exc:
            where = start + getattr(exc, "start", 0)
            raise UnreadableFile(
                "wrong_encoding",
                f"The byte at offset {where} is not {self._encoding}. Correct 'encoding' in the source's format, "
                "or export the file anew",
            ) from exc


def _cut(text: bytes, limits: Limits) -> tuple[bytes, bytes]:
    """Cut behind the last line end; returns the unified lines and the rest."""
    lines, rest = _unified(text)
    _refuse_long_lines(lines, rest, limits)
    return lines, rest


def _unified(text: bytes, *, final: bool = False) -> tuple[bytes, bytes]:
    # A CR at the very end may be the first half of CR LF.
    held = b"" if final or not text.endswith(b"\r") else b"\r"
    text = text[: len(text) - len(held)]
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    end = text.rfind(b"\n") + 1
    return text[:end], text[end:] + held


def _refuse_long_lines(lines: bytes, rest: bytes, limits: Limits) -> None:
    start = 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + limits.line_bytes)
        if end < 0:
            raise _line_too_long(lines[start:], limits)
        start = end + 1
    if len(rest) > limits.line_bytes:
        raise _line_too_long(rest, limits)


def _line_too_long(line: bytes, limits: Limits) -> UnreadableFile:
    begin = line[:_SHOWN_BYTES].decode("utf-8", "replace")
    return UnreadableFile(
        "line_too_long",
        f"A line is longer than {limits.line_bytes:,} bytes; it begins with {begin!r}. "
        "Check line ends, delimiter and columns, and export the file anew",
    )


def _skip(block: bytes, lines: int) -> tuple[bytes, int]:
    while lines and block:
        block = block[block.index(b"\n") + 1 :]
        lines -= 1
    return _without_blank_lines(block), lines


def count_lines(block: bytes) -> int:
    """Count the line ends of a block."""
    return int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == _NEWLINE))


def _without_blank_lines(block: bytes) -> bytes:
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == _NEWLINE)
    if (np.diff(ends) == 1).any():
        block = b"\n".join(line for line in block.split(b"\n") if line) + b"\n"
    return block.lstrip(b"\n")
