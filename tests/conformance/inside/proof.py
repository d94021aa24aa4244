"""What is proved, in order: indexing is light, bindings are as agreed, every function runs and warns of nothing."""

import logging
import os
import shutil
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import snapshot
from durable_http import TaskHub
from heard import Heard
from modules import import_all
from worker import Broken, Worker

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
    heard: Heard = field(init=False, default_factory=Heard)
    warned: list[str] = field(init=False, default_factory=list)

    def index(self, heavy: Sequence[str]) -> list[str]:
        """Let the worker index the app; returns what is wrong."""
        self._listen()
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        logging.basicConfig(filename=self.work / "log.txt", level=logging.INFO)
        os.environ.update(SETTINGS, SHELFCAST_LEDGER_URL=f"sqlite:///{self.work / 'ledger.db'}")
        before, used = set(sys.modules), time.process_time()
        self.worker = Worker(self.package)
        used, seconds = time.process_time() - used, self.worker.indexing_seconds
        functions, modules = len(self.worker.functions), len(set(sys.modules) - before)
        print(f"indexed {functions} functions in {seconds:.2f} s ({used:.2f} s of CPU), {modules} modules")
        return [f"indexing imports {name}" for name in heavy if name in sys.modules]

    def compare(self, path: Path, *, update: bool) -> list[str]:
        """Compare functions and bindings with the snapshot, or write it anew."""
        found = snapshot.describe(self.worker.functions.values())
        if update:
            path.write_text(snapshot.text_of(found))
        said = snapshot.difference(found, path)
        return [f"the functions differ from {path.name}:\n{said}\n{snapshot.UPDATE}"] if said else []

    def invoke_all(self) -> list[str]:
        """Tell the story, print what every function did, and return what is wrong."""
        faults = self._tell()
        print(self.heard.table(self.worker.functions))
        invocations = sum(map(len, self.heard.calls.values()))
        print(f"{len(self.heard.calls)} of {len(self.worker.functions)} functions, {invocations} invocations")
        silent = sorted(set(self.worker.functions) - set(self.heard.calls))
        return faults + [f"{name} was not invoked" for name in silent]

    def import_all(self) -> list[str]:
        """Import what only Azure needs; returns what is wrong."""
        try:
            print(f"imported {import_all()} modules of the app")
        except Exception:  # noqa: BLE001 - whatever an import raises is a fault
            return [f"a module cannot be imported: {traceback.format_exc()}"]
        return []

    def warnings_of_ours(self) -> list[str]:
        """Return the warnings of the app's own code."""
        return [f"a warning of our own: {text}" for text in dict.fromkeys(self.warned)]

    def _tell(self) -> list[str]:
        from story import Story

        hub, faults = TaskHub(), []
        with self._edges() as (store, jobs):
            story = Story(
                worker=self.worker, store=store, jobs=jobs, hub=hub, raw=self.raw, heard=self.heard.hear
            )
            for title, tell in story.chapters():
                try:
                    tell()
                except Exception as exc:  # noqa: BLE001 - every chapter is told, and each fault is named
                    text = str(exc) if isinstance(exc, Broken) else traceback.format_exc()
                    faults.append(f"{title}: {text}")
        self.worker.wait(_close_session())
        hub.close()
        return faults

    @contextmanager
    def _edges(self) -> Iterator[tuple[Any, Any]]:
        """Let the app work with twins."""
        from outputs import leave
        from twins import DictStore, PacedJobs

        from functions.bootstrap import connect, use
        from shared.settings import Settings

        store = DictStore()
        jobs = PacedJobs(lambda request: leave(store, request))
        own = connect(Settings.read(os.environ), store=store, jobs=jobs)
        use(own)
        yield store, jobs
        use(None)
        own.ledger.close()

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


async def _close_session() -> None:
    from azure.durable_functions.models.utils import http_utils

    if http_utils._client_session:
        await http_utils._client_session.close()
