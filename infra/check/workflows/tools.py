"""Runs a checker that is installed beside Python, or in node_modules."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.errors import ShelfcastError


class ToolFailed(ShelfcastError):
    """A checker is missing, or says nothing that can be read: its silence proves nothing."""


def output_of(command: Sequence[str | Path], root: Path) -> str:
    """Return what a checker writes that runs in the repository; that it finds faults is no failure."""
    program = _program(str(command[0]))
    ended = subprocess.run(  # noqa: S603 - the checkers that the project pins
        [program, *map(str, command[1:])], cwd=root, capture_output=True, text=True, check=False
    )
    if not ended.stdout.strip() and ended.returncode:
        raise ToolFailed(f"{command[0]} ended with {ended.returncode}: {ended.stderr.strip()[-500:]}")
    return ended.stdout


def json_of(command: Sequence[str | Path], root: Path) -> Any:
    """Return what a checker writes as JSON."""
    written = output_of(command, root)
    try:
        return json.loads(written)
    except ValueError as exc:
        raise ToolFailed(f"{command[0]} wrote no JSON: {written[:200]}") from exc


def _program(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise ToolFailed(f"{name} is not installed. Install the tools: make setup")
    return found
