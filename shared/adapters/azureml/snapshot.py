"""The code that a job's nodes get: the steps' packages, staged apart from all else. How it is uploaded is not here.

The SDK walks and matches every file below a component's ``code`` folder, at each submission and for each component: of
an installed Function app that would be the 20,000 files of its libraries, and half a minute.
"""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.settings import ROOT

IGNORE = ".amlignore"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Folders of an installation.

    Attributes
    ----------
    root : Path
        What the components' ``code`` points at.
    packages : tuple of str
        The folders below it that nodes need, and pipelines are read from.
    pipelines : str
        Folder of the pipelines' YAML files.
    """

    root: Path = ROOT
    packages: tuple[str, ...] = ("shared", "training")
    pipelines: str = "training/pipelines"

    def staged_pipelines(self) -> Path:
        """Return the folder of the pipelines in a copy of the packages, which lasts as long as the process."""
        return _staged(self) / self.pipelines


@cache
def _staged(snapshot: Snapshot) -> Path:
    home = Path(tempfile.mkdtemp(prefix="snapshot-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    root = home / "shelfcast"  # the folder's name is part of the snapshot's paths
    for package in snapshot.packages:
        shutil.copytree(
            snapshot.root / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    if (snapshot.root / IGNORE).exists():
        shutil.copy(snapshot.root / IGNORE, root / IGNORE)
    return root
