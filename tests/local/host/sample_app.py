"""A small app for the host's tests: every kind of trigger once; it writes what it sees into a folder."""

import json
import os
import time
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


def note(kind, **facts):
    folder = Path(os.environ["NOTES"])
    name = f"{kind}-{time.time_ns()}-{os.getpid()}.json"
    (folder / f".{name}").write_text(json.dumps(facts))
    (folder / f".{name}").rename(folder / name)


def prepare():
    os.environ["PREPARED"] = "yes"


@app.route("greet/{name}", methods=["POST"])
def greet(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    told = {
        "name": req.route_params["name"],
        "loud": req.params.get("loud"),
        "body": req.get_json(),
        "trace": context.trace_context.trace_parent,
        "function": context.function_name,
        "prepared": os.environ.get("PREPARED"),
        "pid": os.getpid(),
    }
    return func.HttpResponse(json.dumps(told), status_code=201, mimetype="application/json")


@app.route("open", auth_level=func.AuthLevel.ANONYMOUS)
def anybody(req: func.HttpRequest) -> str:
    return "hello"


@app.route("slow", auth_level=func.AuthLevel.ADMIN)
def slow(req: func.HttpRequest) -> str:
    time.sleep(float(req.params["seconds"]))
    return "done"


@app.route("runs/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("add_up", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.orchestration_trigger(context_name="context")
def add_up(context: df.DurableOrchestrationContext):
    told = context.get_input()
    if told.get("wait"):
        told = yield context.wait_for_external_event("go")
    total = yield context.call_activity("total", {"numbers": told["numbers"]})
    return {"total": total}


@app.activity_trigger(input_name="message")
def total(message: dict) -> int:
    if "die" in message["numbers"]:
        os._exit(7)
    return sum(message["numbers"])


@app.blob_trigger("blob", "raw/shipments/{name}", "LakeStorage", source=func.BlobSource.EVENT_GRID)
def condition_shipments(blob: func.InputStream):
    content = blob.read().decode()
    if content == "bad":
        raise ValueError("no such column")
    if content == "deadly" and not list(Path(os.environ["NOTES"]).glob("died*")):
        note("died")
        os._exit(9)
    time.sleep(float(os.environ.get("BLOB_SECONDS", "0")))
    note("blob", name=blob.name, length=blob.length, content=content)


@app.queue_trigger("message", "webjobs-blobtrigger-poison", "AzureWebJobsStorage")
def quarantine_poison(message: func.QueueMessage):
    if os.environ.get("POISON_FAILS"):
        raise RuntimeError("no place to put it")
    note("poison", body=message.get_json(), count=message.dequeue_count)


@app.event_grid_trigger("event")
@app.durable_client_input(client_name="client")
async def job_completed(event: func.EventGridEvent, client: df.DurableOrchestrationClient):
    if event.get_json().get("instance"):
        await client.raise_event(event.get_json()["instance"], "go", {"numbers": [40, 2]})
    note("event", data=event.get_json(), id=event.id)


@app.timer_trigger("timer", "%SCHEDULE%", use_monitor=True)
def weekly(timer: func.TimerRequest):
    note("timer", past_due=timer.past_due)
