"""Worker processes with one queue: starts them, hands them invocations, replaces those that die.

Which functions go to which processes is decided in local.host.workers; what a worker does is in local.host.worker.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from azure.functions.meta import Datum

from local.host.errors import HostError, WorkerDied
from local.host.invocations import READY, Invocation, Outcome

LOG = logging.getLogger(__name__)
PAUSE_SECONDS_MOST = 5.0
STOP_SECONDS = 5.0


class Killed(HostError):
    """A worker was killed before it was ready."""


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """What a worker process is started with."""

    app: str
    prepare: str
    settings: Mapping[str, str]
    log: Path


@dataclass(kw_only=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    at_a_time: int
    ready: bool = False
    running: dict[str, Future[Datum | None]] = field(default_factory=dict)


class ProcessPool:
    """Some worker processes with one queue.

    Parameters
    ----------
    size : int
        Number of processes.
    at_a_time : int
        Invocations that one of them takes at once.
    """

    def __init__(self, options: WorkerOptions, *, size: int, at_a_time: int) -> None:
        self._options, self._at_a_time = options, at_a_time
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Invocation, Future[Datum | None]]] = deque()
        self._workers: list[_Worker] = []
        self._closed = False
        self._starting = [self._start() for _ in range(size)]

    def wait(self) -> None:
        """Wait until all workers have imported the app; raises HostError where one cannot."""
        for worker in self._starting:
            try:
                self._await_ready(worker)
            except Killed as exc:
                LOG.warning("%s; another one starts", exc)
                self._await_ready(self._start())

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are there."""
        with self._lock:
            return [worker.process.pid for worker in self._workers]

    def submit(self, invocation: Invocation) -> Future[Datum | None]:
        """Have a function run, as soon as a worker is free."""
        future: Future[Datum | None] = Future()
        with self._lock:
            self._waiting.append((invocation, future))
        self._dispatch()
        return future

    def close(self) -> None:
        """End all workers; what they were at fails."""
        with self._lock:
            self._closed = True
            workers, waiting = list(self._workers), list(self._waiting)
            self._waiting.clear()
        for _, future in waiting:
            future.cancel()
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            _reap(worker.process)

    def _dispatch(self) -> None:
        with self._lock:
            while self._waiting and not self._closed:
                free = [w for w in self._workers if w.ready and len(w.running) < w.at_a_time]
                if not free:
                    return
                worker = min(free, key=lambda w: len(w.running))
                invocation, future = self._waiting.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                worker.running[invocation.id] = future
                try:
                    worker.connection.send(invocation)
                except OSError:
                    worker.ready = False  # its reader is about to find it dead, and fails what it had

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs, self._options.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                _command(theirs.fileno(), self._options),
                env=_environment(self._options.settings),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        worker = _Worker(process=process, connection=Connection(ours.detach()), at_a_time=self._at_a_time)
        with self._lock:
            self._workers.append(worker)
        return worker

    def _await_ready(self, worker: _Worker) -> None:
        try:
            message, code = worker.connection.recv(), 0
        except (EOFError, OSError):
            code = _reap(worker.process)
            message = f"it ended with code {code} before it was ready"
        if message != READY:
            with self._lock:
                self._workers.remove(worker)
            worker.connection.close()
            kind = Killed if code < 0 else HostError
            raise kind(f"A worker cannot start, see {self._options.log}: {message}")
        worker.ready = True
        threading.Thread(target=self._read, args=(worker,), daemon=True).start()
        self._dispatch()

    def _read(self, worker: _Worker) -> None:
        try:
            while True:
                self._finish(worker, worker.connection.recv())
        except (EOFError, OSError):
            self._bury(worker)

    def _finish(self, worker: _Worker, outcome: Outcome) -> None:
        with self._lock:
            future = worker.running.pop(outcome.id)
        self._dispatch()
        outcome.settle(future)

    def _bury(self, worker: _Worker) -> None:
        code = _reap(worker.process)
        with self._lock:
            self._workers.remove(worker)
            lost, worker.running = list(worker.running.values()), {}
            closed = self._closed
        worker.connection.close()
        for future in lost:
            future.set_exception(WorkerDied(code))
        if not closed:
            LOG.warning("Worker %s ended with code %s; another one starts", worker.process.pid, code)
            self._replace()

    def _replace(self) -> None:
        pause = 0.1
        while not self._closed:
            try:
                self._await_ready(self._start())
            except HostError as exc:
                LOG.error("%s", exc)
                time.sleep(pause)
                pause = min(2 * pause, PAUSE_SECONDS_MOST)
            else:
                return


def _command(descriptor: int, options: WorkerOptions) -> list[str]:
    return [sys.executable, "-m", "local.host.worker", str(descriptor), options.app, options.prepare]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join(entry or "." for entry in sys.path)
    return {**os.environ, **settings, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}


def _reap(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
