"""A small client whose files say what a test wants them to say, without being read: conditioning has its own tests."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from local.memory import MemoryStore
from shared.conditioning.outcome import Conditioned, DeltaPart, FileReport
from shared.lake import DatasetVersion, Lake, RawBlob
from shared.ports import BlobStore
from shared.profile import Profile
from shared.schemas import TABLES

SOURCES = ("stores", "products", "shipments", "returns", "promotions", "demographics")
GRAIN_COLUMNS = {"week": (), "day": ("date",), "line": ("date", "line_id")}


def source_block(table: str, **more: object) -> dict[str, object]:
    columns = {name: {"from": name} for name in TABLES[table].columns}
    return {
        "files": [f"{table}/*"],
        "format": {"type": "delimited"},
        "table": table,
        "columns": columns,
        **more,
    }


def make_profile(*, added: dict[str, object] | None = None, **changes: object) -> Profile:
    """Make a profile; `added` replaces sources, `changes` sections."""
    given = {
        "client": "Corner shops",
        "version": 1,
        "formats": {"by": "storage_capacity", "large_at": 100},
        "sources": {name: source_block(name) for name in SOURCES} | (added or {}),
    }
    return Profile.model_validate({**given, **changes})


def to_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


class Client:
    """A lake in memory, and files brought into it.

    Rows are given as lines of text, cells apart by blanks, "-" for an empty one:
    ``client.bring("shipments", "w31.csv", "2019-08-05 S1 P1 12")``.
    """

    def __init__(self, folder: Path, profile: Profile | None = None, store: BlobStore | None = None) -> None:
        self.folder = folder
        self.profile = profile or make_profile()
        self.store = store or MemoryStore()
        self.lake = Lake(self.store, self.profile)

    def bring(self, source: str, file: str, *lines: str, **more: str) -> Conditioned:
        """Receive a file and commit what it says."""
        conditioned = self.condition(source, self.receive(source, file, *lines), *lines, **more)
        self.lake.commit(conditioned)
        return conditioned

    def receive(self, source: str, file: str, *lines: str) -> RawBlob:
        outside = self.folder / "outside" / source / file
        outside.parent.mkdir(parents=True, exist_ok=True)
        outside.write_text("\n".join(lines))
        return self.lake.receive(source, outside)

    def condition(
        self, source: str, raw: RawBlob, *lines: str, table: str = "", grain: str = "week", rejects: str = ""
    ) -> Conditioned:
        """Make the outcome of conditioning a file that says these lines."""
        workspace = self.folder / "workspace" / raw.path
        workspace.mkdir(parents=True, exist_ok=True)
        with self.store.open(raw.path) as blob:
            content = blob.read()
        rows = [["" if cell == "-" else cell for cell in line.split(" ")] for line in lines]
        if rejects:
            (workspace / "rejects.csv").write_text(rejects)
        return Conditioned(
            source=source,
            name=raw.path,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            sequence=raw.path,
            deltas=tuple(self._deltas(table or source, grain, rows, workspace)) if rows else (),
            rejects=workspace / "rejects.csv" if rejects else None,
            superseded=None,
            report=FileReport(
                rows_read=len(rows),
                rows_in=len(rows) + bool(rejects),
                accepted={table or source: len(rows)},
                rejected={"not_a_number": 1} if rejects else {},
            ),
        )

    def _deltas(self, table: str, grain: str, rows: list[list[str]], workspace: Path) -> list[DeltaPart]:
        columns = [*TABLES[table].columns, *GRAIN_COLUMNS[grain]]
        months = defaultdict(list)
        for row in sorted(
            rows, key=lambda r: [r[columns.index(k)] for k in (*TABLES[table].key, *GRAIN_COLUMNS[grain])]
        ):
            by = TABLES[table].partition_by
            months[row[columns.index(by)][:7] if by else "all"].append(row)
        return [
            self._delta(table, grain, month, columns, found, workspace) for month, found in months.items()
        ]

    def _delta(self, table, grain, month, columns, rows, workspace) -> DeltaPart:
        path = workspace / f"{table}-{month}.csv"
        path.write_bytes(to_csv(columns, rows))
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return DeltaPart(table=table, partition=month, path=path, rows=len(rows), sha256=sha256, grain=grain)

    def masters(self) -> "Client":
        """Bring three stores and three products."""
        self.bring("stores", "stores.csv", *(f"S{n} North TX 7500{n} - {n * 50}" for n in (1, 2, 3)))
        self.bring("products", "products.csv", *(f"P{n} soda - -" for n in (1, 2, 3)))
        return self

    def with_other_rules(self, source: str) -> "Client":
        """Return the same lake under a profile that reads a source in another way."""
        block = source_block(source)
        block["columns"]["units_shipped"] = {"from": "cases", "scale": 12}
        changed = make_profile(added={source: block})
        return Client(self.folder, changed, self.store)

    def rows(self, version: DatasetVersion) -> list[str]:
        """Read a version's rows, as lines like those given."""
        return [line for part in version.parts for line in self.read(part.path)[1:]]

    def read(self, path: str) -> list[str]:
        """Read a CSV blob as lines; the first one is the header."""
        with self.store.open(path) as blob:
            rows = csv.reader(io.TextIOWrapper(blob, encoding="utf-8", newline=""))
            return [" ".join(cell or "-" for cell in row) for row in rows]

    def report(self, version: DatasetVersion, name: str) -> list[str]:
        """Read a report of a version, without its header; empty where there is none."""
        return self.read(version.reports[name].path)[1:] if name in version.reports else []


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path).masters()


@pytest.fixture
def new_client(tmp_path: Path):
    """Make further clients; keyword arguments change the profile."""
    made = []

    def make(**changes: object) -> Client:
        made.append(Client(tmp_path / f"client-{len(made)}", make_profile(**changes)))
        return made[-1]

    return make


@pytest.fixture
def make_client():
    """Make a client in a folder, over a store."""
    return lambda folder, store: Client(folder, store=store)


@pytest.fixture
def profile_with():
    """Make a profile whose shipments are ordered by a sequence."""
    return lambda sequence: make_profile(added={"shipments": source_block("shipments", sequence=sequence)})


@pytest.fixture(name="source_block")
def _source_block():
    """Make a source's block of the profile that maps every column to itself."""
    return source_block
