"""The fake's front: REST shapes of Resource Manager, run history and blob storage over HTTPS.

What a job or an asset is lies in workspace.py. Names of routes are those of the services.
"""

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from shared.adapters.azureml import Cloud, Patience, Workspace
from tests.shared.adapters.fake_azureml.credential import FakeCredential
from tests.shared.adapters.fake_azureml.faults import Fault, Faults
from tests.shared.adapters.fake_azureml.workspace import FakeJob, FakeWorkspace, Json, Refused

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP, WORKSPACE = "shelfcast", "shelfcast-ml"
ARM = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
)
STAMP = {"createdAt": "2019-09-02T06:00:00Z", "createdBy": "shelfcast", "createdByType": "Application"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is sent back."""

    status: int = 200
    body: Json | list[Json] | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request, taken apart."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.content)


class FakeAzureML:
    """A running server; `workspace` is what it serves, `faults` what goes wrong, `asked` what was asked."""

    def __init__(self, certificate: Path) -> None:
        self.workspace = FakeWorkspace()
        self.faults = Faults()
        self.asked: list[str] = []
        self.refused_tokens: set[str] = set()
        self.seen_tokens: set[str] = set()
        self.stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": self}))
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Address of the whole fake."""
        return f"https://127.0.0.1:{self._server.server_port}"

    @property
    def cloud(self) -> Cloud:
        """The fake as a cloud of its own; the SDK keeps clouds by name as long as the process lives."""
        return Cloud(
            name=f"Fake{self._server.server_port}",
            resource_manager=self.url,
            machine_learning="https://ml.azure.test",
            login=self.url,
            portal=self.url,
            storage="storage.test",
        )

    def place(self, *, credential: FakeCredential | None = None, **patience: float) -> Workspace:
        """Return the way to the fake's workspace, for clients that do not wait long."""
        return Workspace(
            subscription=SUBSCRIPTION,
            resource_group=GROUP,
            name=WORKSPACE,
            credential=credential or FakeCredential(),
            cloud=self.cloud,
            patience=Patience(
                **{"total": 60, "connect": 5, "answer": 5, "backoff": 0.005, "tries": 4, **patience}
            ),  # type: ignore[arg-type]
        )

    def plan(self, kind: str, **facts: object) -> None:
        """Let something go wrong soon; see Fault."""
        self.faults.plan(Fault(kind=kind, **facts))  # type: ignore[arg-type]

    def expire_tokens(self) -> None:
        """Refuse every token that was ever seen."""
        self.refused_tokens |= self.seen_tokens

    def count(self, method: str, path: str) -> int:
        """Return how many requests of that method had the text in their path."""
        return sum(line.startswith(method) and path in line for line in self.asked)

    @contextmanager
    def running(self) -> Iterator["FakeAzureML"]:
        """Serve until the end of the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def answer(self, question: Question) -> Answer:
        """Find the route and follow it."""
        self._check_token(question)
        for method, pattern, route in ROUTES:
            found = re.fullmatch(pattern, question.path)
            if method == question.method and found:
                return route(self, question, *(unquote(part) for part in found.groups()))
        raise Refused(404, "NoRoute", f"{question.method} {question.path}")

    def _check_token(self, question: Question) -> None:
        if question.path.startswith(("/discovery", "/blobs")):
            return
        token = question.headers.get("authorization", "")
        if not token.startswith("Bearer ") or token in self.refused_tokens:
            raise Refused(401, "InvalidAuthenticationToken", "The access token is missing or has expired.")
        self.seen_tokens.add(token)


Route = Callable[..., Answer]


def _discovery(service: FakeAzureML, _: Question) -> Answer:
    return Answer(body={"api": service.url, "history": service.url, "studio": "https://ml.azure.test"})


def _workspace(service: FakeAzureML, _: Question) -> Answer:
    properties = {
        "workspaceId": "00000000-0000-0000-0000-00000000000f",
        "discoveryUrl": f"{service.url}/discovery",
        "mlFlowTrackingUri": f"azureml://127.0.0.1/mlflow/v1.0{ARM}",
        "provisioningState": "Succeeded",
    }
    body = {
        "id": ARM,
        "name": WORKSPACE,
        "type": "Microsoft.MachineLearningServices/workspaces",
        "location": "westeurope",
        "kind": "Default",
        "properties": properties,
        "systemData": STAMP,
    }
    return Answer(body=body)


def _compute(service: FakeAzureML, _: Question, name: str) -> Answer:
    if name not in service.workspace.computes:
        raise Refused(404, "ResourceNotFound", f"Compute {name} was not found.")
    properties = {"computeType": "AmlCompute", "provisioningState": "Succeeded", "properties": {}}
    return Answer(body={"id": f"{ARM}/computes/{name}", "name": name, "properties": properties})


def _job_body(service: FakeAzureML, job: FakeJob) -> Json:
    page = f"https://ml.azure.test/runs/{job.name}?wsid={ARM}"
    services = {"Studio": {"jobServiceType": "Studio", "endpoint": page, "port": None, "status": None}}
    return {
        "id": f"{ARM}/jobs/{job.name}",
        "name": job.name,
        "type": "Microsoft.MachineLearningServices/workspaces/jobs",
        "properties": {**job.properties, "status": job.status, "services": services},
        "systemData": STAMP,
    }


def _put_job(service: FakeAzureML, question: Question, name: str) -> Answer:
    if "x-azureml-token" not in question.headers:
        raise Refused(400, "UserError", "A pipeline job needs the header x-azureml-token.")
    job = service.workspace.put_job(name, question.json)
    return Answer(status=201, body=_job_body(service, job))


def _get_job(service: FakeAzureML, _: Question, name: str) -> Answer:
    return Answer(body=_job_body(service, service.workspace.job(name)))


def _cancel_job(service: FakeAzureML, _: Question, name: str) -> Answer:
    service.workspace.cancel_job(name)
    location = f"{service.url}{ARM}/operations/{name}"
    return Answer(status=202, headers=(("Location", location), ("Retry-After", "1")))


def _run(service: FakeAzureML, _: Question, name: str) -> Answer:
    job = service.workspace.job(name)
    return Answer(body={"runId": name, "status": job.status, "error": job.error})


def _children(service: FakeAzureML, _: Question, name: str) -> Answer:
    steps = [
        {"runId": f"{name}-{step.name}", "displayName": step.name, "status": step.status, "error": step.error}
        for step in service.workspace.job(name).steps.values()
    ]
    return Answer(body={"value": steps})


def _asset_body(kind: str, name: str, version: str, body: Json) -> Json:
    if kind == "models":
        body = {"properties": {"flavors": {}, **body["properties"]}}
    return {**body, "id": f"{ARM}/{kind}/{name}/versions/{version}", "name": version, "systemData": STAMP}


def _put_asset(service: FakeAzureML, question: Question, kind: str, name: str, version: str) -> Answer:
    body = service.workspace.put_asset(kind, name, version, question.json)
    return Answer(status=201, body=_asset_body(kind, name, version, body))


def _get_asset(service: FakeAzureML, _: Question, kind: str, name: str, version: str) -> Answer:
    return Answer(body=_asset_body(kind, name, version, service.workspace.asset(kind, name, version)))


def _list_versions(service: FakeAzureML, _: Question, kind: str, name: str) -> Answer:
    found = service.workspace.versions(kind, name)
    return Answer(body={"value": [_asset_body(kind, name, version, body) for version, body in found]})


def _list_codes(service: FakeAzureML, question: Question, name: str) -> Answer:
    found = service.workspace.codes(question.query.get("hash", ""))
    return Answer(body={"value": [_asset_body("codes", *code) for code in found]})


def _pending_upload(service: FakeAzureML, _: Question, name: str, version: str) -> Answer:
    container = f"{service.url}/blobs/{name}-{version}"
    credential = {"credentialType": "SAS", "sasUri": f"{container}?sv=fake&sig=fake"}
    reference = {"blobUri": container, "storageAccountArmId": "", "credential": credential}
    upload = {"pendingUploadId": version, "pendingUploadType": "TemporaryBlobReference"}
    return Answer(body={**upload, "blobReferenceForConsumption": reference})


def _put_blob(service: FakeAzureML, question: Question, path: str) -> Answer:
    words = {k[10:]: v for k, v in question.headers.items() if k.startswith("x-ms-meta-")}
    content = question.content
    if question.query.get("comp") == "metadata":
        content = service.workspace.blobs[path]
    service.workspace.put_blob(path, content, words)
    facts = (("ETag", '"1"'), ("Last-Modified", "Mon, 02 Sep 2019 06:00:00 GMT"))
    return Answer(status=200 if question.query.get("comp") == "metadata" else 201, headers=facts)


def _head_blob(service: FakeAzureML, _: Question, path: str) -> Answer:
    if path not in service.workspace.blobs:
        raise Refused(404, "BlobNotFound", path)
    words = tuple((f"x-ms-meta-{k}", v) for k, v in service.workspace.blob_metadata[path].items())
    return Answer(headers=(*words, ("ETag", '"1"'), ("Last-Modified", "Mon, 02 Sep 2019 06:00:00 GMT")))


ASSET = rf"{ARM}/(codes|components|environments|models|data)/([^/]+)/versions/([^/]+)"
ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", r"/discovery", _discovery),
    ("GET", ARM, _workspace),
    ("GET", rf"{ARM}/computes/([^/]+)", _compute),
    ("PUT", rf"{ARM}/jobs/([^/]+)", _put_job),
    ("GET", rf"{ARM}/jobs/([^/]+)", _get_job),
    ("POST", rf"{ARM}/jobs/([^/]+)/cancel", _cancel_job),
    ("GET", rf"/history/v1.0{ARM}/runs/([^/]+)", _run),
    ("GET", rf"/history/v1.0{ARM}/runs/([^/]+)/children", _children),
    ("GET", rf"{ARM}/codes/([^/]+)/versions", _list_codes),
    ("GET", rf"{ARM}/(components|environments|models|data)/([^/]+)/versions", _list_versions),
    ("POST", rf"{ARM}/codes/([^/]+)/versions/([^/]+)/startPendingUpload", _pending_upload),
    ("PUT", ASSET, _put_asset),
    ("GET", ASSET, _get_asset),
    ("PUT", r"/blobs/(.+)", _put_blob),
    ("HEAD", r"/blobs/(.+)", _head_blob),
)


class _Handler(BaseHTTPRequestHandler):
    """Takes a request apart, lets it meet its fault, and sends the answer."""

    service: FakeAzureML
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would meet Nagle and the delayed ACK

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        question = Question(
            method=self.command,
            path=parts.path,
            query={key: values[0] for key, values in parse_qs(parts.query).items()},
            headers={key.lower(): value for key, value in self.headers.items()},
            content=self.rfile.read(length),
        )
        self.service.asked.append(f"{self.command} {self.path}")
        self._meet(question, self.service.faults.meet(self.command, parts.path))

    do_GET = do_PUT = do_POST = do_HEAD = do_PATCH = _serve  # noqa: N815

    def _meet(self, question: Question, fault: Fault | None) -> None:
        if fault is None:
            return self._send(self._answer(question))
        if fault.kind == "answer":
            body = {"error": {"code": "Planned", "message": "planned fault"}}
            return self._send(Answer(status=fault.status, body=body, headers=tuple(fault.headers.items())))
        if fault.kind == "garbage":
            return self._write(200, (), b"<html>")
        if fault.kind == "late_reset":
            self._answer(question)
        if fault.kind == "silence":
            self.service.stopping.wait()
        self.close_connection = True
        return None

    def _answer(self, question: Question) -> Answer:
        try:
            return self.service.answer(question)
        except Refused as refused:
            body = {"error": {"code": refused.code, "message": refused.message}}
            word = (("x-ms-error-code", refused.code),)
            return Answer(status=refused.status, body=None if self.command == "HEAD" else body, headers=word)

    def _send(self, answer: Answer) -> None:
        content = b"" if answer.body is None else json.dumps(answer.body).encode()
        self._write(answer.status, answer.headers, content)

    def _write(self, status: int, headers: tuple[tuple[str, str], ...], content: bytes) -> None:
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        if content:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: `asked` keeps what was asked."""
