"""How much a raw file may ask for before it is refused, and how much memory its reading may take."""

from dataclasses import dataclass, replace

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one conditioning; units are in the names.

    Attributes
    ----------
    block_bytes : int
        Text is parsed in blocks of about this size.
    line_bytes, columns, nesting : int
        Longest line, most columns, deepest JSON.
    unpacked_bytes : int
        Most bytes that a compressed file may grow to.
    expansion : int
        Most unpacked bytes per packed byte, judged above `free_bytes` of output. Deflate ends at 1032.
    members : int
        Most files in an archive.
    workbook_bytes, workbook_cells, workbook_memory_bytes, workbook_seconds : int
        Unpacked size, cells (empty ones between used ones too), memory and time of a spreadsheet.
    row_group_bytes : int
        Largest unpacked row group of a Parquet file.
    buffer_bytes : int
        Accepted rows in memory before they are spilled to disk.
    partition_bytes : int
        Size of a partition in memory up to which it is sorted at once; larger ones are sorted in runs and merged.
    threads : int
        Blocks that are parsed at the same time.
    """

    block_bytes: int = 4 * MIB
    line_bytes: int = 1 * MIB
    columns: int = 2_000
    nesting: int = 32
    unpacked_bytes: int = 32 * GIB
    expansion: int = 200
    free_bytes: int = 16 * MIB
    members: int = 10_000
    workbook_bytes: int = 512 * MIB
    workbook_cells: int = 20_000_000
    workbook_memory_bytes: int = 2 * GIB
    workbook_seconds: int = 600
    row_group_bytes: int = 256 * MIB
    buffer_bytes: int = 48 * MIB
    partition_bytes: int = 48 * MIB
    threads: int = 2

    @property
    def of_workbook(self) -> "Limits":
        """The limits with a workbook's size in place of a file's."""
        return replace(self, unpacked_bytes=self.workbook_bytes)


LIMITS = Limits()
