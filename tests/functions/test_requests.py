"""Whatever cannot be done is refused with what is wrong and what helps; nothing is started, and it is logged."""

import base64
import json
import logging
import socket
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote, urlsplit

import azure.functions as func
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.requests import BODY_BYTES, ReplayConditioning, StartRun, check_role, parse_body
from shared.errors import RequestRefused
from tests.functions.company import ask, running_company

NAMES = {
    "climbing": "../x",
    "folders": "a/b",
    "encoded": "%2e%2e",
    "empty": "",
    "dots": "..",
    "dotted": "run.lane0",
    "long": "a" * 10_000,
    "a little too long": "a" * 101,
    "umlaut": "läuft",
    "look-alike": "r\N{CYRILLIC SMALL LETTER U}n",
    "line": "run\n",
    "null": "run\0",
    "hidden": "-rf",
    "blank": " run",
    "bell": "\a",
}
BODIES = {
    "no JSON": b"{not json",
    "a list": b"[]",
    "a text": b'"run"',
    "a number": b"7",
    "nothing at all": b"null",
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 30_000,
    "deep objects": b'{"markets":' * 5_000,
    "NaN": b'{"force": NaN}',
    "infinity": b'{"week": -Infinity}',
    "a key twice": b'{"kind": "train", "kind": "score"}',
    "a huge number": b'{"force": ' + b"9" * 10_000 + b"}",
    "half a letter": b'{"markets": ["\\ud800"]}',
}
FIELDS = {
    "an unknown field": ("retrain", {"retrain": True}),
    "an inherited field": ("__class__", {"__class__": "x"}),
    "a kind": ("kind", {"kind": "everything"}),
    "markets as a text": ("markets", {"markets": "Market 0"}),
    "a market as a list": ("markets", {"markets": [["Market 0"]]}),
    "an unknown market": ("markets", {"markets": ["Market 0", "Atlantis"]}),
    "a market in other letters": ("markets", {"markets": ["market 0"]}),
    "too many markets": ("markets", {"markets": [""] * 10_001}),
    "a format": ("formats", {"formats": ["medium"]}),
    "formats beyond number": ("formats", {"formats": ["large"] * 3}),
    "force as a list": ("force", {"force": []}),
    "a day that never was": ("week", {"week": "2019-02-30"}),
    "a week to come": ("week", {"week": "2019-07-22"}),
    "a week in another age": ("week", {"week": "2999-01-01"}),
    "the end of time": ("week", {"week": "9999-12-31"}),
    "the beginning of time": ("week", {"week": "0001-01-01"}),
    "a week in seconds": ("week", {"week": 1561939200}),
    "a week in seconds, as text": ("week", {"week": "1561939200"}),
    "a week in words": ("week", {"week": "next"}),
    "a moment": ("week", {"week": "2019-07-01T00:00:00"}),
    "a trial that trains": ("trial", {"trial": True}),
    "a way of promotion": ("promotion", {"promotion": "later"}),
    "a trigger that callers are not": ("trigger", {"trigger": "arrival"}),
    "a run to resume that is not known": ("resume", {"resume": "nobody"}),
    "a run to resume with a path": ("resume", {"resume": "../claims"}),
}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    with running_company(tmp_path_factory.mktemp("company")) as company:
        yield company


@pytest.fixture
def refused(company, caplog):
    """Ask, and return the refusal, once it is sure that nothing was started and that it was logged."""

    def refuse(route, content, status=400, **headers):
        before = company.traces()
        with caplog.at_level(logging.WARNING, "functions.requests"):
            answer = company.post(route, content, **headers)
        assert answer.status == status, answer.text
        assert company.traces() == before
        assert "refused" in caplog.text
        return answer.error

    return refuse


@pytest.mark.parametrize("key", [None, "wrong", ""])
@pytest.mark.parametrize("route", ["runs", "runs/x", "runs/x/cancel", "conditioning/shipments/replay"])
def test_without_the_key_nothing_is_said(company, route, key):
    before = company.traces()
    headers = {} if key is None else {"x-functions-key": key}
    method = "GET" if route == "runs/x" else "POST"
    answer = ask(f"{company.host.url}/api/{route}", method=method, headers=headers)
    assert (answer.status, answer.text) == (401, "")
    assert company.traces() == before


def test_a_body_larger_than_sensible_is_refused(refused):
    body = json.dumps({"markets": ["x" * 100] * 700}).encode()
    assert len(body) > BODY_BYTES
    assert refused("runs", body, 413)["field"] == "body"


def test_the_host_itself_refuses_what_is_larger_still(company):
    before = company.traces()
    assert company.post("runs", b" " * (1 << 20 | 1)).status == 413
    assert company.traces() == before


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("route", ["runs", "conditioning/shipments/replay"])
def test_what_is_no_object_of_json_is_refused(refused, route, body):
    assert refused(route, body)["field"] in ("body", "markets")


