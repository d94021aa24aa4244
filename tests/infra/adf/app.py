"""A small stand-in for the app: its routes, and the durable status addresses; a run ends as it is told to."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

KEY = "a-key"
START = re.compile(r"/api/runs|/api/conditioning/(?P<source>\w+)/replay")
CANCEL = re.compile(r"/api/runs/(?P<run>[\w-]+)/cancel")
STATUS = re.compile(r"/status/(?P<run>[\w-]+)\?code=secret&returnInternalServerErrorOnFailure=true")


@dataclass
class App:
    """What runs come to, and what has been asked for.

    Attributes
    ----------
    looks : int
        Looks after which a run has ended; 0: never by itself.
    runtime_status, output : str, dict
        How it ends then.
    """

    looks: int = 2
    runtime_status: str = "Completed"
    output: Any = field(default_factory=lambda: {"run": "r1", "status": "succeeded", "failures": []})
    url: str = ""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    looked: dict[str, int] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    broken_looks: int = 0

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        if found := STATUS.fullmatch(path):
            return self._status(found["run"])
        self.asked.append((path, body))
        if found := CANCEL.fullmatch(path):
            return self._cancel(found["run"])
        if START.fullmatch(path):
            return self._start(body)
        return 404, {"error": f"no route {path}"}

    def _start(self, body: Any) -> tuple[int, Any]:
        if body.get("markets") == ["Atlantis"]:
            return 400, {"error": {"field": "markets", "problem": "'Atlantis' is unknown", "remedy": "..."}}
        self.looked.setdefault(body["id"], 0)
        if uri := body.get("callBackUri"):
            Thread(target=self._call_back, args=(uri, body["id"]), daemon=True).start()
        status = f"{self.url}/status/{body['id']}?code=secret&returnInternalServerErrorOnFailure=true"
        return 202, {"id": body["id"], "statusQueryGetUri": status}

    def _call_back(self, uri: str, run: str) -> None:
        if not self.looks:
            return
        said = {"statusCode": "200", "output": self.output}
        if self.runtime_status != "Completed" or self.output["status"] not in ("succeeded", "skipped"):
            error = {"ErrorCode": "RunFailed", "Message": f"{run}: {json.dumps(self.output)}"}
            said = {"statusCode": "500", "output": self.output, "error": error}
        call = Request(uri, json.dumps(said).encode(), {"Content-Type": "application/json"}, method="POST")
        urlopen(call).close()

    def _cancel(self, run: str) -> tuple[int, Any]:
        if run not in self.looked:
            return 404, {"error": "there is no such run"}
        self.cancelled.add(run)
        return 202, {"id": run}

    def _status(self, run: str) -> tuple[int, Any]:
        self.looked[run] += 1
        if self.looked[run] <= self.broken_looks:
            return 503, "busy"
        if run in self.cancelled:
            return 200, _instance("Completed", {"run": run, "status": "cancelled", "failures": []})
        if not self.looks or self.looked[run] < self.looks:
            return 202, _instance("Running", None)
        code = 500 if self.runtime_status == "Failed" else 200
        return code, _instance(self.runtime_status, self.output)


def _instance(status: str, output: Any) -> dict[str, Any]:
    return {
        "name": "weekly_run",
        "runtimeStatus": status,
        "input": None,
        "customStatus": None,
        "output": output,
    }


@contextmanager
def serving(app: App) -> Iterator[App]:
    """Serve it on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            free = self.path.startswith("/status/")
            if not free and self.headers.get("x-functions-key") != KEY:
                return self._say(401, "")
            return self._say(*app.answer(self.path, json.loads(body or b"{}")))

        do_POST = do_GET  # noqa: N815 - the base class names them so

        def _say(self, status: int, value: Any) -> None:
            content = json.dumps(value).encode()
            self.send_response(status)
            if status == 202:
                self.send_header("Location", f"{app.url}{self.path}")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        app.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield app
        finally:
            server.shutdown()
            thread.join()
