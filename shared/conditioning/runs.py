"""Sorts more rows than memory holds: sorted runs on disk, merged piece by piece."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from shared.conditioning.coding import one_piece, plain
from shared.conditioning.sorting import sort_by_key
from shared.conditioning.spill import write_rows

_RUN = "_run"


def sorted_pieces(
    pieces: Iterator[pa.Table], key: Sequence[str], *, nbytes: int, most_bytes: int, folder: Path
) -> Iterator[pa.Table]:
    """Sort rows by key and `_row`.

    Parameters
    ----------
    pieces : iterator of pa.Table
        Rows in the order of the file.
    nbytes : int
        Their size in memory.
    most_bytes : int
        Up to this size they are sorted at once; above it, about so much is held at a time.
    folder : Path
        For the runs; each is removed when it is merged.

    Yields
    ------
    pa.Table
        Sorted in itself, and after the one before it.
    """
    if nbytes <= most_bytes:
        yield sort_by_key(one_piece(pieces), key)
        return
    folder.mkdir(parents=True, exist_ok=True)
    half = most_bytes // 2
    batches_in_memory = nbytes // half + 1
    runs = []
    for number, rows in enumerate(_grouped(map(plain, pieces), half)):
        path = folder / f"{number}.arrow"
        batch_rows = max(1, rows.num_rows // batches_in_memory)
        write_rows(path, sort_by_key(rows, key), batch_rows=batch_rows)
        runs.append(_Run(path, number, batch_rows))
    yield from _merged(runs, key)


def _grouped(pieces: Iterator[pa.Table], most_bytes: int) -> Iterator[pa.Table]:
    group: list[pa.Table] = []
    size = 0
    for piece in pieces:
        group.append(piece)
        size += piece.nbytes
        if size >= most_bytes:
            yield pa.concat_tables(group).combine_chunks()
            group, size = [], 0
    if group:
        yield pa.concat_tables(group).combine_chunks()


class _Run:
    """A sorted run on disk, read batch by batch."""

    def __init__(self, path: Path, number: int, batch_rows: int) -> None:
        self._path, self.number, self.batch_rows, self._next = path, number, batch_rows, 0
        with pa.OSFile(str(path), "rb") as file:
            self._batches = pa.ipc.open_file(file).num_record_batches

    @property
    def exhausted(self) -> bool:
        return self._next >= self._batches

    def read(self) -> pa.Table:
        with pa.OSFile(str(self._path), "rb") as file:
            rows = pa.Table.from_batches([pa.ipc.open_file(file).get_batch(self._next)])
        self._next += 1
        if self.exhausted:
            self._path.unlink()
        return rows.append_column(_RUN, pa.array(np.full(rows.num_rows, self.number)))


def _merged(runs: list[_Run], key: Sequence[str]) -> Iterator[pa.Table]:
    """Merge runs: up to where the first of them has nothing more loaded, the rows are complete."""
    rows = pa.concat_tables([run.read() for run in runs])
    while True:
        rows = sort_by_key(rows.combine_chunks(), key)
        end = _complete(rows, runs)
        yield rows.slice(0, end).drop_columns(_RUN)
        if end == rows.num_rows and all(run.exhausted for run in runs):
            return
        rows = _refilled(rows.slice(end), runs)


def _complete(rows: pa.Table, runs: list[_Run]) -> int:
    last = np.zeros(len(runs), dtype=np.int64)
    last[rows[_RUN].to_numpy()] = np.arange(rows.num_rows)
    return min((int(last[run.number]) + 1 for run in runs if not run.exhausted), default=rows.num_rows)


def _refilled(rows: pa.Table, runs: list[_Run]) -> pa.Table:
    left = np.bincount(rows[_RUN].to_numpy(), minlength=len(runs))
    few = [run for run in runs if not run.exhausted and left[run.number] <= run.batch_rows // 2]
    return pa.concat_tables([rows, *(run.read() for run in few)])
