import json

import pytest

from delivery.package.archive import Manifest
from delivery.package.bill import bill, write_bill
from delivery.package.build import FUNCTIONS
from delivery.package.errors import PackageError
from delivery.package.locks import DIRECT, LISTS, Locked, packages_for
from shared.settings import ROOT

MANIFEST = Manifest(
    name="functions", version="1.2.3", commit="c", sha256="d" * 64, size=1, unclean=(), left_out={}, files=()
)
PACKAGES = [
    Locked(name="apple", version="1.0", line=1, hashes=("a" * 64, "b" * 64), needed_by=(DIRECT,)),
    Locked(name="pear", version="2.0", line=2, needed_by=("apple", DIRECT)),
]


def test_a_bill_names_the_package_what_is_installed_and_who_needs_it():
    value = json.loads(bill(MANIFEST, PACKAGES))
    assert (value["bomFormat"], value["specVersion"]) == ("CycloneDX", "1.6")
    assert value["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": "d" * 64}]
    assert [one["purl"] for one in value["components"]] == ["pkg:pypi/apple@1.0", "pkg:pypi/pear@2.0"]
    (files,) = value["components"][0]["externalReferences"]
    assert [one["content"][0] for one in files["hashes"]] == ["a", "b"]
    assert {one["ref"]: one["dependsOn"] for one in value["dependencies"]} == {
        "shelfcast-functions@1.2.3": ["pkg:pypi/apple@1.0", "pkg:pypi/pear@2.0"],
        "pkg:pypi/apple@1.0": ["pkg:pypi/pear@2.0"],
        "pkg:pypi/pear@2.0": [],
    }


def test_a_bill_is_the_same_whenever_it_is_made(monkeypatch):
    first = bill(MANIFEST, PACKAGES)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert bill(MANIFEST, PACKAGES) == first
    assert not {"serialNumber", "timestamp"} & (
        json.loads(first).keys() | json.loads(first)["metadata"].keys()
    )


@pytest.mark.parametrize("name", LISTS)
def test_the_real_bills_are_valid_and_whole(name):
    packages = packages_for(ROOT, name)
    value = json.loads(bill(MANIFEST, packages))
    assert len(value["components"]) == len(packages) > 20
    needed = {reference for one in value["dependencies"] for reference in one["dependsOn"]}
    assert needed == {one["bom-ref"] for one in value["components"]}


def test_a_bill_that_is_not_valid_is_not_written(tmp_path):
    (tmp_path / "functions.json").write_bytes(MANIFEST.to_bytes())
    wrong = [Locked(name="apple", version="1.0", line=1, hashes=("no digest",), needed_by=(DIRECT,))]
    with pytest.raises(PackageError, match=r"not CycloneDX 1\.6"):
        write_bill(tmp_path, FUNCTIONS, wrong)
    assert not (tmp_path / "functions.cdx.json").exists()
    assert write_bill(tmp_path, FUNCTIONS, PACKAGES).read_bytes() == bill(MANIFEST, PACKAGES)
