"""A job's inputs come to the machine once, whole, and as they were when it asked."""

import os
import time

import pytest

from local.jobs.inputs import UNUSED_SECONDS, InputCache
from local.memory import MemoryStore
from shared.errors import BlobMissing


class CountingStore(MemoryStore):
    """A store that counts what is read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def open(self, path):
        self.opened.append(path)
        return super().open(path)


@pytest.fixture
def store() -> CountingStore:
    store = CountingStore()
    for name in ("parts/a.csv", "parts/b.csv", "deltas/a.csv"):
        store.put(f"conditioned/shipments/{name}", name.encode())
    store.put("conditioned.old/x.csv", b"of another folder")
    return store


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder_has_the_blobs_below_its_path_and_no_others(store, tmp_path):
    folder = InputCache(tmp_path, store).folder("conditioned")
    assert names(folder) == ["shipments/deltas/a.csv", "shipments/parts/a.csv", "shipments/parts/b.csv"]
    assert (folder / "shipments/parts/b.csv").read_text() == "parts/b.csv"


def test_only_what_a_step_may_read_is_fetched_and_only_once(store, tmp_path):
    for _ in range(2):
        folder = InputCache(tmp_path, store).folder("conditioned", ["*/parts/*"])
    assert names(folder) == ["shipments/parts/a.csv", "shipments/parts/b.csv"]
    assert store.opened == ["conditioned/shipments/parts/a.csv", "conditioned/shipments/parts/b.csv"]


def test_a_blob_that_is_replaced_is_fetched_anew_and_alone_while_an_older_view_stays(store, tmp_path):
    cache = InputCache(tmp_path, store)
    before = cache.folder("conditioned", ["*/parts/*"])
    store.put("conditioned/shipments/parts/a.csv", b"new")
    after = cache.folder("conditioned", ["*/parts/*"])
    assert (before / "shipments/parts/a.csv").read_text() == "parts/a.csv"
    assert (after / "shipments/parts/a.csv").read_text() == "new"
    assert len(store.opened) == 3


def test_a_file_keeps_its_name(store, tmp_path):
    file = InputCache(tmp_path, store).file("conditioned/shipments/parts/a.csv")
    assert (file.name, file.read_text()) == ("a.csv", "parts/a.csv")


def test_what_is_not_there_is_missing(store, tmp_path):
    cache = InputCache(tmp_path, store)
    with pytest.raises(BlobMissing):
        cache.file("conditioned/none.csv")
    with pytest.raises(BlobMissing):
        cache.folder("conditioned", ["*.parquet"])


def test_what_nobody_has_asked_for_in_a_while_is_let_go(store, tmp_path):
    cache = InputCache(tmp_path, store)
    old, new = cache.file("conditioned/shipments/parts/a.csv"), cache.file("conditioned.old/x.csv")
    long_ago = time.time() - UNUSED_SECONDS - 1
    os.utime(old.parent, (long_ago, long_ago))
    InputCache(tmp_path, store)
    assert not old.exists()
    assert new.exists()
    assert len(list((tmp_path / "blobs").iterdir())) == 1
