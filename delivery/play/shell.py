"""Runs a step's script as an agent does: in the repository, with the pipeline's variables, its output said and kept."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

Say = Callable[[str], None]

MACRO = re.compile(r"\$\(([A-Za-z][\w.]*)\)")
OUTPUT = re.compile(r"##vso\[task\.setvariable ([^\]]*)\](.*)")


@dataclass(frozen=True)
class Ended:
    """How a script ended; `outputs` are the variables that it set for others."""

    code: int
    outputs: Mapping[str, str]
    timed_out: bool = False


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with its ``$(variables)`` filled in; what is no variable stays, as for Azure."""
    known = {name.casefold(): value for name, value in variables.items()}
    return MACRO.sub(lambda found: known.get(found[1].casefold(), found[0]), text)


def as_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables as a process sees them: ``Build.SourceBranch`` is ``BUILD_SOURCEBRANCH``."""
    made: dict[str, str] = {}
    for name, value in variables.items():
        made[re.sub(r"[. ]", "_", name).upper()] = filled(value, variables)
    return made


def run_script(
    script: str, *, root: Path, environment: Mapping[str, str], log: Path, say: Say, seconds: float
) -> Ended:
    """Run a script with bash until it ends, or its time is over; every line is said and logged.

    Parameters
    ----------
    script : str
        What the step says.
    root : Path
        Where it runs: the repository.
    environment : mapping
        Its whole environment.
    log : Path
        The file that keeps its output.
    say : callable
        Is given every line at once.
    seconds : float
        After which it is killed, with all that it has started.
    """
    outputs: dict[str, str] = {}
    with log.open("w", encoding="utf-8") as kept, _started(script, root, environment) as process:
        over = threading.Event()
        timer = threading.Timer(seconds, _stop, (process, over))
        timer.start()
        try:
            for line in process.stdout or ():
                kept.write(line)
                say(line.rstrip("\n"))
                outputs.update(_outputs(line))
            return Ended(process.wait(), outputs, over.is_set())
        finally:
            timer.cancel()


@contextmanager
def _started(script: str, root: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - the repository's own pipelines say what runs
        ["bash", "--noprofile", "--norc", "-c", script],  # noqa: S607
        cwd=root,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            _kill(process)


def _stop(process: subprocess.Popen[str], over: threading.Event) -> None:
    over.set()
    _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _outputs(line: str) -> dict[str, str]:
    found = OUTPUT.match(line.strip())
    if not found:
        return {}
    properties = dict(part.split("=", 1) for part in found[1].split(";") if "=" in part)
    return {properties["variable"]: found[2]} if properties.get("isOutput", "").lower() == "true" else {}
