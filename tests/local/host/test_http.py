import os
import stat

import pytest

from local.host import HostError
from tests.local.host.conftest import ask


def test_a_function_gets_the_request_as_in_azure(host):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = ask(
        f"{host.url}/API/greet/Ann%20B?loud=1", {"a": 1}, headers={**host.headers, "traceparent": trace}
    )
    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"
    told = answer.json
    assert told["name"] == "Ann B"
    assert (told["loud"], told["body"], told["function"]) == ("1", {"a": 1}, "greet")
    assert told["trace"].startswith(trace[:36])
    assert told["prepared"] == "yes"
    assert told["pid"] != os.getpid()


@pytest.mark.parametrize("key", ["", "wrong", "master", "function"])
def test_a_key_opens_what_it_is_for(host, key):
    given = getattr(host.keys, key, key)
    by_header = ask(f"{host.url}/api/greet/ann", {}, headers={"x-functions-key": given}).status
    by_address = ask(f"{host.url}/api/greet/ann?code={given}", {}).status
    assert by_header == by_address == (201 if key in ("master", "function") else 401)


def test_a_refusal_is_empty_and_logged(host, caplog):
    answer = ask(f"{host.url}/api/greet/ann?code=wrong", {})
    assert answer.text == ""
    assert "401 POST /api/greet/ann from 127.0.0.1: a wrong key" in caplog.text


def test_an_anonymous_function_needs_no_key_and_an_admin_function_the_master_key(host):
    assert ask(f"{host.url}/api/open").text == "hello"
    assert ask(f"{host.url}/api/slow?seconds=0", headers=host.headers).status == 401
    assert ask(f"{host.url}/api/slow?seconds=0&code={host.keys.master}").text == "done"


def test_other_routes_methods_and_large_bodies_are_refused(host):
    assert ask(f"{host.url}/api/nowhere").status == 404
    assert ask(f"{host.url}/greet/ann", {}, headers=host.headers).status == 404
    wrong = ask(f"{host.url}/api/greet/ann", headers=host.headers)
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")
    large = ask(f"{host.url}/api/greet/ann", b"x" * 1001, headers=host.headers)
    assert large.status == 413
    assert "larger than 1000 bytes" in large.text


def test_an_error_in_a_function_is_500_and_logged_with_its_traceback(host, caplog):
    assert ask(f"{host.url}/api/greet/ann", b"no json", headers=host.headers).status == 500
    assert "sample_app.py" in caplog.text


def test_the_host_tells_its_state_and_functions_and_keeps_its_keys_to_itself(host, world):
    assert ask(f"{host.url}/admin/host/status").json["state"] == "Running"
    listed = {function["name"]: function for function in ask(f"{host.url}/admin/functions").json}
    assert listed["greet"]["invoke_url_template"] == f"{host.url}/api/greet/{{name}}"
    assert listed["condition_shipments"]["config"]["bindings"][0]["path"] == "raw/shipments/{name}"
    assert host.keys.master not in repr(host.keys)


def test_a_slow_answer_is_503_the_keys_stay_and_the_folder_is_held(world):
    with world.host(request_seconds=0.2, workers=0) as host:
        slow = ask(f"{host.url}/api/slow?seconds=0.5&code={host.keys.master}")
        assert slow.status == 503
        keys = world.folder / "host" / "keys.json"
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        first = host.keys
        with pytest.raises(HostError, match="Another host is at work"), world.host():
            pass
        port = int(host.url.rpartition(":")[2])
        with (
            pytest.raises(HostError, match=f"Port {port} cannot be used"),
            world.host(folder=world.folder / "2", port=port),
        ):
            pass
    with world.host(workers=0) as host:
        assert host.keys == first
