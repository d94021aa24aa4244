"""A watched folder: a file in ``inbox/{source}/`` is taken into the lake's raw zone. Conditioning it is not here.

Files stay where they are. A file counts as whole once it has not changed between two looks.
"""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.errors import ShelfcastError
from shared.lake import Lake

LOOK_SECONDS = 1.0
UNFINISHED = (".part", ".tmp", ".crdownload", "~")

Stamp = tuple[int, int]


class Inbox:
    """The watched folder.

    Parameters
    ----------
    folder : Path
        Below it, a folder per source; these are made where they do not exist.
    memory : Path
        A file that remembers what was taken, so that nothing is read again after a restart.
    tell : callable
        Is told what was taken, and what could not be.
    """

    def __init__(self, folder: Path, lake: Lake, memory: Path, tell: Callable[[str], None]) -> None:
        self._folder, self._lake, self._memory, self._tell = folder, lake, memory, tell
        self._taken = _read(memory)
        self._seen: dict[str, Stamp] = {}
        for source in lake.profile.sources:
            (folder / source).mkdir(parents=True, exist_ok=True)

    def watch(self, stop: threading.Event) -> None:
        """Look again and again until told to stop."""
        while not stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except OSError as exc:
                self._tell(f"{self._folder} cannot be read: {exc}")

    def look(self) -> None:
        """Take the files that have not changed since the last look."""
        found = dict(self._files())
        for name, stamp in found.items():
            if self._taken.get(name) != stamp and self._seen.get(name) == stamp:
                self._take(name, stamp)
        self._seen = found

    def _take(self, name: str, stamp: Stamp) -> None:
        source = name.partition("/")[0]
        try:
            blob = self._lake.receive(source, self._folder / name)
            self._tell(f"{name} is now {blob.path}")
        except ShelfcastError as exc:
            self._tell(f"{name} cannot be taken: {exc}")
        except FileNotFoundError:
            return
        self._taken[name] = stamp
        _write(self._memory, self._taken)

    def _files(self) -> Iterator[tuple[str, Stamp]]:
        for file in sorted(self._folder.glob("*/**/*")):
            if file.name.startswith(".") or file.name.endswith(UNFINISHED) or not file.is_file():
                continue
            facts = file.stat()
            yield file.relative_to(self._folder).as_posix(), (facts.st_size, facts.st_mtime_ns)


def _read(memory: Path) -> dict[str, Stamp]:
    if not memory.exists():
        return {}
    return {name: (size, moment) for name, (size, moment) in json.loads(memory.read_text()).items()}


def _write(memory: Path, taken: dict[str, Stamp]) -> None:
    unfinished = memory.with_suffix(".new")
    unfinished.write_text(json.dumps(taken))
    unfinished.replace(memory)
