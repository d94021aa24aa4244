"""A lake's zones as plain files."""

import pytest

from local.__main__ import main
from local.azurite import Azurite
from local.download import download
from local.host.storage import store_of
from local.memory import MemoryStore
from shared.errors import ShelfcastError


def test_blobs_become_files_by_their_paths(tmp_path):
    with Azurite(tmp_path / "lake" / "azurite") as azurite:
        store = store_of("LakeStorage", {"LakeStorage": azurite.connection_string})
        store.put("conditioned/stores/current.json", b"{}\n")
        store.put("raw/stores/stores.csv", b"not asked for")
    command = ["download", "--lake", str(tmp_path / "lake"), "--out", str(tmp_path / "files")]
    assert main(command) == 0
    files = {
        str(p.relative_to(tmp_path / "files")): p.read_bytes() for p in (tmp_path / "files").rglob("*.*")
    }
    assert files == {"conditioned/stores/current.json": b"{}\n"}


def test_an_empty_lake_is_said_to_be_empty(tmp_path):
    with pytest.raises(ShelfcastError, match="Run first"):
        download(MemoryStore(), tmp_path, ["work"], advance=lambda path: None)
