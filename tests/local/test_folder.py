"""What every blob store must do, told once and held against each implementation; then what only a folder does."""

import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from local.folder import ABANDONED_SECONDS, FolderStore
from local.memory import MemoryStore
from shared.errors import BlobMissing, LakeError, WriteConflict
from shared.ports import BlobStore

STORES = ("folder", "memory", "azure")  # an adapter joins the contract by being listed here
TRICKS = [
    "../x",
    "a/../b",
    "/etc/passwd",
    "a//b",
    "",
    "a/",
    "/",
    "a/./b",
    "a\0b",
    "a\nb",
    "a\\b",
    "n" * 256,
    "a\udcff",
]


@pytest.fixture(params=STORES)
def store(request, tmp_path) -> BlobStore:
    if request.param == "azure":
        return request.getfixturevalue("azure_store")
    return FolderStore(tmp_path / "lake") if request.param == "folder" else MemoryStore()


def read(store: BlobStore, path: str) -> bytes:
    with store.open(path) as blob:
        return blob.read()


class TestBlobStoreContract:
    def test_what_is_put_can_be_read(self, store):
        etag = store.put("raw/sales/2019 W31~ü.csv", b"a,b\n")
        info = store.stat("raw/sales/2019 W31~ü.csv")
        assert read(store, "raw/sales/2019 W31~ü.csv") == b"a,b\n"
        assert (info.path, info.size, info.etag) == ("raw/sales/2019 W31~ü.csv", 4, etag)

    def test_a_file_can_be_put(self, store, tmp_path):
        (tmp_path / "big.bin").write_bytes(bytes(3_000_001))
        store.put("raw/big.bin", tmp_path / "big.bin")
        assert store.stat("raw/big.bin").size == 3_000_001

    def test_a_put_replaces_the_whole_blob(self, store):
        store.put("raw/a", b"a longer content")
        store.put("raw/a", b"short")
        assert read(store, "raw/a") == b"short"

    def test_an_open_blob_is_not_disturbed_by_a_put(self, store):
        store.put("raw/a", b"before")
        with store.open("raw/a") as blob:
            store.put("raw/a", b"after!")
            assert blob.read() == b"before"

    def test_what_does_not_exist(self, store):
        store.put("raw/a/b", b"")
        for path in ("nothing", "raw", "raw/nothing", "raw/a", "raw/a/b/c"):
            assert store.stat(path) is None
            with pytest.raises(BlobMissing, match=path):
                store.open(path)

    def test_lists_what_begins_with_the_prefix_sorted_by_path(self, store):
        paths = ["bbb/2.csv", "bbb/10.csv", "bbb-1/x", "bbb/sub/y", "aaa/z", "bbb/sub.txt"]
        for path in paths:
            store.put(path, b"x")
        assert [i.path for i in store.list("")] == sorted(paths)
        assert [i.path for i in store.list("bbb/")] == ["bbb/10.csv", "bbb/2.csv", "bbb/sub.txt", "bbb/sub/y"]
        assert [i.path for i in store.list("bbb/1")] == ["bbb/10.csv"]
        assert list(store.list("nothing/")) == []
        assert list(store.list("bbb/nothing/")) == []
        assert next(iter(store.list("aaa/z"))) == store.stat("aaa/z")

    def test_every_write_has_its_own_etag_even_of_equal_content(self, store):
        etags = [store.put("raw/a", b"same") for _ in range(30)]
        assert len(set(etags)) == 30
        assert store.stat("raw/a").etag == etags[-1]

    def test_a_conditional_write_replaces_only_what_was_read(self, store):
        first = store.put("raw/a", b"1", if_match="")
        second = store.put("raw/a", b"2", if_match=first)
        for outdated in (first, ""):
            with pytest.raises(WriteConflict, match="raw/a has changed"):
                store.put("raw/a", b"3", if_match=outdated)
        assert read(store, "raw/a") == b"2"
        assert store.stat("raw/a").etag == second

    def test_what_is_gone_cannot_be_matched(self, store):
        with pytest.raises(WriteConflict):
            store.put("raw/a", b"1", if_match="an-etag")
        assert store.stat("raw/a") is None

    def test_of_many_conditional_writers_each_increment_counts(self, store):
        store.put("raw/count", b"0")

        def increment() -> None:
            for _ in range(10):
                _increment(store)

        threads = [threading.Thread(target=increment) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert read(store, "raw/count") == b"40"

    @pytest.mark.parametrize("path", TRICKS)
    def test_path_tricks_are_refused(self, store, path):
        for call in (store.stat, store.open, lambda p: store.put(p, b"")):
            with pytest.raises(LakeError, match="no blob path"):
                call(path)


def _increment(store: BlobStore) -> None:
    while True:
        etag = store.stat("raw/count").etag
        value = int(read(store, "raw/count"))
        try:
            store.put("raw/count", str(value + 1).encode(), if_match=etag)
        except WriteConflict:
            continue
        return


def _increments(root: Path) -> None:
    for _ in range(10):
        _increment(FolderStore(root))


class TestFolder:
    def test_several_processes_lose_nothing(self, tmp_path):
        FolderStore(tmp_path).put("raw/count", b"0")
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=_increments, args=(tmp_path,)) for _ in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert read(FolderStore(tmp_path), "raw/count") == b"30"

    def test_what_a_killed_writer_left_is_never_listed_and_is_swept_up_later(self, tmp_path):
        store = FolderStore(tmp_path)
        left = tmp_path / ".store" / "unfinished" / "tmp123"
        left.write_bytes(b"half")
        assert list(store.list("")) == []
        FolderStore(tmp_path)
        assert left.exists(), "its writer may be alive"
        long_ago = time.time() - ABANDONED_SECONDS - 1
        os.utime(left, (long_ago, long_ago))
        FolderStore(tmp_path)
        assert not left.exists()

    def test_a_failed_write_leaves_nothing(self, tmp_path):
        store = FolderStore(tmp_path)
        store.put("a", b"1")
        for path, content, error in [("a/b", b"", LakeError), ("n" * 300, b"", LakeError),
                                     ("c", tmp_path / "absent", FileNotFoundError)]:  # fmt: skip
            with pytest.raises(error):
                store.put(path, content)
        assert list((tmp_path / ".store" / "unfinished").iterdir()) == []
        assert [i.path for i in store.list("")] == ["a"]

    def test_its_own_folder_is_out_of_reach(self, tmp_path):
        with pytest.raises(LakeError, match="own folder"):
            FolderStore(tmp_path).put(".store/lock", b"")

    def test_a_change_by_hand_changes_the_etag(self, tmp_path):
        store = FolderStore(tmp_path)
        etag = store.put("a", b"1")
        (tmp_path / "a").write_bytes(b"2")
        with pytest.raises(WriteConflict):
            store.put("a", b"3", if_match=etag)

    def test_etags_move_forward_though_the_clock_moves_back(self, tmp_path):
        store = FolderStore(tmp_path)
        store.put("a", b"1")
        future = time.time_ns() + 10**12
        os.utime(tmp_path / "a", ns=(future, future))
        etag = store.stat("a").etag
        assert store.put("a", b"2") != etag
        assert (tmp_path / "a").stat().st_mtime_ns > future
