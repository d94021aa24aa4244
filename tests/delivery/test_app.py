"""An app over HTTP: started, followed to its end, refused, away."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from delivery.app import App, AppRefused

Answers = list[tuple[int, object]]


class Service:
    """Answers one after the other; the last one again and again."""

    def __init__(self) -> None:
        self.answers: Answers = []
        self.asked: list[tuple[str, str, dict]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                service.asked.append((self.command, self.path, body))
                code, content = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
                self.send_response(code)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            do_GET = do_POST = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def plan(self, *answers: tuple[int, object]) -> None:
        self.answers = [(202, {"id": "r1", "statusQueryGetUri": f"{self.url}/status"}), *answers]


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def rests() -> list[float]:
    return []


@pytest.fixture
def app(service, rests) -> App:
    return App(url=service.url, headers={"x-functions-key": "k"}, rest=rests.append)


def test_it_is_followed_to_its_end(service, app, rests):
    service.plan(
        (202, {"runtimeStatus": "Pending"}),
        (202, {"runtimeStatus": "Running"}),
        (200, {"runtimeStatus": "Completed", "output": {"status": "succeeded"}}),
    )
    assert app.finish("runs", {"kind": "train"}, minutes=1) == {"id": "r1", "status": "succeeded"}
    assert service.asked[0] == ("POST", "/api/runs", {"kind": "train"})
    assert [path for _, path, _ in service.asked[1:]] == ["/status"] * 3
    assert rests == [0.5, 1.0]


@pytest.mark.parametrize("code", [200, 500])
@pytest.mark.parametrize("state", ["Failed", "Terminated"])
def test_what_ends_badly_is_refused_with_what_it_said(service, app, code, state):
    service.plan((code, {"runtimeStatus": state, "output": "no cell came out"}))
    with pytest.raises(AppRefused, match=f"r1 ended as {state}: no cell came out"):
        app.finish("runs", {}, minutes=1)


def test_a_refusal_is_told_with_field_and_remedy(service, app):
    error = {"field": "markets", "problem": "there is no 'Atlantis'", "remedy": "Known are: North Texas"}
    service.plan()
    service.answers = [(400, {"error": error})]
    with pytest.raises(AppRefused, match=r"400: markets: there is no 'Atlantis'. Known are: North Texas"):
        app.start("runs", {})


def test_an_app_that_is_away_for_a_moment_is_asked_again(service, app, rests):
    service.answers = [(503, {}), (429, {}), (202, {"id": "r1", "statusQueryGetUri": "-"})]
    assert app.start("runs", {}) == ("r1", "-")
    assert rests == [1.0, 2.0]


def test_an_app_that_stays_away_is_named(service, app):
    service.answers = [(503, {})]
    with pytest.raises(AppRefused, match=r"does not answer: .* Is the app up"):
        app.start("runs", {})


def test_what_does_not_end_is_given_up(service, app):
    service.plan((202, {"runtimeStatus": "Running"}))
    with pytest.raises(AppRefused, match=r"r1 has not ended in 0.0 minutes"):
        app.finish("runs", {}, minutes=0.0)
