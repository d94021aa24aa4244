"""The task hub's HTTP API, as far as durable clients use it: start, look, raise an event. Nothing runs behind it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

HUB, KEY = "Shelfcast", "a-key"
RPC = "/durabletask/a-secret/"
CALLED_BACK = "/called-back"
WEBHOOK = "/runtime/webhooks/durabletask"
MOMENT = "2018-07-23T06:00:00Z"


class TaskHub:
    """A task hub that remembers what is asked of it.

    Attributes
    ----------
    instances : dict
        Per instance id, its status as the API shows it.
    asked : list of tuple
        ``(what, instance)`` in order: started, woken.
    called_back : list
        What was posted to a caller that waits for the end of its run.
    """

    def __init__(self) -> None:
        self.instances: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.called_back: list[Any] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def binding(self) -> str:
        """Return the JSON that the durable extension hands to a client binding."""
        needed = f"taskHub={HUB}&connection=Storage&code={KEY}"
        create = f"{self.base}{WEBHOOK}/orchestrators/{{functionName}}[/{{instanceId}}]?{needed}"
        waiting = "&timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
        return json.dumps(
            {
                "taskHubName": HUB,
                "creationUrls": {
                    "createNewInstancePostUri": create,
                    "createAndWaitOnNewInstancePostUri": create + waiting,
                },
                "managementUrls": self.links("INSTANCEID"),
                "baseUrl": self.base + WEBHOOK,
                "requiredQueryStringParameters": f"code={KEY}",
                "rpcBaseUrl": self.base + RPC,
            }
        )

    def links(self, instance: str) -> dict[str, str]:
        """Return the addresses by which an instance is managed."""
        one, needed = (
            f"{self.base}{WEBHOOK}/instances/{instance}",
            f"taskHub={HUB}&connection=Storage&code={KEY}",
        )
        return {
            "id": instance,
            "statusQueryGetUri": f"{one}?{needed}",
            "sendEventPostUri": f"{one}/raiseEvent/{{eventName}}?{needed}",
            "terminatePostUri": f"{one}/terminate?reason={{text}}&{needed}",
            "rewindPostUri": f"{one}/rewind?reason={{text}}&{needed}",
            "purgeHistoryDeleteUri": f"{one}?{needed}",
            "restartPostUri": f"{one}/restart?{needed}",
            "suspendPostUri": f"{one}/suspend?reason={{text}}&{needed}",
            "resumePostUri": f"{one}/resume?reason={{text}}&{needed}",
        }

    def pretend(self, instance: str, orchestrator: str, message: Any, status: str = "Running") -> None:
        """Let an instance be there."""
        self.instances[instance] = {
            "name": orchestrator,
            "instanceId": instance,
            "runtimeStatus": status,
            "input": message,
            "customStatus": None,
            "output": None,
            "createdTime": MOMENT,
            "lastUpdatedTime": MOMENT,
        }

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def receive(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer a request: HTTP status, and JSON or nothing."""
        if path == CALLED_BACK:
            self.called_back.append(body)
            return 200, None
        return self._answer(method, path.removeprefix(RPC), body) if path.startswith(RPC) else (401, None)

    def _answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        match method, path.split("/"):
            case "POST", ["orchestrators", name, instance]:
                return self._start(name, instance, body)
            case "GET", ["instances", instance]:
                found = self.instances.get(instance)
                return (202 if found["runtimeStatus"] == "Running" else 200, found) if found else (404, None)
            case "POST", ["instances", instance, "raiseEvent", _]:
                self.asked.append(("woken", instance))
                return (202 if instance in self.instances else 404), None
        return 501, {"Message": f"this task hub does not know {method} {path}"}

    def _start(self, name: str, instance: str, body: Any) -> tuple[int, Any]:
        if instance in self.instances:
            return 409, {
                "Message": f"An Orchestration instance with the status Running already exists: {instance}"
            }
        self.pretend(instance, name, body)
        self.asked.append(("started", instance))
        return 202, self.links(instance)


def _handler(hub: TaskHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = unquote(urlsplit(self.path).path)
            status, value = hub.receive(self.command, path, _unpack(body))
            text = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Handler


def _unpack(body: bytes) -> Any:
    """Return a body's JSON; durable clients send JSON in a JSON string."""
    value = json.loads(body) if body else None
    return json.loads(value) if isinstance(value, str) else value
