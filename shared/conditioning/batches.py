"""A batch of raw rows as every reader gives it. Nothing is interpreted here: all cells are text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

ROW = "_row"
"""Name of the column with the record's number in the file, from 1."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A record that is no row: its number, a reason code and its raw text."""

    row: int
    reason: str
    text: str


@dataclass(frozen=True, kw_only=True)
class RawBatch:
    """Some consecutive records of a raw file.

    Attributes
    ----------
    rows : pa.Table
        String columns as named in the file, and `_row` (int64), ascending.
    broken : tuple of Broken
        The records among them that could not be told apart into columns.
    sparse : bool
        Whether a column that is not there means that its cells are missing (JSON), not that the header is wrong.
    repaired : dict
        What was repaired in the bytes before it, by name.
    """

    rows: pa.Table
    broken: tuple[Broken, ...] = ()
    sparse: bool = False
    repaired: Mapping[str, int] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """Records read, broken ones included."""
        return self.rows.num_rows + len(self.broken)


Parse = Callable[[], RawBatch]
"""The part of reading a batch that may run in another thread."""

Reader = Iterator[Parse]


def text_table(names: Sequence[str], columns: Sequence[pa.Array], rows: pa.Array) -> pa.Table:
    """Make a table of text columns and `_row`."""
    return pa.table([*columns, rows.cast(pa.int64())], names=[*names, ROW])
