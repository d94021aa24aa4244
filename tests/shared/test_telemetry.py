"""Telemetry arrives as Application Insights expects it, under one operation id, and never makes anything fail."""

import json
import logging
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shared import telemetry
from shared.errors import NotEnoughHistory, SettingsError
from shared.settings import Settings
from shared.telemetry import UNITS, Metric
from shared.telemetry.records import without_secrets
from shared.telemetry.spans import _switch

KEY = "11111111-2222-3333-4444-555555555555"
OPERATION = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
LOG = logging.getLogger("functions.example")


def settings(kind="azure", connection="", identity=""):
    return Settings.read(
        {
            "SHELFCAST_ENVIRONMENT": "local",
            "LakeStorage": "UseDevelopmentStorage=true",
            "SHELFCAST_LEDGER_URL": "sqlite:///ledger.db",
            "SHELFCAST_TELEMETRY": kind,
            "APPLICATIONINSIGHTS_CONNECTION_STRING": connection,
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": identity,
        }
    )


class Ingestion(ThreadingHTTPServer):
    """The service that telemetry is sent to: keeps what it receives."""

    daemon_threads = True

    def __init__(self, status=200):
        self.status, self.requests, self.envelopes = status, [], []
        self.asked, self.tokens = [], set()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def connection(self):
        return f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{self.server_port}/;"

    def of_kind(self, kind):
        return [e for e in self.envelopes if e["data"]["baseType"] == kind]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, body))
        self.server.tokens.add(self.headers["Authorization"])
        self.server.envelopes += json.loads(body)
        self._answer(self.server.status, {"itemsReceived": 1, "itemsAccepted": 1, "errors": []})

    def do_GET(self):
        self.server.asked.append(self.path)
        self._answer(200, {"access_token": "for this app", "expires_on": str(int(time.time()) + 3600)})

    def _answer(self, status, value):
        answer = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def ingestion():
    with Ingestion() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def off_again():
    before = set(threading.enumerate())
    yield
    telemetry.shutdown()
    new = set(threading.enumerate()) - before
    assert [t for t in new if "Exporter" in t.name or "Handler" in t.name] == [], "no thread stays behind"


@pytest.fixture
def azure(ingestion):
    telemetry.configure(settings(connection=ingestion.connection))
    return ingestion


def data(envelope):
    return envelope["data"]["baseData"]


def test_an_operation_arrives_as_a_request(azure):
    with telemetry.operation("condition_shipments", OPERATION, source="shipments") as span:
        pass
    (envelope,) = azure.envelopes
    assert azure.requests[0][0] == "/v2.1/track"
    assert envelope["name"] == "Microsoft.ApplicationInsights.Request"
    assert envelope["iKey"] == KEY
    assert envelope["tags"]["ai.operation.id"] == OPERATION
    assert envelope["tags"]["ai.operation.name"] == "condition_shipments"
    assert envelope["tags"]["ai.cloud.role"] == "shelfcast-local"
    assert "ai.operation.parentId" not in envelope["tags"]
    assert data(envelope)["name"] == "condition_shipments"
    assert data(envelope)["id"] == span.span_id
    assert data(envelope)["success"] is True
    assert data(envelope)["properties"] == {"source": "shipments"}
    assert data(envelope)["duration"].startswith("0.00:00:0")


def test_what_an_operation_does_hangs_on_to_it(azure):
    """From the blob's event to the published forecast: each function under the same id, each under its cause."""
    with (
        telemetry.operation("condition_shipments", OPERATION) as first,
        telemetry.operation("read") as second,
    ):
        LOG.info("reading %s", "the profile")
    with telemetry.operation("publish_cell", OPERATION, parent=first.traceparent, cell="north-texas.large"):
        telemetry.count(Metric.FORECASTS_PUBLISHED, 120)
    assert {e["tags"]["ai.operation.id"] for e in azure.envelopes} == {OPERATION}
    (inner,) = azure.of_kind("RemoteDependencyData")
    assert data(inner)["name"] == "read"
    assert inner["tags"]["ai.operation.parentId"] == first.span_id
    (message,) = azure.of_kind("MessageData")
    assert message["tags"]["ai.operation.parentId"] == f"|{OPERATION}.{second.span_id}."
    assert data(message)["message"] == "reading the profile"
    publish = next(e for e in azure.of_kind("RequestData") if data(e)["name"] == "publish_cell")
    assert publish["tags"]["ai.operation.parentId"] == first.span_id


