"""The pipelines that Azure ML gets train and score a small cell on this machine, from lake to lake."""

import io
import json

import pandas as pd

from local.folder import FolderStore
from local.jobs import LocalJobs
from local.jobs.runner import Runner
from tests.local.jobs import small_lake
from training.steps.folders import SLOTS


def test_a_cell_is_trained_and_scored(tmp_path):
    store, jobs = FolderStore(tmp_path / "lake"), LocalJobs(tmp_path / "jobs")
    small_lake.fill(store, tmp_path)
    runner = Runner(folder=tmp_path / "jobs", store=store)

    jobs.submit(small_lake.request("t1", "training", previous=f"{small_lake.WORK}/previous.json"))
    runner.serve(until_idle=True)
    trained = jobs.status("t1")
    assert trained is not None
    assert trained.service_state == "Completed", trained
    assert list(trained.logs) == ["validate", "features", "train", "evaluate", "register"]
    tags = json.loads(_read(store, "work/r1/t1/register/fast/tags.json"))
    assert tags["dataset_versions"]["shipments"] == "v1"

    _serve_what_was_trained(store, tags)
    jobs.submit(small_lake.request("s1", "scoring", models="work/r1/serving"))
    runner.serve(until_idle=True)
    assert jobs.status("s1").service_state == "Completed", jobs.status("s1")
    forecasts = pd.read_csv(io.BytesIO(_read(store, "work/r1/s1/publish/forecasts.csv")))
    assert set(forecasts["serving_state"]) == {"primary"}
    fetched = {
        p.relative_to(p.parents[2]).parts[1] for p in tmp_path.glob("jobs/inputs/views/*/shipments/*/*")
    }
    assert fetched <= {"versions", "parts"}


def _serve_what_was_trained(store, tags):
    slots = {slot: {"version": 1, "reason": "the newest"} for slot in SLOTS}
    store.put(
        "work/r1/serving/serving.json",
        json.dumps({"velocity_split": tags["velocity_split"], "slots": slots}).encode(),
    )
    for blob in list(store.list("work/r1/t1/register/")):
        store.put(blob.path.replace("t1/register", "serving"), _read(store, blob.path))


def _read(store, path):
    with store.open(path) as blob:
        return blob.read()
