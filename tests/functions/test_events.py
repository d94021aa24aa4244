"""Event Grid's word that a job has ended wakes its watcher and nobody else."""

import pytest

from local.jobs.simulated import NEVER_ENDS
from tests.functions.company import ask, running_company, scripts, wait_for

WATCHERS = ("market-0.large", "market-0.small")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    waits = {"SHELFCAST_POLL_SECONDS": "3600", "SHELFCAST_POLL_SECONDS_MOST": "3600"}
    with running_company(folder, **waits) as company:
        yield company


def event(**data):
    return {
        "id": "1",
        "topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w",
        "subject": "experiments/e/runs/r",
        "eventType": "Microsoft.MachineLearningServices.RunCompleted",
        "eventTime": "2019-08-05T06:00:00Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {"runId": "r", **data},
    }


def tags(run, cell):
    return {"run": run, "cell": cell, "pipeline": "training"}


def post(company, *events):
    return ask(company.host.webhook("EventGrid", "job_completed"), list(events), method="POST").status


def status(company, instance):
    found = company.host.engine.status(instance)
    return found and found.runtime_status.value


def waiting(company, run):
    """Return how many watchers have looked, and wait for the time of the next look."""
    found = [company.host.engine.status(f"{run}.{cell}.training", history=True) for cell in WATCHERS]
    return sum("TimerCreated" in str(each and each.history) for each in found)


def test_the_end_of_a_job_wakes_exactly_its_watcher(company):
    scripts["r1"] = NEVER_ENDS
    company.post("runs", {"id": "r1", "force": True, "markets": ["Market 0"]})
    wait_for(lambda: waiting(company, "r1") == 2)
    scripts.pop("r1")
    assert post(company, event(runTags=tags("r1", WATCHERS[0]))) == 202
    company.ended(f"r1.{WATCHERS[0]}.training")
    assert status(company, f"r1.{WATCHERS[1]}.training") == "Running"
    assert post(company, event(runTags=tags("r1", WATCHERS[0]))) == 202
    company.post("runs/r1/cancel")
    company.ended("r1")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"runTags": None},
        {"runTags": {"owner": "somebody else"}},
        {"runTags": tags("nobody", "market-9.large")},
        {"runTags": tags("../x", "a/b")},
        {"runTags": {**tags("r", "c"), "run": "r?code=1#x"}},
        {"runTags": {**tags("r", "c"), "run": ""}},
        {"runTags": {"run": None, "cell": [], "pipeline": {}}},
        {"runTags": "run cell pipeline"},
        {"runTags": ["run", "cell", "pipeline"]},
    ],
)
def test_an_event_about_another_job_is_left_alone(company, data):
    before = company.traces()
    assert post(company, event(**data)) == 202
    assert company.traces() == before


def test_of_several_events_each_counts(company):
    scripts["r2"] = NEVER_ENDS
    company.post("runs", {"id": "r2", "force": True, "markets": ["Market 0"], "kind": "train"})
    wait_for(lambda: waiting(company, "r2") == 2)
    scripts.pop("r2")
    foreign = event(runTags={"owner": "somebody else"})
    assert post(company, foreign, *(event(runTags=tags("r2", cell)) for cell in WATCHERS)) == 202
    assert company.ended("r2").output["status"] == "succeeded"
