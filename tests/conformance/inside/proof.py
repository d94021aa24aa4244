"""What is proved, in order: indexing is light, bindings are as agreed, every function runs and warns of nothing."""

import os
import shutil
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import snapshot
from worker import Worker

SETTINGS = {
    "SHELFCAST_ENVIRONMENT": "local",
    "SHELFCAST_PROFILE": "config/default.yml",
    "LakeStorage": "a dictionary",
    "SHELFCAST_TELEMETRY": "off",
}


@dataclass(kw_only=True)
class Proof:
    """One run of the program."""

    package: Path
    work: Path
    raw: Path
    worker: Worker = field(init=False)
    warned: list[str] = field(init=False, default_factory=list)

    def index(self, heavy: Sequence[str]) -> list[str]:
        """Let the worker index the app; returns what is wrong."""
        self._listen()
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        os.environ.update(SETTINGS, SHELFCAST_LEDGER_URL=f"sqlite:///{self.work / 'ledger.db'}")
        before = set(sys.modules)
        self.worker = Worker(self.package)
        seconds, modules = self.worker.indexing_seconds, len(set(sys.modules) - before)
        print(f"indexed {len(self.worker.functions)} functions in {seconds:.2f} s, {modules} modules")
        return [f"indexing imports {name}" for name in heavy if name in sys.modules]

    def compare(self, path: Path, *, update: bool) -> list[str]:
        """Compare functions and bindings with the snapshot, or write it anew."""
        found = snapshot.describe(self.worker.functions.values())
        if update:
            path.write_text(snapshot.text_of(found))
        said = snapshot.difference(found, path)
        return [f"the functions differ from {path.name}:\n{said}\n{snapshot.UPDATE}"] if said else []

    def invoke_all(self) -> list[str]:
        """Invoke every function; returns what is wrong."""
        return [f"a warning of our own: {text}" for text in self.warned]

    def _listen(self) -> None:
        warnings.simplefilter("always")
        warnings.showwarning = self._warned

    def _warned(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any
    ) -> None:
        if Path(filename).is_relative_to(self.package):
            self.warned.append(
                f"{Path(filename).relative_to(self.package)}:{lineno}: {category.__name__}: {message}"
            )
