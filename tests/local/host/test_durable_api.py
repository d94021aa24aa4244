import asyncio
import json

import azure.durable_functions as df
from azure.durable_functions.models.utils.http_utils import _close_session

from local.host.durable_client import client_binding
from tests.local.host.conftest import ask, wait_for


def run(host, work):
    """Let the library's own client do something."""

    async def main():
        client = df.DurableOrchestrationClient(json.dumps(client_binding(host.url, host.keys, "hub")))
        try:
            return await work(client)
        finally:
            await _close_session()

    return asyncio.run(main())


def test_a_starter_starts_and_its_status_address_tells_the_end(host):
    started = ask(f"{host.url}/api/runs/sum-1", {"numbers": [1, 2]}, headers=host.headers)
    assert started.status == 202
    address = started.json["statusQueryGetUri"]
    assert started.headers["Location"] == address
    ended = wait_for(lambda: (a := ask(address)).status == 200 and a)
    assert ended.json["runtimeStatus"] == "Completed"
    assert ended.json["output"] == {"total": 3}
    assert ended.json["input"] == {"numbers": [1, 2]}
    assert ask(address + "&showInput=false").json["input"] is None


def test_a_failed_instance_is_500_only_when_asked(host):
    address = ask(f"{host.url}/api/runs/bad", {"numbers": ["x"]}, headers=host.headers).json[
        "statusQueryGetUri"
    ]
    ended = wait_for(lambda: (a := ask(address)).status == 200 and a)
    assert ended.json["runtimeStatus"] == "Failed"
    assert ask(address + "&returnInternalServerErrorOnFailure=true").status == 500


def test_the_real_client_raises_events_queries_terminates_and_purges(host):
    async def work(client):
        for name in ("one", "two"):
            await client.start_new("add_up", f"wait-{name}", {"wait": True})
        await client.raise_event("wait-one", "go", {"numbers": [40, 2]})
        await client.terminate("wait-two", "not wanted")
        while not all(s.output for s in await client.get_status_by(instance_id_prefix="wait-")):
            await asyncio.sleep(0.02)
        status = await client.get_status("wait-one", show_history=True)
        running = await client.get_status_by(runtime_status=[df.OrchestrationRuntimeStatus.Running])
        purged = await client.purge_instance_history("wait-two")
        return status, running, purged.instances_deleted, bool(await client.get_status("wait-two"))

    status, running, purged, there = run(host, work)
    assert status.output == {"total": 42}
    assert {event["EventType"] for event in status.historyEvents} >= {"EventRaised", "ExecutionCompleted"}
    assert [each for each in running if each.instance_id.startswith("wait-")] == []
    assert (purged, there) == (1, False)


def test_the_real_client_is_told_what_is_wrong(host):
    async def work(client):
        await client.start_new("add_up", "twice", {"wait": True})
        said = []
        for call in (
            client.start_new("add_up", "twice", {}),
            client.start_new("unknown"),
            client.raise_event("nobody", "go"),
            client.terminate("nobody", ""),
            client.suspend("twice", ""),
        ):
            try:
                await call
            except Exception as exc:  # noqa: BLE001 - the library raises nothing narrower
                said.append(str(exc))
        return said

    twice, unknown, raised, terminated, suspended = run(host, work)
    assert "'twice' is" in twice
    assert "no orchestrator 'unknown'" in unknown
    assert "No instance with ID nobody" in raised
    assert "No instance with ID 'nobody'" in terminated
    assert "501" in suspended


def test_the_api_needs_its_key_and_says_410_to_events_for_the_ended(host):
    urls = ask(f"{host.url}/api/runs/sum-2", {"numbers": []}, headers=host.headers).json
    wait_for(lambda: ask(urls["statusQueryGetUri"]).status == 200)
    assert ask(urls["statusQueryGetUri"].replace(host.keys.system, host.keys.function)).status == 401
    assert ask(f"{host.url}/durabletask/guessed/orchestrators/add_up", {}).status == 401
    assert ask(urls["sendEventPostUri"].replace("{eventName}", "go"), {}).status == 410
    assert ask(urls["statusQueryGetUri"].replace("sum-2", "sum-3")).status == 404
