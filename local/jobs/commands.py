"""Runs a step's command in a process of its own: a fork of one that has the large libraries loaded already.

A command ``python -m MODULE ...`` runs in the fork itself; any other goes to a shell that the fork waits for. The fork
leads a process group, which ends as one: by `Command.kill`, by its end, or by the end of the runner.
"""

import fcntl
import os
import re
import runpy
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.context import ForkServerProcess
from pathlib import Path

PRELOADED = (
    "numpy", "pandas", "pyarrow.csv", "pyarrow.parquet", "pydantic", "yaml", "sklearn.linear_model", "torch",
    "safetensors.torch",
)  # fmt: skip
MODULE = re.compile(r"python -m [\w.]+(?:\s[\w\s\"'/.,:=+-]*)?")
LOST = 255  # multiprocessing's code for a process that it lost sight of
SHELL_SIGNAL = 128  # a shell's code for a command killed by signal n is 128 + n


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to be run; `plain` says that it is ``python -m ...`` and asks nothing of a shell."""

    text: str
    plain: bool
    folder: Path
    environment: Mapping[str, str]
    log: Path


def is_plain(template: str) -> bool:
    """Whether a command, its placeholders aside, is ``python -m ...`` without anything that a shell would read."""
    return MODULE.fullmatch(re.sub(r"\$\{\{[\w.]+\}\}", "x", template).strip()) is not None


def warm_up() -> None:
    """Start the process that forks, if it does not run: it loads the libraries while others go on."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read when the libraries are loaded
    get_context("forkserver").set_forkserver_preload(list(PRELOADED))
    forkserver.ensure_running()


class RunningCommand:
    """A command that has been started.

    Parameters
    ----------
    command : Command
    alive : Path
        File that the process holds a shared lock on as long as it lives, see `local.pool.wait_for_orphans`.
    """

    def __init__(self, command: Command, alive: Path) -> None:
        warm_up()
        self._process = ForkServerProcess(target=_perform, args=(command, alive))
        self._process.start()

    def wait(self, seconds: float) -> bool:
        """Wait for its end, so long at most; whether it has come."""
        self._process.join(seconds)
        return self._process.exitcode is not None

    def kill(self) -> None:
        """End it and whatever it has started."""
        pid = self._process.pid
        assert pid is not None, "it was started"
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()

    @property
    def exit_code(self) -> int:
        """The program's exit code; negative, or above 128, where a signal has ended it."""
        code = self._process.exitcode
        assert code is not None, "it has ended"
        return code


def signal_of(exit_code: int) -> str:
    """Name the signal behind an exit code, ``""`` where it was none."""
    number = -exit_code if exit_code < 0 else exit_code - SHELL_SIGNAL
    if exit_code == LOST:
        return "an unknown signal"
    with suppress(ValueError):
        return signal.Signals(number).name
    return ""


def _perform(command: Command, alive: Path) -> None:
    os.setpgid(0, 0)
    fcntl.flock(os.open(alive, os.O_CREAT | os.O_RDWR), fcntl.LOCK_SH)
    threading.Thread(target=_die_with_runner, daemon=True).start()
    _redirect(command.log)
    os.chdir(command.folder)
    os.environ.update(command.environment)
    if command.plain:
        _run_module(shlex.split(command.text)[2:], command.folder)
    else:
        code = subprocess.call(["bash", "-c", command.text])  # noqa: S603, S607 - as on a node of Azure ML
        sys.exit(code if code >= 0 else SHELL_SIGNAL - code)


def _die_with_runner() -> None:
    runner = parent_process()
    assert runner is not None, "this is a child"
    runner.join()
    os.killpg(0, signal.SIGKILL)


def _redirect(log: Path) -> None:
    out = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(out, stream)
    os.close(out)


def _run_module(words: list[str], folder: Path) -> None:
    module, *arguments = words
    sys.path.insert(0, str(folder))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