def test_numbers_arrive_with_what_they_are_split_by(azure):
    with telemetry.operation("condition_shipments", OPERATION, source="shipments"):
        telemetry.count(Metric.ROWS_REJECTED, 3, reason="negative")
        telemetry.measure(Metric.QUEUE_SECONDS, 12.5, pipeline="training")
    first, second = azure.of_kind("MetricData")
    assert first["name"] == "Microsoft.ApplicationInsights.Metric"
    assert first["tags"]["ai.operation.id"] == OPERATION
    (point,) = data(first)["metrics"]
    assert (point["name"], point["value"]) == ("shelfcast.rows_rejected", 3)
    assert data(first)["properties"] == {"source": "shipments", "reason": "negative"}
    assert data(second)["metrics"][0]["value"] == 12.5


def test_each_count_is_sent_once(azure):
    """A sum over what arrived is the sum of what happened, though instances come and go."""
    for n in (1, 2, 3):
        with telemetry.operation("condition_returns"):
            telemetry.count(Metric.ROWS_ACCEPTED, n)
    assert [data(e)["metrics"][0]["value"] for e in azure.of_kind("MetricData")] == [1, 2, 3]


def test_a_failed_operation_arrives_as_failed_with_its_error(azure):
    with pytest.raises(NotEnoughHistory), telemetry.operation("submit_job", OPERATION):
        raise NotEnoughHistory("3 weeks are too few")
    (request,) = azure.of_kind("RequestData")
    (error,) = azure.of_kind("ExceptionData")
    assert data(request)["success"] is False
    assert data(error)["exceptions"][0]["typeName"] == "NotEnoughHistory"
    assert data(error)["exceptions"][0]["message"] == "3 weeks are too few"
    assert error["tags"]["ai.operation.id"] == OPERATION


def test_no_secret_and_no_stores_data_leave(azure):
    secrets = ["hunter2hunter2", "c2VjcmV0a2V5", "eyJhbGciOi", "store 4711 sold 12"]

    def leak():
        LOG.warning("AccountName=a;AccountKey=c2VjcmV0a2V5==;EndpointSuffix=core.windows.net")
        LOG.warning("GET /api/runs?code=hunter2hunter2 with Bearer eyJhbGciOi")
        try:
            raise ValueError("store 4711 sold 12")
        except ValueError:
            LOG.exception("mssql://app:hunter2hunter2@server refused us")
        telemetry.count(Metric.ALERTS, kind="password=hunter2hunter2", product_id="4711")
        raise ValueError("store 4711 sold 12")

    with pytest.raises(ValueError), telemetry.operation("publish_cell", run="r1", store_id="4711"):
        leak()
    sent = b"".join(body for _, body in azure.requests).decode()
    assert len(azure.of_kind("MessageData")) == 2
    assert len(azure.of_kind("ExceptionData")) == 2
    assert [secret for secret in secrets if secret in sent] == []
    assert "4711" not in sent
    assert '"run": "r1"' in sent


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("AccountKey=abc==;x=1", "AccountKey=(hidden);x=1"),
        ("https://a/b?sv=1&sig=ab%2Bc&se=2", "https://a/b?sv=1&sig=(hidden)&se=2"),
        ('{"client_secret": "abc"}', '{"client_secret": "(hidden)"}'),
        ("exit code: 3, 12 rows", "exit code: 3, 12 rows"),
        ("raw/shipments/2019-08.csv", "raw/shipments/2019-08.csv"),
    ],
)
def test_secrets_are_hidden_and_nothing_else(text, safe):
    assert without_secrets(text) == safe


def test_nothing_is_sampled(azure):
    with telemetry.operation("condition_shipments"):
        for n in range(300):
            LOG.info("file %d", n)
    assert len(azure.of_kind("MessageData")) == 300
    assert all(e.get("sampleRate") in (None, 100) for e in azure.envelopes)


def test_configuring_again_changes_nothing(azure):
    exporter, threads = _switch.exporter, threading.active_count()
    for _ in range(3):
        telemetry.configure(settings(connection=azure.connection))
    assert _switch.exporter is exporter
    assert threading.active_count() == threads
    handlers = logging.getLogger("functions").handlers
    assert handlers.count(exporter.log_handler) == 1


def test_the_log_handler_has_the_lock_that_python_3_13_takes(azure):
    assert _switch.exporter.log_handler.lock is not None


def black_hole():
    """Return a socket that takes connections and never answers."""
    listening = socket.create_server(("127.0.0.1", 0))
    return (
        listening,
        f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{listening.getsockname()[1]}",
    )


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{listening.getsockname()[1]}"


def work():
    began = time.monotonic()
    with telemetry.operation("condition_shipments"):
        telemetry.count(Metric.ROWS_ACCEPTED, 7)
        LOG.info("done")
    return time.monotonic() - began


