"""Runs the package in the environment that Azure gives it: `python -m tests.conformance`, or `make conformance`.

Outside is here: the environment, the package, and a process that sees nothing else. What is proved is in `inside`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from delivery.package.archive import lay_out
from delivery.package.build import FUNCTIONS, build
from shared.errors import ShelfcastError
from tests.conformance.environment import NoPython, provide

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def main() -> int:
    """Prepare, run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build" / "conformance")
    parser.add_argument(
        "--package", type=Path, help="a package that was made (default: made of the work tree)"
    )
    parser.add_argument("--update", action="store_true", help="write functions.json anew, for review")
    given = parser.parse_args()
    try:
        return _run(given.build.resolve(), given.package, update=given.update)
    except (NoPython, ShelfcastError) as exc:
        print(exc, file=sys.stderr)
        return 1


def _run(work: Path, package: Path | None, *, update: bool) -> int:
    began = time.monotonic()
    folder = work / "package"
    print(f"the package holds {', '.join(_unpack(package or _make(work), folder))}", flush=True)
    # The package's own list is what the platform installs of it.
    python, made = provide(work / "venv", [folder / "requirements.txt", HERE / "requirements.txt"])
    if made:
        print(f"made {python.parents[1]} in {time.monotonic() - began:.0f} s", flush=True)
    command = [
        *(python, "-s", HERE / "inside"),
        *("--package", folder),
        *("--work", work / "work"),
        *("--raw", HERE.parent / "data" / "sample"),
        *("--snapshot", HERE / "functions.json"),
        *(["--update"] if update else []),
    ]
    return subprocess.run([str(part) for part in command], cwd=folder, env=_bare()).returncode


def _make(folder: Path) -> Path:
    made = build(REPOSITORY, folder / "made", FUNCTIONS, allow_dirty=True)
    print(f"made a package of {made.size:,} bytes, sha256 {made.sha256}")
    if made.unclean:
        print(f"not as in commit {made.commit[:8]}, and left out if new: {', '.join(made.unclean)}")
    return folder / "made" / FUNCTIONS.archive


def _unpack(package: Path, folder: Path) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    return lay_out(package, folder)


def _bare() -> dict[str, str]:
    """Return an environment that names no project, so that nothing of it is on the path."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "OMP_NUM_THREADS")
    return {name: os.environ[name] for name in kept if name in os.environ}


if __name__ == "__main__":
    sys.exit(main())
