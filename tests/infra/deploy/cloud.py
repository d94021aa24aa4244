"""A copy of the scripts with everything that they touch, and commands that stand in for az, sqlcmd and the packager."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.infra.deploy.fake_az import command

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = sorted(path.name for path in (ROOT / "infra/deploy").glob("*.sh") if path.name != "common.sh")
COPIED = (
    "infra/deploy",
    "infra/bicep",
    "infra/adf/triggers",
    "tests/conformance",
    "training/environment",
    "training/pipelines",
)
READING = re.compile(r" (show|list)$|^rest get")
SETTINGS = {
    "SHELFCAST_SQL_ADMIN_NAME": "administrators",
    "SHELFCAST_SQL_ADMIN_ID": "99999999-0000-0000-0000-000000000000",
    "SHELFCAST_ALERT_EMAILS": "somebody@example.com",
    "SHELFCAST_WAIT_SECONDS": "0",
    "SHELFCAST_TRIES": "5",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of az: its arguments, and the settings that it was told through the environment."""

    arguments: list[str]
    told: dict[str, str]

    @property
    def words(self) -> str:
        """Its command, such as ``deployment sub create``."""
        return command(self.arguments)

    def __getitem__(self, option: str) -> str:
        return self.arguments[self.arguments.index(option) + 1]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a script ended."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """The copied repository, and a record of what was asked of Azure."""

    root: Path
    folder: Path

    def run(
        self, script: str, *arguments: str, answer: str = "", branch: str = "main", **told: str
    ) -> Result:
        """Run a script of infra/deploy; `told` are further environment variables."""
        environment = SETTINGS | {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "PYTHON": str(self.folder / "bin/packager"),
            "FAKE_FOLDER": str(self.folder),
            "BUILD_SOURCEBRANCH": f"refs/heads/{branch}",
        }
        done = subprocess.run(
            ["bash", str(self.root / "infra/deploy" / script), *arguments],
            input=answer,
            capture_output=True,
            text=True,
            env=without_empty(environment | told),
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        return Result(status=done.returncode, output=done.stdout, errors=done.stderr)

    @property
    def calls(self) -> list[Call]:
        """Every call of az, in order."""
        record = self.folder / "calls.jsonl"
        lines = record.read_text().splitlines() if record.exists() else []
        return [Call(**json.loads(line)) for line in lines]

    @property
    def changes(self) -> list[str]:
        """The commands of the calls that change something, in order."""
        return [call.words for call in self.calls if not READING.search(call.words)]

    def the(self, words: str) -> Call:
        """Return the only call of a command."""
        (found,) = [call for call in self.calls if call.words == words]
        return found


def without_empty(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that have a value."""
    return {name: value for name, value in environment.items() if value}


def make_cloud(folder: Path) -> Cloud:
    """Copy what the scripts touch, and put the stand-ins where a shell finds them."""
    root = folder / "repository"
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name)
    (folder / "bin").mkdir()
    _command(folder / "bin/az", f'exec {sys.executable} -S -E {ROOT}/tests/infra/deploy/fake_az.py "$@"')
    _command(folder / "bin/sqlcmd", f'printf "%s\\n" "$@" > {folder}/sqlcmd; exit "${{FAKE_SQLCMD:-0}}"')
    _command(
        folder / "bin/packager",
        'mkdir -p "$5/build/package"; cp "$5/code" "$5/build/package/functions.zip"',
    )
    return Cloud(root=root, folder=folder)


def _command(path: Path, line: str) -> None:
    path.write_text(f"#!/usr/bin/env bash\n{line}\n")
    path.chmod(0o755)
