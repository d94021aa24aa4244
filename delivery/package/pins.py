"""Adds to a list of pinned versions the SHA-256 of every file that may be installed. Versions come from pip-compile.

The index names them, through pip's own report of what it would install; nothing is installed. Only the Pythons and
machines below get hashes, and only wheels: another file, or one that builds itself, is refused.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.package.errors import PackageError

Hashes = dict[str, set[str]]
"""SHA-256 by `name==version`."""

_PINNED = re.compile(r"(?P<pin>[A-Za-z0-9._-]+==[^\s;\\]+)")
_NOTE = "#    hashed by python -m delivery package pin, for Python"


NEWEST, OLDER = 36, 28
"""Minor versions of glibc: of the platform's machines, and of those that its builds may still run on."""


def _linux(architecture: str, newest: int = NEWEST) -> list[str]:
    named = [f"manylinux{name}_{architecture}" for name in ("2014", "2010", "1")]
    return [f"manylinux_2_{minor}_{architecture}" for minor in range(newest, 4, -1)] + named


def _mac() -> list[str]:
    kinds = [f"macosx_{major}_0_{kind}" for major in range(15, 10, -1) for kind in ("arm64", "universal2")]
    return kinds + [f"macosx_10_{minor}_universal2" for minor in range(16, 8, -1)]


PLATFORMS: Mapping[str, list[str]] = {
    "Linux on x86-64": _linux("x86_64"),  # what Azure runs
    "Linux on ARM": _linux("aarch64"),
    "macOS on ARM": _mac(),
}
"""Tags of the wheels that each kind of machine takes."""

OLDER_PLATFORMS: Mapping[str, list[str]] = {
    "Linux on x86-64": _linux("x86_64", OLDER),
    "Linux on ARM": _linux("aarch64", OLDER),
}


@dataclass(frozen=True)
class Wheel:
    """A file that pip would install for `name==version`."""

    pin: str
    file: str
    sha256: str

    @property
    def asks_for_a_new_linux(self) -> bool:
        """Whether an older machine has to take another file, if there is one."""
        named = re.findall(r"manylinux_2_(\d+)_", self.file)
        return bool(named) and min(map(int, named)) > OLDER and "manylinux2014" not in self.file


def pin(path: Path, python: str, without: Iterable[str] = ()) -> int:
    """Rewrite a list with hashes for a Python; returns how many there are.

    Parameters
    ----------
    path : Path
    python : str
        Such as ``3.13``.
    without : iterable of str
        Packages to leave out of the list, as another index has to give them.

    Raises
    ------
    PackageError
        If a version has no wheel for one of the machines.
    """
    kept = list(_without(path.read_text().splitlines(), frozenset(without)))
    pins = [found["pin"] for line in kept if (found := _PINNED.match(line))]
    hashes: Hashes = {}
    for wheel in (wheel for machine in PLATFORMS for wheel in _wheels(pins, python, machine)):
        hashes.setdefault(wheel.pin, set()).add(wheel.sha256)
    path.write_text(hashed(kept, hashes, python))
    return sum(map(len, hashes.values()))


def _without(lines: Iterable[str], names: frozenset[str]) -> Iterator[str]:
    """Yield the lines without hashes, and without the packages named and what is said about them."""
    dropping = False
    for line in lines:
        found = _PINNED.match(line)
        if found or not line.startswith(" "):
            dropping = found is not None and found["pin"].partition("==")[0] in names
        if not dropping and not line.lstrip().startswith("--hash") and not line.startswith(_NOTE):
            yield line.removesuffix("\\").rstrip()


def hashed(lines: Iterable[str], hashes: Hashes, python: str) -> str:
    """Return a list's text with the hashes of each pin below it; raises PackageError where a pin has none."""
    written = []
    for line in lines:
        found = _PINNED.match(line)
        digests = sorted(hashes.get(_normal(found["pin"]), ())) if found else []
        if found and not digests:
            raise PackageError(f"{found['pin']} has no file with a hash. Pin a version that the index has.")
        written.append(" \\\n".join([line, *(f"    --hash=sha256:{digest}" for digest in digests)]))
        if line.startswith("#    pip-compile"):
            written.append(f"{_NOTE} {python} on {', '.join(PLATFORMS)}")
    return "\n".join(written) + "\n"


def _wheels(pins: list[str], python: str, machine: str) -> Iterator[Wheel]:
    """Yield what a machine installs, and what an older one would in its place."""
    older = OLDER_PLATFORMS.get(machine, [])
    for wheel in _ask(pins, python, machine, PLATFORMS[machine]):
        yield wheel
        if older and wheel.asks_for_a_new_linux:
            with suppress(PackageError):  # there is none for older machines
                yield from _ask([wheel.pin], python, machine, older)


def _ask(pins: list[str], python: str, machine: str, tags: list[str]) -> list[Wheel]:
    """Return what pip would install on a machine; raises PackageError where it finds no wheel."""
    with tempfile.TemporaryDirectory(prefix="pins-") as folder:
        wanted, report = Path(folder) / "requirements.txt", Path(folder) / "report.json"
        wanted.write_text("\n".join(pins) + "\n")
        command = [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "-qqq"),
            *("--only-binary=:all:", "--python-version", python, "--report", str(report)),
            *(part for tag in tags for part in ("--platform", tag)),
            *("--requirement", str(wanted)),
        ]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            raise PackageError(
                f"pip finds no wheels for Python {python} on {machine}: {done.stderr.strip()}. "
                "Pin versions that have them (pyproject.toml)."
            )
        return [_wheel(one) for one in json.loads(report.read_bytes())["install"]]


def _wheel(reported: dict[str, Any]) -> Wheel:
    about, source = reported["metadata"], reported["download_info"]
    return Wheel(
        pin=_normal(f"{about['name']}=={about['version']}"),
        file=source["url"].rpartition("/")[2],
        sha256=source["archive_info"]["hashes"]["sha256"],
    )


def _normal(pin: str) -> str:
    name, _, version = pin.partition("==")
    return f"{re.sub('[-_.]+', '-', name).lower()}=={version}"
