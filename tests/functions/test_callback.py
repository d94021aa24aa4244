"""Who waits to be called back is, once, whatever becomes of the run; nobody is led elsewhere."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError

import pytest

from functions.callback import call_back, read_end
from local.jobs.simulated import FAILS, NEVER_ENDS
from shared.messages import RunRequest
from shared.runs.summary import close_refused
from tests.functions.company import running_company, scripts, wait_for


@dataclass
class Caller:
    """Somebody who waits; `answers` are the codes and further headers of the answers to come, 200 after them."""

    url: str = ""
    said: list[dict] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Caller]:
    caller = Caller()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            caller.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, headers = caller.answers.pop(0) if caller.answers else (200, {})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        caller.url = f"http://127.0.0.1:{server.server_port}/callback"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield caller
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def caller():
    with listening() as caller:
        yield caller


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    with running_company(tmp_path_factory.mktemp("company")) as company:
        yield company


def said_to(caller):
    wait_for(lambda: caller.said)
    (said,) = caller.said
    return said


def test_a_run_that_succeeds_is_told_with_its_summary(company, caller):
    answer = company.post("runs", {"id": "good", "force": True, "callBackUri": caller.url})
    assert (answer.status, answer.json["id"]) == (202, "good")
    assert company.get("runs/good").status == 200
    said = said_to(caller)
    assert said["statusCode"] == "200"
    assert (said["output"]["run"], said["output"]["cells"]) == ("good", {"published": 4})
    assert "error" not in said


def test_a_run_that_fails_is_told_with_its_error(company, caller):
    scripts["bad"] = replace(FAILS, queue_seconds=0, run_seconds=0)
    company.post("runs", {"id": "bad", "force": True, "callBackUri": caller.url})
    said = said_to(caller)
    assert (said["statusCode"], said["error"]["ErrorCode"]) == ("500", "RunFailed")
    assert "NotEnoughHistory" in said["error"]["Message"]


def test_a_run_that_is_cancelled_is_no_success(company, caller):
    scripts["stopped"] = NEVER_ENDS
    company.post("runs", {"id": "stopped", "force": True, "callBackUri": caller.url})
    wait_for(lambda: company.jobs("stopped"))
    assert company.post("runs/stopped/cancel").status == 202
    assert said_to(caller)["error"]["ErrorCode"] == "RunCancelled"


def test_who_asks_again_is_called_back_too_even_after_the_end(company, caller):
    company.run("known")
    asked = {"id": "known", "callBackUri": caller.url}
    assert company.post("runs", asked).status == 202
    assert said_to(caller)["output"]["run"] == "known"
    company.post("runs", asked)
    (told,) = company.host.engine.instances("known.callback")
    company.ended(told.instance_id)
    assert len(caller.said) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(company, caller, code):
    with listening() as other:
        caller.answers.append((code, {"Location": other.url}))
        with pytest.raises(HTTPError) as refused:
            call_back({"uri": caller.url, "said": {"statusCode": "200"}})
        refused.value.close()
        assert (refused.value.code, other.said) == (code, [])


def test_a_run_that_could_not_be_planned_is_told_too(company):
    message = {"run": "unplanned"}
    assert read_end(message) == {"said": None}
    close_refused(
        company.store, RunRequest(run="unplanned"), error="the lake has no accepted rows for stores"
    )
    said = read_end(message)["said"]
    assert (said["statusCode"], said["error"]["ErrorCode"]) == ("500", "RunFailed")
    assert "no accepted rows for stores" in said["error"]["Message"]
