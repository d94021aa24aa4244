"""A week of a small company, told through every function: files arrive, runs are started, watched, cancelled, replayed.

Everything but storage, Azure ML and the task hub is the app's own. Each chapter says what has to come of it.
"""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import payloads
from durable_http import TaskHub
from player import Player
from protos import Message, data
from twins import DictStore, PacedJobs
from worker import OPERATION, Answer, Broken, Worker

from shared.messages import Plan
from shared.runs.summary import read_outcomes, read_plan, read_summary

RESUMED, CALLED_BACK = "demand-1", "called-back-1"
SPOILT = "raw/shipments/livraisons_2018-S99_20180801.csv"


class Story:
    """Tells the week.

    Parameters
    ----------
    raw : Path
        Folder of a company's raw files, one folder per source.
    heard : callable
        Told the name and the answer of every invocation.
    """

    def __init__(
        self,
        *,
        worker: Worker,
        store: DictStore,
        jobs: PacedJobs,
        hub: TaskHub,
        raw: Path,
        heard: Callable[[str, Answer], None],
    ) -> None:
        self._worker, self._store, self._jobs, self._hub, self._raw = worker, store, jobs, hub, raw
        self._heard = heard
        self._player = Player(lambda name, given: self._invoke(name, given))

    def chapters(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Give every chapter in its order, with its title."""
        yield "files arrive and are conditioned", self.files_arrive
        yield "a file that breaks conditioning is set aside", self.a_file_is_set_aside
        yield "the arrival becomes a run", self.the_arrival_becomes_a_run
        yield "the timers start runs", self.timers_start_runs
        yield "a run is asked for, looked at and cancelled", self.a_run_is_cancelled
        yield "a run calls back", self.a_run_calls_back
        yield "requests are refused", self.requests_are_refused
        yield "a source is conditioned again", self.a_source_is_replayed
        yield "what is left is done directly", self.what_is_left
        yield "jobs become pipelines of Azure ML", self.jobs_become_pipelines

    def files_arrive(self) -> None:
        """All files are there before the first is conditioned: the last one announces the arrival, once."""
        files = sorted(
            path
            for path in self._raw.glob("*/*")
            if f"condition_{path.parent.name}" in self._worker.functions
        )
        etags = {path: self._store.put(_blob_path(path), path.read_bytes()) for path in files}
        for path in files:
            _is(self._hub.asked, [], "nothing is announced while files wait")
            given, metadata = payloads.blob(_blob_path(path), path.read_bytes(), etags[path])
            self._client(f"condition_{path.parent.name}", "blob", given, metadata)
        receipts = [
            blob for blob in self._store.list("") if "/receipts/" in blob.path or "_receipts/" in blob.path
        ]
        _is(len(receipts), len(files), "every file has its receipt")
        _is([what for what, _ in self._hub.asked], ["started"], "the last file announces the arrival")

    def a_file_is_set_aside(self) -> None:
        """The poison message of a file leads to a receipt, and to an arrival of its own."""
        etag = self._store.put(SPOILT, b"\x00\x01\x02")
        given, metadata = payloads.queue_message(payloads.poison("condition_shipments", SPOILT, etag))
        self._client("quarantine_poison", "message", given, metadata)
        _is(len(self._hub.asked), 2, "the file that was set aside announces what is there now")

    def the_arrival_becomes_a_run(self) -> None:
        """Quiet, versions, plan, lanes, cells, jobs, publication, summary."""
        (_, superseded), (_, instance) = self._hub.asked
        message = self._hub.instances[superseded]["input"]
        said = self._player.play("arrivals", superseded, message)
        _is(said["superseded"], True, "an arrival that something came after leaves the work to it")
        message = self._hub.instances[instance]["input"]
        _is(message["operation_id"], OPERATION, "the operation of the file's event goes on")
        ended = self._player.play("arrivals", instance, message)
        _is(ended["ready"], True, f"the week is complete ({ended})")
        _is(ended["status"], "succeeded", f"the run succeeds ({ended})")
        self._is_published(ended["run"])

    def timers_start_runs(self) -> None:
        """The weekly run finds nothing left to do; the one for stale models trains again."""
        for timer in ("weekly_run_timer", "stale_models_timer"):
            before = len(self._hub.asked)
            self._client(timer, "timer", payloads.timer())
            ((_, run),) = self._hub.asked[before:]
            summary = self._player.play("weekly_run", run, self._hub.instances[run]["input"])
            _among(summary["status"], ("skipped", "succeeded"), f"{timer} ({summary})")

    def a_run_is_cancelled(self) -> None:
        """The event of its job, and its cancellation, wake the job's watcher."""
        links = self._http("start_run", "POST", "runs", {"id": RESUMED, "force": True}, status=202)
        _is(links["id"], RESUMED, "the run has the caller's id")
        again = self._http("start_run", "POST", "runs", {"id": RESUMED, "force": True}, status=202)
        _is(again["id"], RESUMED, "asked for again, it is the same run")
        _is(self._hub.asked.count(("started", RESUMED)), 1, "and it is started once")
        request = self._hub.instances[RESUMED]["input"]
        opened = self._activity("open_run", request)
        _among(opened["cells"], range(1, 100), "a forced run has cells")
        watcher = f"{RESUMED}.{self._plan(RESUMED).cells[0].name}.training"
        self._hub.pretend(watcher, "azure_ml_job", {})
        tags = dict(zip(("run", "cell", "pipeline"), _parts(watcher), strict=True))
        self._client("job_completed", "event", payloads.job_event(tags, "a-job"))
        stands = self._http("get_run", "GET", f"runs/{RESUMED}", route={"id": RESUMED}, status=200)
        _is((stands["id"], stands["runtimeStatus"]), (RESUMED, "Running"), "the run can be looked at")
        self._http("cancel_run", "POST", f"runs/{RESUMED}/cancel", {}, route={"id": RESUMED}, status=202)
        _is(self._hub.asked[-2:], [("woken", watcher)] * 2, "event and cancellation wake the watcher")
        try:
            self._player.play("weekly_run", RESUMED, request)
        except Broken as exc:
            raise Broken(f"the cancelled run: {exc}") from exc
        summary = read_summary(self._store, RESUMED)
        _is(summary and summary.status, "cancelled", "the run ends as cancelled")

    def a_run_calls_back(self) -> None:
        """Data Factory's WebHook activity is told of the end of its run."""
        uri = f"{self._hub.base}/called-back"
        body = {"id": CALLED_BACK, "force": True, "callBackUri": uri}
        self._http("start_run", "POST", "runs", body, status=202)
        self._player.play("weekly_run", CALLED_BACK, self._hub.instances[CALLED_BACK]["input"])
        (instance,) = (i for i in self._hub.instances if i.startswith(f"{CALLED_BACK}.callback"))
        said = self._player.play("called_back_run", instance, self._hub.instances[instance]["input"])
        _is(said["statusCode"], "200", f"the run succeeds ({said})")
        _is(self._hub.called_back, [said], "the caller is told the same")
        self._is_published(CALLED_BACK)

    def requests_are_refused(self) -> None:
        """What cannot be done is answered with field, problem and remedy."""
        for body in ({"week": "soon"}, {"id": "../x"}, {"unknown": 1}, {"markets": ["Atlantis"]}):
            answer = self._http("start_run", "POST", "runs", body, status=400)
            _is(set(answer["error"]), {"field", "problem", "remedy"}, f"{body} is refused in words")
        for function, method, path in (
            ("get_run", "GET", "runs/none"),
            ("cancel_run", "POST", "runs/none/cancel"),
        ):
            answer = self._http(function, method, path, route={"id": "none"}, status=404)
            _is(answer["error"]["field"], "id", f"{path} is not known")
        self._http(
            "replay_conditioning", "POST", "conditioning/no/replay", route={"source": "no"}, status=400
        )

    def a_source_is_replayed(self) -> None:
        """Its files are conditioned again; nothing has changed, so nothing new is to be run."""
        route, body = {"source": "events"}, {"id": "replay-1"}
        self._http("replay_conditioning", "POST", "conditioning/events/replay", body, route=route, status=202)
        said = self._player.play("replay", "replay-1", self._hub.instances["replay-1"]["input"])
        _is(
            (said["failures"], said["conditioned"] > 0),
            ([], True),
            f"the source is conditioned again ({said})",
        )

    def what_is_left(self) -> None:
        """Activities that no good day needs."""
        job = next(iter(self._jobs.requests))
        _is(self._activity("cancel_job", {"name": job}), {}, "a job that has ended is left as it is")
        brief = self._activity("fail_cell", {"run": CALLED_BACK, "index": 0, "error": "it broke"})
        _is(brief["status"], "published", "how a cell has ended stands")

    def jobs_become_pipelines(self) -> None:
        """The real SDK reads the package's pipelines for what was submitted to the twin."""
        from shared.adapters.azureml.pipelines import load_pipeline
        from shared.adapters.azureml.snapshot import Snapshot

        requests = {request.pipeline: request for request in self._jobs.requests.values()}
        _is(set(requests), {"training", "scoring"}, "both pipelines were submitted")
        for pipeline, request in requests.items():
            with redirect_stderr(io.StringIO()):  # the SDK prints which of its classes are experimental
                job = load_pipeline(request, folder=Snapshot().staged_pipelines(), compute="cpu-cluster")
            _is((job.name, job.type), (request.name, "pipeline"), f"{pipeline} is read")

    def _is_published(self, run: str) -> None:
        plan = self._plan(run)
        outcomes = {outcome.cell: outcome.status for outcome in read_outcomes(self._store, run)}
        _is(
            outcomes,
            dict.fromkeys((cell.name for cell in plan.cells), "published"),
            f"every cell of {run} is out",
        )
        for name in ("forecasts.csv", "orders.csv", "summary.json"):
            _is(self._store.stat(f"predictions/{run}/{name}") is not None, True, f"{run} has its {name}")

    def _plan(self, run: str) -> Plan:
        plan = read_plan(self._store, run)
        if plan is None:
            raise Broken(f"{run} has no plan")
        return plan

    def _activity(self, name: str, message: Any) -> Any:
        answer = self._invoke(name, data(json=json.dumps(message)))
        _is((answer.error, answer.kind), ("", "json"), name)
        return answer.json()

    def _client(
        self, name: str, parameter: str, given: Message, metadata: dict[str, Message] | None = None
    ) -> None:
        inputs = {parameter: given, "client": data(string=self._hub.binding())}
        answer = self._told(name, self._worker.invoke(name, inputs, metadata))
        _is((answer.error, answer.value), ("", None), name)

    def _http(
        self,
        name: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        route: dict[str, str] | None = None,
        status: int,
    ) -> Any:
        given = payloads.http(method, path, body, route=route, base=self._hub.base)
        inputs = {"req": given, "client": data(string=self._hub.binding())}
        answer = self._told(name, self._worker.invoke(name, inputs))
        _is((answer.error, answer.kind), ("", "http"), name)
        _is(str(answer.value.status_code), str(status), f"{name} {body}: {answer.value.body.bytes!r}")
        return answer.json()

    def _invoke(self, name: str, given: Message) -> Answer:
        (parameter,) = self._worker.functions[name].bindings
        return self._told(name, self._worker.invoke(name, {parameter: given}))

    def _told(self, name: str, answer: Answer) -> Answer:
        self._heard(name, answer)
        return answer


def _blob_path(path: Path) -> str:
    return f"raw/{path.parent.name}/{path.name}"


def _parts(watcher: str) -> tuple[str, str, str]:
    run, _, rest = watcher.partition(".")
    cell, _, pipeline = rest.rpartition(".")
    return run, cell, pipeline


def _is(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise Broken(f"{what}: found {found!r} instead of {wanted!r}")


def _among(found: object, wanted: Any, what: str) -> None:
    if found not in wanted:
        raise Broken(f"{what}: found {found!r}, which is none of {wanted!r}")
