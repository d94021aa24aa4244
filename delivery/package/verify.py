"""What is wrong with a package that was made: damage, needless or missing modules, bytes that cannot be made again.

That it runs is for `python -m tests.conformance --package` to prove.
"""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from delivery.package.archive import Manifest, describe, pack, unpack
from delivery.package.build import FUNCTIONS, Parcel, build
from delivery.package.errors import PackageError
from delivery.package.reach import hooks, lacking, step_programs, superfluous
from infra.check.model import Fault, Place

ENTRY = "function_app"
COMPONENTS = "training/pipelines/components"
NEEDED = {"functions": ("function_app.py", "host.json", "requirements.txt", ".amlignore"), "training": ()}
"""What the platform looks for at the top."""

SHOWN = 5
"""Differing files that a fault names."""


def verify(root: Path, folder: Path, parcel: Parcel) -> list[Fault]:
    """Return everything that is wrong with a package in a folder; raises PackageError where there is none."""
    manifest = Manifest.read(folder / parcel.manifest)
    damaged = list(_damage(folder / parcel.archive, manifest))
    if damaged:
        return damaged
    files = unpack(folder / parcel.archive)
    starts = _starts(root, parcel, files)
    return [
        *_absent(parcel, files),
        *superfluous(files, starts, parcel.ignore),
        *lacking(files, starts, parcel.ignore),
        *(() if manifest.unclean else _made_again(root, parcel, manifest)),
    ]


def _starts(root: Path, parcel: Parcel, files: dict[str, bytes]) -> set[str]:
    """Return the modules that the platform runs; a job's nodes get the components from the app, not in their code."""
    components = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in (root / COMPONENTS).glob("*.yml")
    }
    return step_programs(components) | (hooks(files) | {ENTRY} if parcel is FUNCTIONS else set())


def _damage(archive: Path, manifest: Manifest) -> Iterator[Fault]:
    if not archive.exists():
        raise PackageError(f"{archive} is missing. Run `make package`.")
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        yield _fault(archive.name, "damaged-package", "is not the archive that its manifest describes.")
    elif describe(unpack(archive)) != manifest.files:
        yield _fault(archive.name, "damaged-package", "holds other files than its manifest lists.")
    elif pack(unpack(archive)) != content:
        yield _fault(archive.name, "irregular-package", "has an order, times or modes of its own.")


def _absent(parcel: Parcel, files: dict[str, bytes]) -> Iterator[Fault]:
    for name in NEEDED[parcel.name]:
        if name not in files:
            yield _fault(parcel.archive, "missing-file", f"lacks {name}.", f"Let it ship in {parcel.ignore}.")


def _made_again(root: Path, parcel: Parcel, manifest: Manifest) -> Iterator[Fault]:
    """Yield a fault where the commit, checked out elsewhere under another umask, gives other bytes."""
    with tempfile.TemporaryDirectory(prefix="package-") as folder:
        clone = Path(folder) / "a checkout of another name"
        before = os.umask(0o077)
        try:
            _clone(root, clone, manifest.commit)
            again = build(clone, Path(folder) / "again", parcel)
        finally:
            os.umask(before)
    if again.sha256 != manifest.sha256:
        differing = sorted({file.path for file in set(again.files) ^ set(manifest.files)})[:SHOWN]
        yield _fault(
            parcel.archive,
            "unreproducible-package",
            f"commit {manifest.commit[:8]} gives another one: {', '.join(differing) or 'the archive itself'}.",
        )


def _clone(root: Path, target: Path, commit: str) -> None:
    for arguments in (
        ["clone", "--quiet", "--no-hardlinks", "--no-checkout", str(root), str(target)],
        ["-C", str(target), "checkout", "--quiet", "--detach", commit],
    ):
        done = subprocess.run(["git", *arguments], capture_output=True, text=True)  # noqa: S603, S607
        if done.returncode:
            raise PackageError(f"commit {commit[:8]} cannot be checked out again: {done.stderr.strip()}")


def _fault(name: str, rule: str, problem: str, remedy: str = "Run `make package` again.") -> Fault:
    return Fault(place=Place(Path(name), 1), rule=rule, problem=problem, remedy=remedy)
