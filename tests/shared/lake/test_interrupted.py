"""Killed anywhere and run again, or run by several at once: the same versions as without."""

import itertools
import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.folder import FolderStore
from local.memory import MemoryStore
from shared.errors import WriteConflict
from shared.lake import Lake, read_current
from shared.lake.lake import ATTEMPTS
from shared.profile import load_profile

FILES = {
    "w1.csv": ("2019-07-29 S1 P1 5", "2019-08-05 S1 P1 5", "2019-07-29 S8 P1 1"),
    "w2.csv": ("2019-07-29 S1 P1 6", "2019-08-05 S2 P1 5"),
}


class PowerCut(BaseException):
    """The writer is gone."""


class DyingStore(MemoryStore):
    """Fails at one of its writes, before or after that is done."""

    def __init__(self, *, after: bool) -> None:
        super().__init__()
        self.after, self.numbers, self.last = after, itertools.count(1), 0

    def die_at(self, write: int) -> None:
        self.numbers, self.last = itertools.count(1), write

    def put(self, path: str, content: bytes | Path, *, if_match: str | None = None) -> str:
        number = next(self.numbers)
        if number == self.last and not self.after:
            raise PowerCut
        etag = super().put(path, content, if_match=if_match)
        if number == self.last:
            raise PowerCut
        return etag


def run(client) -> dict[str, object]:
    """Do what a run does: bring whatever is pending, then publish."""
    for file, lines in FILES.items():
        client.receive("shipments", file, *lines)
    for raw in client.lake.pending("shipments"):
        client.lake.commit(client.condition("shipments", raw, *FILES[Path(raw.path).name]))
    return client.lake.materialise()


def contents(client) -> dict[str, bytes]:
    paths = [blob.path for blob in client.store.list("") if "/receipts/" not in blob.path]
    return {path: client.store.open(path).read() for path in paths}


@pytest.mark.parametrize("after", [False, True])
def test_cut_off_at_any_write(tmp_path, make_client, after):
    whole = make_client(tmp_path / "whole", MemoryStore()).masters()
    versions = run(whole)
    for writes in range(1, 100):
        store = DyingStore(after=after)
        client = make_client(tmp_path / str(writes), store).masters()
        store.die_at(writes)
        try:
            run(client)
        except PowerCut:
            assert run(client) == versions
            assert contents(client) == contents(whole)
        else:
            break
    assert 20 < writes < 99, "every write was cut off once"


SCRIPT = """
import os, signal, sys
from pathlib import Path
from tempfile import TemporaryDirectory
from local.folder import FolderStore
from shared.conditioning.condition import condition_file
from shared.lake import Lake
from shared.profile import load_profile

class Killed(FolderStore):
    writes = int(sys.argv[2])
    def put(self, path, content, *, if_match=None):
        Killed.writes -= 1
        if Killed.writes == 0:
            (self._aside / "half").write_bytes(b"half a blob")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().put(path, content, if_match=if_match)

folder = Path(sys.argv[1])
profile = load_profile(folder / "profile.yml")
lake = Lake(Killed(folder / "lake"), profile)
for source in profile.sources:
    for file in sorted((folder / "data").glob(f"{source}*")):
        lake.receive(source, file)
    for raw in lake.pending(source):
        with TemporaryDirectory() as workspace:
            made = condition_file(profile, source, folder / "lake" / raw.path, name=raw.path, workspace=Path(workspace))
            lake.commit(made)
lake.materialise()
"""


def test_a_killed_process_leaves_nothing_that_matters(tmp_path, source_block):
    versions = []
    for name, kills in (("whole", []), ("killed", [4, 9, 16])):
        folder = tmp_path / name
        _write_data(folder, source_block)
        for writes in kills:
            assert _run_process(folder, writes) == -signal.SIGKILL
        assert _run_process(folder, 0) == 0
        store = FolderStore(folder / "lake")
        versions.append([read_current(store, table) for table in ("stores", "products", "shipments")])
        lake = Lake(store, load_profile(folder / "profile.yml"))
        assert [raw for source in lake.profile.sources for raw in lake.pending(source)] == []
    assert versions[0] == versions[1]
    assert versions[0][2].rows.superseded == 1


