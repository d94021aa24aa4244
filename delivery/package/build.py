"""Makes the packages: the Function app's, and the code of the steps. What is wrong with one is found in verify."""

import hashlib
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from delivery.package.archive import Manifest, describe, pack
from delivery.package.contents import Contents, collect
from delivery.package.errors import PackageError


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A package by its name, and the file that says what stays out of it."""

    name: str
    ignore: str

    @property
    def archive(self) -> str:
        """File name of the archive."""
        return f"{self.name}.zip"

    @property
    def manifest(self) -> str:
        """File name of the manifest."""
        return f"{self.name}.json"


FUNCTIONS = Parcel(name="functions", ignore=".funcignore")
TRAINING = Parcel(name="training", ignore=".amlignore")
PARCELS = (FUNCTIONS, TRAINING)


def build(root: Path, target: Path, parcel: Parcel, *, allow_dirty: bool = False) -> Manifest:
    """Write a package and its manifest into a folder.

    Raises
    ------
    PackageError
        If files that ship differ from the commit, unless that is allowed.
    """
    contents = collect(root, parcel.ignore)
    if contents.unclean and not allow_dirty:
        raise PackageError(
            f"these are not as in commit {contents.commit[:8]}: {', '.join(contents.unclean)}. Commit or remove them, "
            "or give --allow-dirty, which the manifest will say."
        )
    archive = pack(contents.files)
    manifest = _manifest(root, parcel, contents, archive)
    target.mkdir(parents=True, exist_ok=True)
    (target / parcel.archive).write_bytes(archive)
    (target / parcel.manifest).write_bytes(manifest.to_bytes())
    return manifest


def version(root: Path) -> str:
    """Return the project's version."""
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])


def _manifest(root: Path, parcel: Parcel, contents: Contents, archive: bytes) -> Manifest:
    return Manifest(
        name=parcel.name,
        version=version(root),
        commit=contents.commit,
        sha256=hashlib.sha256(archive).hexdigest(),
        size=len(archive),
        unclean=contents.unclean,
        left_out=dict(sorted(Counter(path.partition("/")[0] for path in contents.left_out).items())),
        files=describe(contents.files),
    )
