"""Keeps a folder to one process at a time. What lies in it is not here."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.host.errors import HostError


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder; the lock ends with the process, however that ends. Raises HostError where another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise HostError(f"Another host is at work in {folder}. Stop it, or give another folder.") from exc
        yield
