import hashlib
import re
from zipfile import ZipFile

import pytest

from delivery.package.errors import PackageError
from delivery.package.pins import PLATFORMS, hashed, pin
from shared.settings import ROOT

LIST = """\
#
#    pip-compile --output-file=requirements.txt
#
apple==1.0
    # via shelf
pear==2.0
    # via
    #   apple
"""
LISTS = ("requirements.txt", "tests/conformance/requirements.txt", "training/environment/requirements.txt")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder in place of the index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path


def wheel(index, name, version, tag="py3-none-any"):
    path = index / f"{name}-{version}-{tag}.whl"
    about = f"{name}-{version}.dist-info"
    with ZipFile(path, "w") as archive:
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{about}/RECORD", "")
        archive.writestr("tag.txt", tag)
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_each_pin_gets_the_hashes_of_all_machines_wheels(index):
    one = wheel(index, "apple", "1.0")
    tags = ("manylinux_2_28_x86_64", "manylinux_2_17_aarch64", "macosx_11_0_arm64")
    three = [wheel(index, "pear", "2.0", f"cp313-cp313-{tag}") for tag in tags]
    (index / "list.txt").write_text(LIST)
    assert pin(index / "list.txt", "3.13") == 4
    below_pear = " \\\n".join(["pear==2.0", *(f"    {found}" for found in sorted(three)), ""])
    text = (index / "list.txt").read_text()
    assert f"apple==1.0 \\\n    {one}\n    # via shelf\n" in text
    assert below_pear.removesuffix(" \\\n") in text
    assert f"for Python 3.13 on {', '.join(PLATFORMS)}\n" in text


def test_an_older_linux_gets_the_file_that_it_takes_where_there_is_one(index):
    for_both = [wheel(index, "apple", "1.0", f"cp313-cp313-manylinux_2_{libc}_x86_64") for libc in (34, 28)]
    new_alone = wheel(index, "pear", "2.0", "cp313-cp313-manylinux_2_34_x86_64")
    for name, version in (("apple", "1.0"), ("pear", "2.0")):
        for tag in ("manylinux_2_17_aarch64", "macosx_11_0_arm64"):
            wheel(index, name, version, f"cp313-cp313-{tag}")
    (index / "list.txt").write_text(LIST)
    assert pin(index / "list.txt", "3.13") == 7
    text = (index / "list.txt").read_text()
    assert all(found in text for found in (*for_both, new_alone))


def test_pinned_again_a_list_stays_as_it_is(index):
    wheel(index, "apple", "1.0")
    wheel(index, "pear", "2.0")
    (index / "list.txt").write_text(LIST)
    pin(index / "list.txt", "3.13")
    first = (index / "list.txt").read_text()
    pin(index / "list.txt", "3.13")
    assert (index / "list.txt").read_text() == first


def test_a_package_that_another_index_gives_is_left_out_with_its_comment(index):
    wheel(index, "pear", "2.0")
    (index / "list.txt").write_text(LIST.replace("apple==1.0", "apple==1.0+cpu"))
    pin(index / "list.txt", "3.11", without=["apple"])
    text = (index / "list.txt").read_text()
    assert "apple==" not in text
    assert "via shelf" not in text
    assert "#   apple\n" in text


def test_a_version_without_a_wheel_for_a_machine_is_refused_by_name(index):
    wheel(index, "apple", "1.0")
    wheel(index, "pear", "2.0", "cp313-cp313-manylinux_2_28_x86_64")
    (index / "list.txt").write_text(LIST)
    with pytest.raises(PackageError, match=r"Python 3\.13 on Linux on ARM.*pear==2\.0"):
        pin(index / "list.txt", "3.13")
    assert (index / "list.txt").read_text() == LIST


def test_a_pin_without_a_hash_is_refused():
    with pytest.raises(PackageError, match=r"pear==2\.0 has no file"):
        hashed(LIST.splitlines(), {"apple==1.0": {"00"}}, "3.13")


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_of_the_shipped_lists_has_a_hash(name):
    text = (ROOT / name).read_text()
    pins = re.findall(r"^[\w.-]+==\S+(.*)\n(.*)$", text, re.MULTILINE)
    assert pins
    assert all(end == " \\" and below.startswith("    --hash=sha256:") for end, below in pins)
