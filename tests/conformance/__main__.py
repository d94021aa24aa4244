"""Runs the package in the environment that Azure gives it: `python -m tests.conformance`, or `make conformance`.

Outside is here: the environment, the package, and a process that sees nothing else. What is proved is in `inside`.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.conformance.environment import NoPython, provide
from tests.conformance.package import lay_out

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def main() -> int:
    """Prepare, run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build" / "conformance")
    parser.add_argument("--update", action="store_true", help="write functions.json anew, for review")
    given = parser.parse_args()
    try:
        return _run(given.build.resolve(), update=given.update)
    except NoPython as exc:
        print(exc, file=sys.stderr)
        return 1


def _run(build: Path, *, update: bool) -> int:
    began = time.monotonic()
    lists = [REPOSITORY / "requirements.txt", HERE / "requirements.txt"]
    python, made = provide(build / "venv", lists)
    if made:
        print(f"made {python.parents[1]} in {time.monotonic() - began:.0f} s")
    names = lay_out(REPOSITORY, build / "package")
    print(f"the package holds {', '.join(names)}")
    command = [
        *(python, "-s", HERE / "inside"),
        *("--package", build / "package"),
        *("--work", build / "work"),
        *("--raw", HERE.parent / "data" / "sample"),
        *("--snapshot", HERE / "functions.json"),
        *(["--update"] if update else []),
    ]
    return subprocess.run([str(part) for part in command], cwd=build / "package", env=_bare()).returncode


def _bare() -> dict[str, str]:
    """Return an environment that names no project, so that nothing of it is on the path."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "OMP_NUM_THREADS")
    return {name: os.environ[name] for name in kept if name in os.environ}


if __name__ == "__main__":
    sys.exit(main())