@pytest.mark.parametrize(("field", "body"), FIELDS.values(), ids=FIELDS)
def test_a_field_that_cannot_be_is_named(refused, field, body):
    assert refused("runs", body)["field"] == field


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("route", ["runs", "conditioning/shipments/replay"])
def test_an_id_that_could_be_a_path_or_worse_is_refused(refused, route, name):
    error = refused(route, {"id": name})
    assert error["field"] == "id"


@pytest.mark.parametrize("name", [name for name in NAMES.values() if name not in ("", "..")])
def test_an_id_in_the_address_is_no_better(company, name):
    before = company.traces()
    for answer in (
        company.get(f"runs/{quote(name, safe='')}"),
        company.post(f"runs/{quote(name, safe='')}/cancel"),
    ):
        assert answer.status in (400, 404, 414)
    assert company.traces() == before


@pytest.mark.parametrize("source", ["nothing", "../raw", "..%2F..%2Fruns", "ship%00ments", "%252e%252e", "*"])
def test_a_source_that_the_profile_does_not_know_is_refused(company, source):
    before = company.traces()
    answer = company.post(f"conditioning/{source}/replay", {})
    assert answer.status in (400, 404)
    assert company.traces() == before


def test_an_unknown_source_is_told_the_known_ones(refused):
    assert "shipments" in refused("conditioning/nothing/replay", {})["remedy"]


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/metadata/identity/oauth2/token",
        "https://169.254.169.254/",
        "https://evil.azure.com.example/",
        "https://evilazure.com/",
        "https://evil.westeurope.cloudapp.azure.com/",
        "https://evil.eastus.airflow.svc.datafactory.azure.com/",
        "https://x@evil.com/",
        "https://dp.svc.datafactory.azure.com@evil.com/",
        "https://evil.com#.datafactory.azure.com",
        "https://evil.com\\.datafactory.azure.com/",
        "https://user@dp.svc.datafactory.azure.com/",
        "https://dp.svc.datafactory.azure.com:8080/",
        "https://dp.svc.datafactory.azure.com:port/",
        "http://dp.svc.datafactory.azure.com/",
        "ftp://127.0.0.1:21/",
        "file://127.0.0.1/etc/passwd",
        "http://127.0.0.1:80@evil.com/",
        "http://127.1/",
        "http://localhost:7071/",
        "http://[::1]:80/",
        "https://[",
        "//dp.svc.datafactory.azure.com/",
        "",
        "https://dp.svc.datafactory.azure.com/" + "x" * 2000,
    ],
)
def test_nobody_but_data_factory_is_called_back(refused, uri):
    assert refused("runs", {"callBackUri": uri})["field"] == "callBackUri"


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from([*StartRun.model_fields, *ReplayConditioning.model_fields]) | st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5
        ),
    )
)
@example({"week": 1e300})
def test_a_wild_body_is_parsed_or_refused(body):
    for kind in (StartRun, ReplayConditioning):
        with suppress(RequestRefused):
            assert isinstance(parse_body(http(json.dumps(body).encode()), kind), kind)


@given(st.binary())
def test_wild_bytes_are_parsed_or_refused(body):
    with suppress(RequestRefused):
        assert isinstance(parse_body(http(body), StartRun), StartRun)


@given(st.binary() | st.text().map(str.encode))
@example(b"[]")
@example(b'{"claims": [1]}')
@example(b'{"claims": {"typ": "roles", "val": "runner"}}')
@example(b'{"claims": [{"typ": "roles", "val": ["runner"]}]}')
@example(b'{"claims": [{"typ": "name", "val": "runner"}]}')
@example(b"[" * 50_000)
def test_a_caller_without_the_role_is_refused_whatever_it_says(principal):
    with pytest.raises(RequestRefused, match="lacks the role runner"):
        check_role(http(b"", principal), "runner")


@pytest.mark.parametrize("kind", ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"])
def test_a_caller_with_the_role_passes(kind):
    principal = {"role_typ": kind, "claims": [{"typ": kind, "val": "runner"}, {"typ": "name", "val": "Ada"}]}
    check_role(http(b"", json.dumps(principal).encode()), "runner")


def http(body, principal=b""):
    headers = {"x-ms-client-principal": base64.b64encode(principal).decode()}
    return func.HttpRequest("POST", "http://127.0.0.1/api/runs", body=body, headers=headers)


def test_where_a_role_is_asked_for_the_key_alone_opens_nothing(refused):
    from functions.bootstrap import edges, use

    own = edges()
    use(replace(own, settings=own.settings.model_copy(update={"required_role": "runner"})))
    try:
        assert refused("runs", {}, 403)["field"] == "caller"
        assert refused("conditioning/shipments/replay", {}, 403)["field"] == "caller"
    finally:
        use(own)


def test_a_request_that_breaks_off_starts_nothing(company):
    before = company.traces()
    address = urlsplit(company.host.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(b"POST /api/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
        line.sendall(f"x-functions-key: {company.host.keys.function}\r\n\r\n".encode() + b'{"id"')
    assert company.get("runs/nobody").status == 404
    assert company.traces() == before
