"""Small steps between the lake and its blob store: read a record, write a content-named blob, join reports."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa
from pydantic import ValidationError

from shared.errors import BlobMissing, LakeError
from shared.lake.records import Piece, Record, Remembered
from shared.lake.rows import decode, encode
from shared.ports import BlobStore

Kind = TypeVar("Kind", bound=Record)
Memory = TypeVar("Memory", bound=Remembered)
_HASH_BYTES = 1 << 20


def read_bytes(store: BlobStore, path: str) -> bytes:
    """Read a whole blob; raises BlobMissing."""
    with store.open(path) as blob:
        return blob.read()


def read_rows(store: BlobStore, path: str) -> pa.Table:
    """Read a blob of standard CSV as text; raises BlobMissing."""
    return decode(read_bytes(store, path))


def read_record(store: BlobStore, path: str, kind: type[Kind]) -> Kind | None:
    """Read a record, or None where there is none; raises LakeError for one that is damaged."""
    try:
        return kind.model_validate_json(read_bytes(store, path))
    except BlobMissing:
        return None
    except ValidationError as exc:
        raise LakeError(f"{path} is damaged: {exc.errors()[0]['msg']}. Remove it and run again.") from exc


def recall(store: BlobStore, path: str, kind: type[Memory], inputs: str) -> Memory | None:
    """Read a remembered result, or None where it was made of something else, or in a form of other days."""
    try:
        found = read_record(store, path, kind)
    except LakeError:
        return None
    return found if found and found.inputs == inputs else None


def write_named(store: BlobStore, path: str, content: bytes | Path) -> None:
    """Write a blob whose name tells its content, unless it is there."""
    if not store.stat(path):
        store.put(path, content)


def write_piece(store: BlobStore, folder: str, rows: pa.Table) -> Piece | None:
    """Write rows under the hash of their content; None where there are none."""
    if not rows.num_rows:
        return None
    content = encode(rows)
    path = f"{folder}/{hashlib.sha256(content).hexdigest()}.csv"
    write_named(store, path, content)
    return Piece(path=path, rows=rows.num_rows)


def join_pieces(store: BlobStore, path: str, pieces: Sequence[Piece]) -> None:
    """Write CSV pieces with the same header as one blob."""
    with TemporaryDirectory(prefix="shelfcast-") as folder:
        joined = Path(folder, "joined.csv")
        with joined.open("wb") as out:
            for number, piece in enumerate(pieces):
                header, _, rest = read_bytes(store, piece.path).partition(b"\n")
                out.write(rest if number else header + b"\n" + rest)
        store.put(path, joined)


def hash_blob(store: BlobStore, path: str) -> str:
    """Return the SHA-256 of a blob, read in chunks."""
    made = hashlib.sha256()
    with store.open(path) as blob:
        while chunk := blob.read(_HASH_BYTES):
            made.update(chunk)
    return made.hexdigest()