def _write_data(folder: Path, source_block) -> None:
    (folder / "data").mkdir(parents=True)
    sources = {name: source_block(name) for name in ("stores", "products", "shipments")}
    profile = {"client": "Kiosks", "version": 1, "formats": {"by": "assortment"}, "sources": sources}
    (folder / "profile.yml").write_text(json.dumps(profile))
    files = {
        "stores.csv": "store_id,market,state,zip_code,format,storage_capacity\nS1,North,TX,75001,,\n",
        "products.csv": "product_id,category,brand,pack_size\nP1,soda,,\n",
        "shipments-1.csv": "week_start,store_id,product_id,units_shipped\n2019-07-29,S1,P1,5\n2019-08-05,S1,P1,x\n",
        "shipments-2.csv": "week_start,store_id,product_id,units_shipped\n2019-07-29,S1,P1,6\n2019-08-05,S1,P1,7\n",
    }
    for file, text in files.items():
        (folder / "data" / file).write_text(text)


def _run_process(folder: Path, writes: int) -> int:
    return subprocess.run([sys.executable, "-c", SCRIPT, str(folder), str(writes)], check=False).returncode


def test_several_writers_at_once_lose_nothing(client, make_client):
    def bring(number: int) -> None:
        one = make_client(client.folder / f"writer-{number}", client.store)
        one.bring("shipments", f"w{number}.csv", f"2019-07-29 S1 P{number} 5")
        one.lake.materialise()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(bring, (1, 2, 3)))
    assert client.rows(read_current(client.store, "shipments")) == [
        f"2019-07-29 S1 P{n} 5" for n in (1, 2, 3)
    ]


class RivalStore(MemoryStore):
    """Lets a rival act just before a blob is written, so many times."""

    def __init__(self, *, before: str = "conditioned/shipments/current.json") -> None:
        super().__init__()
        self.before, self.rival, self.rounds = before, None, 0

    def put(self, path: str, content: bytes | Path, *, if_match: str | None = None) -> str:
        if path == self.before and self.rounds and self.rival:
            rival, self.rival = self.rival, None
            self.rounds -= 1
            rival(self.rounds)
            self.rival = rival
        return super().put(path, content, if_match=if_match)


def _with_rival(folder: Path, make_client, rounds: int):
    store = RivalStore()
    client, rival = (make_client(folder / name, store).masters() for name in ("client", "rival"))

    def publish(number: int) -> None:
        rival.lake.materialise()
        rival.bring("shipments", f"rival-{number}.csv", f"2019-07-29 S{number % 3 + 1} P2 5")

    client.bring("shipments", "own.csv", "2019-07-29 S1 P1 5")
    store.rival, store.rounds = publish, rounds
    return client


def test_who_is_overtaken_looks_again(tmp_path, make_client):
    client = _with_rival(tmp_path, make_client, rounds=2)
    version = client.lake.materialise()["shipments"]
    assert client.rows(version) == ["2019-07-29 S1 P1 5", "2019-07-29 S1 P2 5", "2019-07-29 S2 P2 5"]
    assert read_current(client.store, "shipments") == version


def test_two_files_of_one_name_at_the_same_moment_both_stay(tmp_path, make_client):
    store = RivalStore(before="raw/shipments/w1.csv")
    client, rival = (make_client(tmp_path / name, store) for name in ("client", "rival"))
    store.rival, store.rounds = (lambda _: rival.receive("shipments", "w1.csv", "the rival's")), 1
    assert client.receive("shipments", "w1.csv", "the client's").path == "raw/shipments/w1~r2.csv"
    assert client.read("raw/shipments/w1.csv") == ["the rival's"]


def test_who_is_overtaken_all_the_time_gives_up(tmp_path, make_client):
    client = _with_rival(tmp_path, make_client, rounds=ATTEMPTS + 1)
    with pytest.raises(WriteConflict):
        client.lake.materialise()
