"""Plays Data Factory's pipelines against an address, and ends with what its monitor would show.

Activities run one after the other. Waits and limits pass at the pace of `clock`: 0.001 makes a minute 60 ms.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from tests.infra.adf.expressions import ExpressionError, evaluate

ADF = Path(__file__).resolve().parents[3] / "infra" / "adf"
HTTP_SECONDS = 30
FOLLOW_SECONDS = 10
HIDDEN = {"hidden": "secureOutput"}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An activity as the monitor lists it; skipped ones are not listed there, but are here."""

    name: str
    type: str
    status: str
    output: Any = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class PipelineRun:
    """A pipeline run as the monitor shows it."""

    id: str
    status: str
    message: str
    activities: tuple[Shown, ...]

    def statuses(self, name: str) -> list[str]:
        """Return how each run of an activity ended."""
        return [shown.status for shown in self.activities if shown.name == name]


class ActivityFailed(Exception):
    """An activity failed, in the words that its error shows."""


class Cancelled(Exception):
    """Somebody has cancelled the pipeline run."""


@dataclass(frozen=True, kw_only=True)
class Factory:
    """Where pipelines play.

    Parameters
    ----------
    function_app : str
        Base address of the app, without ``/api``.
    key : str
        Its function key, which the key vault holds.
    clock : float
        Real seconds per second of a wait or limit.
    """

    function_app: str
    key: str
    clock: float = 1.0
    vault: str = "https://vault.example.invalid"
    cancelled: Event = field(default_factory=Event)

    def play(self, name: str, parameters: Mapping[str, Any], *, run_id: str) -> PipelineRun:
        """Play a pipeline to its end."""
        definition = json.loads((ADF / "pipelines" / f"{name}.json").read_text())["properties"]
        return Play(factory=self, definition=definition, given=parameters, run_id=run_id).whole()


