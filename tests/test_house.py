"""The dependency rule holds, and breaks when somebody breaks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BAD_IMPORTS = {
    "shared/conditioning/__init__.py": "import shared.lake",
    "shared/schemas.py": "import shared.profile",
    "shared/profile/base.py": "import sklearn",
    "training/metrics.py": "import azure.storage.blob",
    "training/panel.py": "import local",
    "shared/ports.py": "import training.metrics",
    "shared/telemetry/spans.py": "import monitor.ledger",
    "monitor/rows.py": "import training.metrics",
    "monitor/ledger.py": "import local",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("shared", "training", "local", "functions", "monitor", "infra", "delivery"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_dependency_rule_holds(copy):
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("module", "line"), BAD_IMPORTS.items())
def test_a_planted_bad_import_breaks_it(copy, module, line):
    path = copy / module
    path.write_text(f"{line}\n{path.read_text()}")
    done = lint(copy)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
