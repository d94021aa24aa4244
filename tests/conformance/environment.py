"""The environment that the platform would make: Python 3.13 with requirements.txt and the worker library, nothing else.

It is made once, over the network, and again when one of its two lists changes.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

VERSION = "3.13"
ADVICE = (
    f"make conformance needs Python {VERSION}, which Azure runs the app with, and found none.\n"
    f"Install it beside yours (apt install python{VERSION} python{VERSION}-venv, brew install python@{VERSION},\n"
    f"or pyenv install {VERSION}), or name it: CONFORMANCE_PYTHON=/path/to/python{VERSION} make conformance"
)


class NoPython(Exception):
    """There is no Python of the version that Azure runs."""


def provide(venv: Path, lists: list[Path]) -> tuple[Path, bool]:
    """Return the environment's Python, and whether the environment was made anew; raises NoPython."""
    stamp, wanted = venv / ".made-of", _digest(lists)
    python = venv / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted:
        return python, False
    interpreter = find_python()
    shutil.rmtree(venv, ignore_errors=True)
    _run(interpreter, "-m", "venv", venv)
    named = [argument for path in lists for argument in ("-r", path)]
    # With dependencies, as the platform installs: a list that lacks one, or one of its hashes, fails here first.
    _pip(python, "install", "-qq", "--no-compile", "--require-hashes", *named)
    _pip(python, "check", "-q")
    stamp.write_text(wanted)
    return python, True


def find_python() -> Path:
    """Return an interpreter of the version; raises NoPython."""
    for candidate in _candidates():
        if _version(candidate) == VERSION:
            return candidate
    raise NoPython(ADVICE)


def _candidates() -> Iterator[Path]:
    given = os.environ.get("CONFORMANCE_PYTHON")
    if given:
        yield Path(given)
    # A shim of pyenv is on the PATH even where it leads nowhere: each is asked for its version.
    for folder in os.get_exec_path():
        yield Path(folder) / f"python{VERSION}"
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob(f"versions/{VERSION}.*/bin/python"), reverse=True)


def _version(python: Path) -> str:
    asking = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(asking, capture_output=True, text=True, timeout=30).stdout.strip()
    except OSError:
        return ""


def _digest(lists: list[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in lists)).hexdigest()


def _pip(python: Path, *arguments: object) -> None:
    _run(python, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments)


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True)