def parameter_values(definition: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each parameter; ValueError for one that is unknown or missing."""
    declared = definition.get("parameters", {})
    values = {name: spec["defaultValue"] for name, spec in declared.items() if "defaultValue" in spec}
    values |= given
    if values.keys() != declared.keys():
        raise ValueError(f"parameters {sorted(values)}, declared are {sorted(declared)}")
    return values


class Play:
    """One run of a pipeline."""

    def __init__(
        self, *, factory: Factory, definition: Mapping[str, Any], given: Mapping[str, Any], run_id: str
    ) -> None:
        self._factory, self._definition, self._id = factory, definition, run_id
        self._parameters = parameter_values(definition, given)
        self._variables = {
            name: spec.get("defaultValue") for name, spec in definition.get("variables", {}).items()
        }
        self._results: dict[str, dict[str, Any]] = {}
        self._shown: list[Shown] = []
        self._names: dict[str, Callable[..., Any]] = {
            "activity": self._results.__getitem__,
            "variables": self._variables.__getitem__,
            "pipeline": self._about,
        }
        self._kinds: dict[str, Callable[[dict[str, Any]], Any]] = {
            "AzureFunctionActivity": self._function,
            "WebActivity": self._web,
            "WebHook": self._webhook,
            "Until": self._until,
            "IfCondition": self._if,
            "Wait": self._wait,
            "SetVariable": self._set,
            "Fail": self._fail,
            "ExecutePipeline": self._execute,
        }

    def whole(self) -> PipelineRun:
        try:
            problem = self._sequence(self._definition["activities"])
            status = "Failed" if problem else "Succeeded"
        except Cancelled:
            status, problem = "Cancelled", "Cancelled by user"
        return PipelineRun(id=self._id, status=status, message=problem, activities=tuple(self._shown))

    def _about(self) -> dict[str, Any]:
        return {
            "RunId": self._id,
            "parameters": self._parameters,
            "globalParameters": {
                "function_app_url": self._factory.function_app,
                "key_vault_url": self._factory.vault,
            },
        }

    def _sequence(self, activities: Sequence[dict[str, Any]]) -> str:
        """Run activities in the order of their dependencies; returns what made them fail as a whole, or ``""``."""
        ended: dict[str, str] = {}
        while left := [one for one in activities if one["name"] not in ended]:
            ready = [one for one in left if all(d["activity"] in ended for d in one["dependsOn"])]
            for one in ready:
                ended[one["name"]] = self._one(one) if _runs(one, ended) else self._skip(one)
        return self._failure(activities, ended)

    def _failure(self, activities: Sequence[dict[str, Any]], ended: Mapping[str, str]) -> str:
        """All leaves have to succeed; one that was skipped is as good as what it waited for."""
        by_name = {one["name"]: one for one in activities}
        waited_for = {d["activity"] for one in activities for d in one["dependsOn"]}
        look = [name for name in by_name if name not in waited_for]
        failed = []
        while look:
            name = look.pop()
            if ended[name] == "Skipped":
                look.extend(d["activity"] for d in by_name[name]["dependsOn"])
            elif ended[name] == "Failed":
                failed.append(name)
        last = [name for name in ended if name in failed][-1:]
        return "".join(
            f"Operation on target {name} failed: {self._results[name]['error']['message']}" for name in last
        )

    def _skip(self, activity: dict[str, Any]) -> str:
        self._shown.append(Shown(name=activity["name"], type=activity["type"], status="Skipped"))
        return "Skipped"

    def _one(self, activity: dict[str, Any]) -> str:
        name, policy = activity["name"], activity.get("policy", {})
        for left in reversed(range(policy.get("retry", 0) + 1)):
            self._check()
            try:
                output, status, error = self._kinds[activity["type"]](activity), "Succeeded", ""
            except (ActivityFailed, ExpressionError) as exc:
                output, status, error = {}, "Failed", str(exc)
            if status == "Succeeded" or not left:
                break
            self._sleep(policy.get("retryIntervalInSeconds", 30))
        self._results[name] = {"output": output, "status": status, "error": {"message": error}}
        visible = HIDDEN if policy.get("secureOutput") else output
        self._shown.append(
            Shown(name=name, type=activity["type"], status=status, output=visible, error=error)
        )
        return status

    def _value(self, template: Any) -> Any:
        return evaluate(template, self._names)

    def _check(self) -> None:
        if self._factory.cancelled.is_set():
            raise Cancelled

    def _sleep(self, seconds: float) -> None:
        if self._factory.cancelled.wait(seconds * self._factory.clock):
            raise Cancelled

    def _function(self, activity: dict[str, Any]) -> Any:
        about = activity["typeProperties"]
        url = f"{self._factory.function_app}/api/{self._value(about['functionName'])}"
        headers = {**self._value(about.get("headers", {})), "x-functions-key": self._factory.key}
        status, _, content = request(about["method"], url, headers, self._value(about.get("body")))
        if status >= 400:
            raise ActivityFailed(
                f"Call to provided Azure function '' failed with status-'{status}' and message - {content}"
            )
        return json.loads(content)

    def _web(self, activity: dict[str, Any]) -> Any:
        about = activity["typeProperties"]
        url = self._value(about["url"])
        if url.startswith(self._factory.vault):
            return {"value": self._factory.key}
        headers, body = self._value(about.get("headers", {})), self._value(about.get("body"))
        status, answered, content = request(about["method"], url, headers, body)
        while status == 202 and answered.get("Location") and not about.get("turnOffAsync"):
            self._sleep(FOLLOW_SECONDS)
            status, answered, content = request("GET", answered["Location"], {}, None)
        if status >= 400:
            raise ActivityFailed(
                f"Invoking endpoint failed with HttpStatusCode - '{status}', message - '{content}'"
            )
        return json.loads(content)

    def _webhook(self, activity: dict[str, Any]) -> Any:
        about = activity["typeProperties"]
        limit = seconds(self._value(about["timeout"])) * self._factory.clock
        with Callback() as callback:
            body = {**json.loads(self._value(about["body"])), "callBackUri": callback.uri}
            headers = self._value(about.get("headers", {}))
            status, _, content = request(
                about["method"], self._value(about["url"]), headers, json.dumps(body)
            )
            if status >= 400:
                raise ActivityFailed(
                    f"Invoking Web Hook failed with HttpStatusCode - '{status}', message - '{content}'"
                )
            said = callback.wait(limit, self._check)
        if about.get("reportStatusOnCallBack") and int(said.get("statusCode", 200)) >= 400:
            error = said.get("error", {})
            raise ActivityFailed(f"{error.get('ErrorCode')}: {error.get('Message')}")
        return said.get("output") or {}

    def _until(self, activity: dict[str, Any]) -> Any:
        about = activity["typeProperties"]
        limit = seconds(self._value(about["timeout"])) * self._factory.clock
        started = time.monotonic()
        while True:
            if problem := self._sequence(about["activities"]):
                raise ActivityFailed(problem)
            if self._value(about["expression"]) is True:
                return {}
            if time.monotonic() - started > limit:
                raise ActivityFailed("Activity timed out: the Until loop has not ended in time")

    def _if(self, activity: dict[str, Any]) -> Any:
        about = activity["typeProperties"]
        holds = self._value(about["expression"])
        if not isinstance(holds, bool):
            raise ActivityFailed(f"the condition is no truth: {holds!r}")
        if problem := self._sequence(about.get("ifTrueActivities" if holds else "ifFalseActivities", [])):
            raise ActivityFailed(problem)
        return {}

    def _wait(self, activity: dict[str, Any]) -> Any:
        self._sleep(self._value(activity["typeProperties"]["waitTimeInSeconds"]))
        return {}

    def _set(self, activity: dict[str, Any]) -> Any:
        about = activity["typeProperties"]
        value = self._value(about["value"])
        if about["variableName"] not in self._variables or not isinstance(value, str):
            raise ActivityFailed(f"{about['variableName']} is no variable of text, or {value!r} no text")
        self._variables[about["variableName"]] = value
        return {"name": about["variableName"], "value": value}

    def _fail(self, activity: dict[str, Any]) -> Any:
        raise ActivityFailed(self._value(activity["typeProperties"]["message"]))

    def _execute(self, activity: dict[str, Any]) -> Any:
        about = activity["typeProperties"]
        name = about["pipeline"]["referenceName"]
        done = self._factory.play(name, self._value(about["parameters"]), run_id=f"{self._id}-child")
        self._shown.extend(done.activities)
        if done.status != "Succeeded":
            raise ActivityFailed(done.message)
        return {"pipelineRunId": done.id}


def _runs(activity: Mapping[str, Any], ended: Mapping[str, str]) -> bool:
    return all(
        ended[d["activity"]] in d["dependencyConditions"]
        or ("Completed" in d["dependencyConditions"] and ended[d["activity"]] in ("Succeeded", "Failed"))
        for d in activity["dependsOn"]
    )


def seconds(span: str) -> float:
    """Return the seconds of a time span, ``d.hh:mm:ss``."""
    days, _, clock = span.rpartition(".")
    hours, minutes, rest = map(int, clock.split(":"))
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + rest


def request(
    method: str, url: str, headers: Mapping[str, str], body: Any
) -> tuple[int, Mapping[str, str], str]:
    """Send a request; returns code, headers and text of the answer. A service that is away is a failed activity."""
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    call = urllib.request.Request(
        url, text.encode() if text is not None else None, dict(headers), method=method
    )
    try:
        with urllib.request.urlopen(call, timeout=HTTP_SECONDS) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.headers, exc.read().decode()
    except OSError as exc:
        raise ActivityFailed(f"the endpoint could not be reached: {exc}") from exc


class Callback:
    """Where a WebHook activity waits to be called back."""

    def __init__(self) -> None:
        self._said: Queue[dict[str, Any]] = Queue()
        said = self._said

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/workflow/callback"

    def wait(self, limit: float, check: Callable[[], None]) -> dict[str, Any]:
        """Wait for the call; a failed activity where it does not come in time."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            check()
            try:
                return self._said.get(timeout=min(0.05, limit))
            except Empty:
                continue
        raise ActivityFailed("WebHookActivityTimedOut: the callback has not come in time")

    def __enter__(self) -> "Callback":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
