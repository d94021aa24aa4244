"""Worker processes, one thread each; a task that kills its worker ends as an error, the other tasks go on."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from shared.errors import ShelfcastError

Task = TypeVar("Task")
Answer = TypeVar("Answer")

WORKERS = 2
WATCH_SECONDS = 0.2


class WorkerLost(ShelfcastError):
    """The worker process died, for want of memory most likely."""


def run_all(
    function: Callable[[Task], Answer], tasks: Iterable[Task], *, workers: int, alive: Path | None = None
) -> Iterator[tuple[Task, Answer | Exception]]:
    """Run a function on every task, in processes; yield each task with its answer or its error, as they end.

    One worker means this process: slower, but a debugger's breakpoints hold. With more, a worker that dies takes down
    whatever else was running. Those tasks are tried again, one at a time, so that only the task at fault ends with
    WorkerLost. Every worker holds a shared lock on the file `alive` as long as it lives, for `wait_for_orphans`.
    """
    waiting = list(tasks)
    if workers == 1:
        yield from ((task, _here(function, task)) for task in waiting)
        return
    survivors: list[Task] = []
    for task, answer in _run(function, waiting, workers=workers, alive=alive):
        if isinstance(answer, BrokenProcessPool):
            survivors.append(task)
        else:
            yield task, answer
    for task in survivors:
        (outcome,) = _run(function, [task], workers=1, alive=alive)
        yield (
            (task, WorkerLost("its worker process died twice"))
            if isinstance(outcome[1], BrokenProcessPool)
            else outcome
        )


def _here(function: Callable[[Task], Answer], task: Task) -> Answer | Exception:
    try:
        return function(task)
    except Exception as exc:  # noqa: BLE001 - handed to the caller with its task
        return exc


def _run(
    function: Callable[[Task], Answer], tasks: list[Task], *, workers: int, alive: Path | None
) -> Iterator[tuple[Task, Answer | Exception]]:
    context = get_context("spawn")
    with ProcessPoolExecutor(
        max(1, min(workers, len(tasks))), context, initializer=_prepare, initargs=(os.getpid(), alive)
    ) as pool:
        futures: dict[Future[Answer], Task] = {}
        for task in tasks:
            futures[pool.submit(function, task)] = task
        for future in as_completed(futures):
            error = future.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            yield futures[future], error or future.result()


def wait_for_orphans(alive: Path) -> None:
    """Wait until no worker of an earlier run that was killed is at work any more."""
    with alive.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def _prepare(parent: int, alive: Path | None) -> None:
    """One thread for arithmetic, and no life after the parent, whatever killed it."""
    os.environ["OMP_NUM_THREADS"] = "1"
    if alive is not None:
        fcntl.flock(os.open(alive, os.O_CREAT | os.O_RDWR), fcntl.LOCK_SH)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)
