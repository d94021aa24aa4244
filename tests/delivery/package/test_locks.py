import pytest

from delivery.package.errors import PackageError
from delivery.package.locks import DIRECT, LISTS, Locked, packages_for, read_lock
from shared.settings import ROOT

LIST = f"""\
#
#    pip-compile pyproject.toml
#
apple==1.0 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via
    #   -c requirements.lock
    #   pear
    #   shelf (pyproject.toml)
pear==2.0 \\
    --hash=sha256:{"c" * 64}
    # via -r some.in

# The following packages are considered to be unsafe in a requirements file:
plum==3.0+cpu
    # via pear
"""


def test_versions_hashes_and_who_needs_what_are_read(tmp_path):
    (tmp_path / "list.txt").write_text(LIST)
    assert read_lock(tmp_path / "list.txt") == [
        Locked(name="apple", version="1.0", line=4, hashes=("a" * 64, "b" * 64), needed_by=("pear", DIRECT)),
        Locked(name="pear", version="2.0", line=11, hashes=("c" * 64,), needed_by=(DIRECT,)),
        Locked(name="plum", version="3.0+cpu", line=16, needed_by=("pear",)),
    ]


@pytest.mark.parametrize("name", LISTS)
def test_in_the_real_lists_all_are_needed_by_something_in_them(name):
    packages = packages_for(ROOT, name)
    names = {package.name for package in packages} | {DIRECT}
    assert not [package for package in packages if not package.needed_by or set(package.needed_by) - names]


def test_the_torch_of_the_steps_is_the_dockerfiles():
    (torch,) = (package for package in packages_for(ROOT, "training") if package.name == "torch")
    locked = {package.name: package.version for package in read_lock(ROOT / "requirements.lock")}
    assert torch.version == locked["torch"]
    assert torch.hashes == ()


def test_a_dockerfile_without_torch_is_refused(tmp_path):
    for name in ("requirements.txt", "Dockerfile"):
        (tmp_path / "training" / "environment").mkdir(parents=True, exist_ok=True)
        (tmp_path / "training" / "environment" / name).write_text("")
    with pytest.raises(PackageError, match="ARG TORCH="):
        packages_for(tmp_path, "training")
