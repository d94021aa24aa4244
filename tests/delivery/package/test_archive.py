import stat
from zipfile import ZipFile

import pytest

from delivery.package.archive import Manifest, describe, lay_out, pack, unpack
from delivery.package.errors import PackageError

FILES = {"b/two.py": b"two", "a.txt": "é".encode(), "b/one.py": b"1"}


def test_the_same_files_give_the_same_bytes_in_whatever_order_they_come():
    assert pack(FILES) == pack(dict(reversed(FILES.items())))
    assert pack(FILES) != pack(FILES | {"a.txt": b"e"})


def test_entries_have_a_fixed_order_time_and_mode(tmp_path):
    (tmp_path / "x.zip").write_bytes(pack(FILES))
    with ZipFile(tmp_path / "x.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == ["a.txt", "b/one.py", "b/two.py"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.filemode(entry.external_attr >> 16) for entry in entries} == {"-rw-r--r--"}


def test_what_is_packed_comes_out_again(tmp_path):
    (tmp_path / "x.zip").write_bytes(pack(FILES))
    assert unpack(tmp_path / "x.zip") == FILES
    assert lay_out(tmp_path / "x.zip", tmp_path / "out") == ["a.txt", "b"]
    assert (tmp_path / "out" / "b" / "two.py").read_bytes() == b"two"


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    manifest = Manifest(
        name="functions", version="1", commit="c", sha256="d", size=3,
        unclean=("a.txt",), left_out={"tests": 2}, files=describe(FILES),
    )  # fmt: skip
    (tmp_path / "functions.json").write_bytes(manifest.to_bytes())
    assert Manifest.read(tmp_path / "functions.json") == manifest


def test_without_a_manifest_it_says_what_to_run(tmp_path):
    with pytest.raises(PackageError, match="make package"):
        Manifest.read(tmp_path / "functions.json")