def test_an_endpoint_that_never_answers_costs_one_short_wait(monkeypatch):
    monkeypatch.setattr("shared.telemetry.azure.REQUEST_SECONDS", 0.5)
    monkeypatch.setattr("shared.telemetry.spans.FLUSH_SECONDS", 0.2)
    listening, connection = black_hole()
    telemetry.configure(settings(connection=connection))
    first = work()
    later = [work() for _ in range(20)]
    assert first < 5
    assert sum(later) < 1
    telemetry.shutdown()
    listening.close()


def test_an_endpoint_that_is_not_there_costs_nothing():
    telemetry.configure(settings(connection=closed_port()))
    assert sum(work() for _ in range(5)) < 5


def test_a_service_that_refuses_does_not_matter(azure):
    azure.status = 503
    assert work() < 5
    azure.status = 200
    work()
    assert azure.of_kind("RequestData")


def test_where_keys_are_not_enough_everything_carries_a_token_of_the_app(ingestion, monkeypatch):
    """The host of functions gives tokens at an address that it names in the environment."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{ingestion.server_port}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "from the host")
    identity = "Authorization=AAD;ClientId=22222222-3333-4444-5555-666666666666"
    telemetry.configure(settings(connection=ingestion.connection, identity=identity))
    work()
    telemetry.flush(5)
    sent = {envelope["data"]["baseType"] for envelope in ingestion.envelopes}
    assert sent == {"RequestData", "MetricData", "MessageData"}
    assert ingestion.tokens == {"Bearer for this app"}
    assert "client_id=22222222-3333-4444-5555-666666666666" in ingestion.asked[0]
    assert "monitor.azure.com" in ingestion.asked[0]


def test_what_does_not_name_an_identity_is_refused():
    with pytest.raises(SettingsError, match="APPLICATIONINSIGHTS_AUTHENTICATION_STRING"):
        settings(connection="x", identity="ClientId=me")


def test_an_unreadable_connection_string_is_named():
    with pytest.raises(SettingsError, match="APPLICATIONINSIGHTS_CONNECTION_STRING") as caught:
        telemetry.configure(settings(connection="InstrumentationKey=not-a-key"))
    assert "not-a-key" not in str(caught.value)


def test_off_loads_nothing_starts_nothing_and_fails_nothing():
    program = """
import sys, threading
from shared import telemetry
from shared.settings import Settings
telemetry.configure(Settings.read({"SHELFCAST_ENVIRONMENT": "local", "LakeStorage": "x", "SHELFCAST_LEDGER_URL": "y"}))
with telemetry.operation("condition_shipments") as span:
    telemetry.count(telemetry.Metric.ROWS_ACCEPTED, 1)
assert telemetry.flush()
assert len(span.operation_id) == 32
assert threading.active_count() == 1
print([name for name in sys.modules if name.startswith(("opencensus", "requests", "azure", "pandas"))])
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_console_says_it_in_lines(capsys):
    telemetry.configure(settings("console"))
    with telemetry.operation("submit_job", OPERATION, cell="utah.small") as span:
        LOG.info("password=hunter2")
        telemetry.count(Metric.JOBS_ENDED, status="failed")
        span.fail(KeyError("x"))
    log, metric, line = capsys.readouterr().err.splitlines()
    assert log == "0af76519 info    password=(hidden)"
    assert metric == "0af76519 metric  shelfcast.jobs_ended 1 cell=utah.small status=failed"
    assert line.startswith("0af76519 span    submit_job failed: KeyError: KeyError in 0.0")
    assert line.endswith("cell=utah.small")


def test_an_operation_id_comes_from_the_event_or_is_new():
    assert telemetry.operation_id_of(f"00-{OPERATION}-{SPAN}-01") == OPERATION
    for unknown in (None, "", "nonsense", f"00-{'0' * 32}-{SPAN}-01", f"00-{OPERATION}-{'0' * 16}-01"):
        made = telemetry.operation_id_of(unknown)
        assert len(made) == 32
        assert made not in (OPERATION, "0" * 32)
    assert telemetry.current_operation_id() == ""
    with telemetry.operation("a", OPERATION):
        assert telemetry.current_operation_id() == OPERATION
        with telemetry.operation("b", "f" * 32) as other:
            assert (other.inner, other.parent_id) == (False, "")
    assert telemetry.current_operation_id() == ""


def test_every_metric_is_described():
    assert set(UNITS) == set(Metric)
    assert all(name.startswith("shelfcast.") for name in Metric)
