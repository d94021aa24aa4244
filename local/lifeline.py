"""Runs a module of this project as a program for as long as whoever started it lives: `python -m local.lifeline`.

What to run comes as a line of JSON on standard input, so that no key shows in the list of processes. When standard
input ends, whatever the reason, the program is told to stop. Starting it again is not here.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO

STOP_SECONDS = 20.0


class Child:
    """A program that ends with this process; `start` starts it again after it has ended.

    Parameters
    ----------
    module : str
        It has a function ``main(arguments)`` that returns an exit code, and stops on SIGTERM.
    environment : dict
        Variables in addition to one's own.
    log : Path
        Takes what it says.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> None:
        self._order = json.dumps({"module": module, "arguments": list(arguments)}) + "\n"
        self._environment, self._log = dict(environment), log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process, or None where it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it; where it runs, do nothing."""
        if self.pid:
            return
        self._let_go()
        path = os.pathsep.join(entry or "." for entry in sys.path)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.lifeline"],
                env={**os.environ, **self._environment, "PYTHONPATH": path},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _stdin(self._process).write(self._order.encode())
        _stdin(self._process).flush()

    def stop(self) -> None:
        """Have it stop, and wait until it has."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._process:
            _stdin(self._process).close()
            self._process = None


def main() -> int:
    """Run what standard input names, until that ends."""
    order = json.loads(_line())
    threading.Thread(target=_watch, daemon=True).start()
    return int(import_module(order["module"]).main(order["arguments"]))


def _line() -> bytes:
    """Read a line from standard input without a buffer, whose lock a waiting thread would hold at the end."""
    line = b""
    while (letter := os.read(0, 1)) not in (b"", b"\n"):
        line += letter
    return line


def _watch() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin


if __name__ == "__main__":
    sys.exit(main())
