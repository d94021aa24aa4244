"""A runner in a thread, a lake in a folder and the tiny pipeline: what the tests of the jobs' twin work with."""

import threading
import time
from pathlib import Path

from local.folder import FolderStore
from local.jobs import LocalJobs
from local.jobs.runner import Runner
from shared.ports import JobRequest, JobState, JobStatus

PIPELINES = Path(__file__).parent / "pipelines"
PATIENCE_SECONDS = 300.0  # a busy machine is no fault of the code


class Twin:
    """Jobs, and whoever runs them, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, FolderStore(folder / "lake")
        self.jobs = LocalJobs(folder / "jobs", PIPELINES)
        self.store.put("raw/texts/a.txt", b"one two three")
        self.store.put("raw/texts/b.txt", b"four")
        self.store.put("raw/texts/large.bin", b"not to be read")
        self.store.put("raw/weights.json", b"10")
        self._thread: threading.Thread | None = None
        self._runner: Runner | None = None
        self.notify = ""

    def request(self, name: str, *, fails: bool = False, mood: str = "") -> JobRequest:
        """Return a request; without a mood, the job waits for its gate."""
        return JobRequest(
            name=name,
            pipeline="tiny",
            inputs={"texts": "raw/texts", "weights": "raw/weights.json"},
            parameters={"mood": mood or ("sad" if fails else f"patient {self.gate(name)}")},
            output=f"work/{name}",
            tags={"run": "r1"},
        )

    def gate(self, name: str) -> Path:
        return self.folder / f"{name}.gate"

    def go_on(self, name: str, state: JobState) -> None:
        """Let the runner work until the job is in the state; its gate opens where it is to end well."""
        if state is JobState.SUCCEEDED:
            self.gate(name).touch()
        self.start()
        self.wait_for(name, state)

    def runs(self, name: str) -> int:
        """Count how often the first step has begun."""
        begun = self.gate(name).with_suffix(".begun")
        return len(begun.read_text().splitlines()) if begun.exists() else 0

    def wait_for(self, name: str, state: JobState) -> JobStatus:
        latest = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.jobs.status(name)
            assert found is not None
            if found.state is state:
                return found
            assert not found.state.ended, found
            assert time.monotonic() < latest, found
            threading.Event().wait(0.02)

    def start(self) -> None:
        if self._thread is None:
            self._runner = Runner(
                folder=self.folder / "jobs", store=self.store, notify=self.notify, pipelines=PIPELINES
            )
            self._thread = threading.Thread(target=self._runner.serve)
            self._thread.start()

    def stop(self) -> None:
        if self._thread is not None and self._runner is not None:
            self._runner.stop.set()
            self._thread.join()
            self._thread = None

    def run(self, request: JobRequest) -> JobStatus:
        """Submit a job and wait for its end."""
        self.jobs.submit(request)
        self.start()
        latest = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.jobs.status(request.name)
            if found and found.state.ended:
                return found
            assert time.monotonic() < latest, found
            threading.Event().wait(0.02)

    def text(self, path: str) -> str:
        with self.store.open(path) as blob:
            return blob.read().decode()


def has_ended(pid: int) -> bool:
    """Whether a process is gone, but for its entry that nobody has read yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True
