"""Works a queue of jobs off, so many at a time, alone on its folder. How a single job runs is in local.jobs.work."""

import fcntl
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.jobs.commands import warm_up
from local.jobs.events import ended_event, post
from local.jobs.inputs import InputCache
from local.jobs.pipeline import PIPELINES, read_pipeline
from local.jobs.queue import FAILED, Queue, Record
from local.jobs.work import Interrupted, Work, Workplace
from local.pool import wait_for_orphans
from shared.errors import JobError, JobRefused
from shared.ports import BlobStore

LOOK_SECONDS = 0.1
PARALLEL = 2


@dataclass(frozen=True, kw_only=True)
class Runner:
    """The runner of one folder.

    Attributes
    ----------
    parallel : int
        Jobs at a time; each runs one command at a time.
    notify : str
        URL that hears of a job's end; ``""`` for nobody.
    """

    folder: Path
    store: BlobStore
    parallel: int = PARALLEL
    notify: str = ""
    pipelines: Path = PIPELINES
    stop: threading.Event = field(default_factory=threading.Event)

    def serve(self, *, until_idle: bool = False) -> None:
        """Run jobs until `stop` is set, or until there are none; raises JobError where another runner is at work."""
        with alone(self.folder):
            warm_up()
            queue = Queue(self.folder)
            place = Workplace(
                folder=self.folder,
                queue=queue,
                store=self.store,
                inputs=InputCache(self.folder / "inputs", self.store),
                stopping=self.stop.is_set,
            )
            with ThreadPoolExecutor(self.parallel, "job") as pool:
                self._work_off(place, pool, until_idle=until_idle)

    def _work_off(self, place: Workplace, pool: ThreadPoolExecutor, *, until_idle: bool) -> None:
        interrupted, running = place.queue.unfinished(), set[Future[None]]()
        while not self.stop.is_set():
            place.queue.beat()
            while len(running) < self.parallel:
                record = interrupted.pop(0) if interrupted else place.queue.claim()
                if record is None:
                    break
                running.add(pool.submit(self._run, place, record))
            if until_idle and not running:
                return
            done, running = wait(running, LOOK_SECONDS, FIRST_COMPLETED) if running else (set(), set())
            for future in done:
                future.result()
            if not done:
                self.stop.wait(0 if running else LOOK_SECONDS)

    def _run(self, place: Workplace, record: Record) -> None:
        name, experiment = record.request.name, record.request.pipeline
        with suppress(Interrupted):
            try:
                pipeline = read_pipeline(record.request.pipeline, self.pipelines)
                experiment = pipeline.experiment
                Work(place, record, pipeline).run()
            except JobRefused as exc:
                place.queue.update(name, word=FAILED, detail=str(exc))
            ended = place.queue.find(name)
            if self.notify and ended:
                post(self.notify, ended_event(ended.request, ended.status, experiment))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a runner's folder; the lock ends with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "runner.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise JobError(f"another runner works on {folder}") from exc
        wait_for_orphans(folder / "alive")
        yield
