"""Azurite, the emulator of Azure's blob service, started and stopped: the lake of one machine. Blobs are not here."""

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Self

from shared.errors import LakeError

ROOT = Path(__file__).resolve().parents[1]
LAUNCHER = Path(__file__).with_suffix(".cjs")
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # public knowledge
FLAGS = ("--silent", "--skipApiVersionCheck", "--disableTelemetry")
START_SECONDS = 60  # a machine that is busy with tests takes its time
STOP_SECONDS = 10
LISTENS = re.compile(r"successfully listens on http://127\.0\.0\.1:(\d+)")


class Azurite:
    """One running blob service; it loses no acknowledged blob when killed, and ends when this process does.

    Parameters
    ----------
    folder : Path
        Where its blobs and its log lie; one service at a time uses it.
    port : int
        Where it listens on 127.0.0.1; 0 for a free one.
    in_memory : bool
        Whether its blobs are gone when it stops; for tests.
    """

    def __init__(self, folder: Path, *, port: int = 0, in_memory: bool = False) -> None:
        self.folder, self.port = folder.resolve(), port
        self._in_memory = in_memory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the account."""
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        """What a client needs to connect; the setting ``LakeStorage``."""
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"
        )

    @property
    def pid(self) -> int | None:
        """Its process, or None where it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> Self:
        """Start it, and wait until it listens; again does nothing. Raises LakeError that says what to do."""
        if self.pid:
            return self
        self.folder.mkdir(parents=True, exist_ok=True)
        with _locked(self.folder) as lock, self._log.open("wb") as log:
            self._process = self._launch(lock, log)
        try:
            self.port = self._wait()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Stop it, and wait until it has ended."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self.folder / "azurite.log"

    def _launch(self, lock: IO[bytes], log: IO[bytes]) -> subprocess.Popen[bytes]:
        node = shutil.which("node")
        if not node or not (ROOT / "node_modules" / "azurite").is_dir():
            raise LakeError("Azurite is not installed. Install Node.js 20 or later, then run: make setup")
        place = ("--blobHost", "127.0.0.1", "--blobPort", str(self.port))
        kept = ("--inMemoryPersistence",) if self._in_memory else ("--location", str(self.folder))
        return subprocess.Popen(  # noqa: S603 - our own launcher
            [node, str(LAUNCHER), *place, *kept, *FLAGS],
            cwd=self.folder,
            env={**os.environ, "SHELFCAST_PARENT": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(lock.fileno(),),  # it holds the folder for as long as it lives, also without its parent
            start_new_session=True,  # Ctrl-C is for its parent, which then stops it
        )

    def _wait(self) -> int:
        assert self._process
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            said = self._log.read_text(errors="replace")
            if found := LISTENS.search(said):
                return int(found[1])
            if self._process.poll() is not None:
                raise LakeError(f"Azurite has ended: {said.strip()[-500:]}")
            time.sleep(0.02)
        raise LakeError(f"Azurite does not listen after {START_SECONDS} s. See {self._log}.")


@contextmanager
def temporary() -> Iterator[Azurite]:
    """Run an Azurite that keeps its blobs in memory, on a free port."""
    with (
        TemporaryDirectory(prefix="shelfcast-azurite-") as folder,
        Azurite(Path(folder), in_memory=True) as it,
    ):
        yield it


@contextmanager
def _locked(folder: Path) -> Iterator[IO[bytes]]:
    """Hold the folder; one whose parent has just died gives it up within a moment."""
    deadline = time.monotonic() + STOP_SECONDS
    with (folder / "lock").open("ab") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as exc:
                if time.monotonic() > deadline:
                    raise LakeError(
                        f"Another Azurite uses {folder}. Stop it, or give another folder."
                    ) from exc
                time.sleep(0.05)
        yield lock
