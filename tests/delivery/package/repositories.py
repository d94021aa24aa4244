"""Small repositories to package."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

WHO = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Ann"), ("EMAIL", "ann@example.com"), ("DATE", "2026-01-02T03:04:05Z"))
}
APP = {
    "pyproject.toml": '[project]\nname = "shelf"\nversion = "1.2.3"\n',
    ".funcignore": ".*\n!.amlignore\ntests\npyproject.toml\n",
    ".amlignore": "*\n!/training/**\n!/shared/**\n/training/pipelines/**\n/shared/lake.py\n",
    "function_app.py": "from shared import lake\nimport training.steps.train\n",
    "host.json": "{}\n",
    "requirements.txt": "numpy==1.0\n",
    "shared/__init__.py": "",
    "shared/lake.py": "from shared import plain\n",
    "shared/plain.py": "",
    "training/__init__.py": "",
    "training/steps/__init__.py": "",
    "training/steps/train.py": "import shared.plain\n",
    "training/pipelines/components/train.yml": "command: python -m training.steps.train\n",
    "tests/test_app.py": "",
}


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, env=os.environ | WHO, check=True, capture_output=True, text=True)
    return done.stdout


def repository(root: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """Make a repository of the app above, with some files changed, added, or (None) left out, and commit it."""
    for name, text in (APP | dict(changes or {})).items():
        if text is not None:
            write(root, name, text)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=All")
    return root


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
