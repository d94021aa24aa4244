from tests.local.host.conftest import ask, wait_for


def test_events_reach_the_function_which_may_use_its_durable_client(world):
    with world.host() as host:
        address = ask(f"{host.url}/api/runs/w", {"wait": True}, headers=host.headers).json[
            "statusQueryGetUri"
        ]
        events = [
            {
                "id": "1",
                "eventType": "Microsoft.MachineLearningServices.RunCompleted",
                "data": {"instance": "w"},
            },
            {"id": "2", "eventType": "Microsoft.MachineLearningServices.RunCompleted", "data": {}},
        ]
        assert ask(host.webhook("EventGrid", "job_completed"), events).status == 202
        assert wait_for(lambda: (a := ask(address)).status == 200 and a).json["output"] == {"total": 42}
        assert {note["id"] for note in world.notes("event")} == {"1", "2"}


def test_both_handshakes_and_refusals(host):
    webhook = host.webhook("EventGrid", "job_completed")
    validation = {
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "data": {"validationCode": "abc"},
    }
    assert ask(webhook, [validation]).json == {"validationResponse": "abc"}
    allowed = ask(webhook, method="OPTIONS", headers={"WebHook-Request-Origin": "eventgrid.azure.net"})
    assert allowed.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    assert ask(webhook + "x", [validation]).status == 401
    assert ask(webhook, b"no json").status == 400
    assert ask(host.webhook("EventGrid", "nobody"), []).status == 404
