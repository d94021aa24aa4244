"""Jobs on Azure ML: the real SDK against the fake service, over HTTPS."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.errors import JobRefused
from tests.shared.adapters.fake_azureml import fault

NAME = "w32-north-texas-large-training-1"
PAGE = "https://ml.azure.test/runs/"


def test_a_job_gets_the_paths_texts_and_tags_of_its_cell(jobs, service, request_of):
    status = jobs.submit(request_of())
    assert (status.name, status.state, status.service_state) == (NAME, "queued", "NotStarted")
    job = service.workspace.jobs[NAME].properties
    assert job["inputs"]["versions"]["uri"] == "azureml://datastores/work/paths/w32/versions.json"
    assert job["inputs"]["market"]["value"] == "North Texas"
    assert job["outputs"]["train"]["uri"] == (
        "azureml://datastores/work/paths/w32/north-texas.large/training-1/train"
    )
    assert job["tags"] == {"run": "w32", "cell": "north-texas.large"}
    assert job["experimentName"] == "shelfcast-North-Texas"
    assert job["displayName"] == "training North Texas"
    assert job["settings"]["default_compute"].endswith("/computes/cpu-cluster")


def test_the_code_is_uploaded_once_and_found_by_its_content_after_that(jobs, service, request_of):
    jobs.submit(request_of("one"))
    jobs.submit(request_of("two"))
    assert [path.rpartition("/")[2] for path in service.workspace.blobs] == ["step.py"]


def test_submitted_twice_it_is_created_once(jobs, service, request_of):
    first, second = jobs.submit(request_of()), jobs.submit(request_of())
    assert first == second
    assert service.count("PUT", f"/jobs/{NAME}") == 1


def test_two_at_once_create_one_job(jobs, service, request_of):
    with ThreadPoolExecutor(4) as pool:
        states = {done.state for done in pool.map(lambda _: jobs.submit(request_of()), range(4))}
    assert states == {"queued"}
    assert service.workspace.created("jobs", NAME) == 1


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("NotStarted", "queued"),
        ("Queued", "queued"),
        ("Preparing", "queued"),
        ("Starting", "queued"),
        ("Provisioning", "queued"),
        ("Finalizing", "running"),
        ("CancelRequested", "running"),
        ("NotResponding", "running"),
        ("SomethingNew", "running"),
        ("Completed", "succeeded"),
        ("Failed", "failed"),
        ("Canceled", "cancelled"),
    ],
)
def test_every_word_of_the_service_is_a_state(jobs, service, request_of, word, state):
    service.workspace.put_job(NAME, {"properties": {"jobType": "Pipeline", "jobs": {}}})
    service.workspace.move(NAME, word, validate="Completed")
    status = jobs.status(NAME)
    assert (status.state, status.service_state) == (state, word)


def test_a_pipeline_whose_first_step_waits_for_a_node_is_queued(jobs, service, request_of):
    jobs.submit(request_of())
    service.workspace.move(NAME, "Running", validate="Queued")
    waiting = jobs.status(NAME)
    service.workspace.move(NAME, "Running", validate="Completed", train="Queued")
    between = jobs.status(NAME)
    assert (waiting.state, waiting.service_state) == ("queued", "Queued")
    assert (between.state, between.service_state) == ("running", "Running")


def test_a_job_that_ended_has_the_page_of_each_step(jobs, service, request_of):
    jobs.submit(request_of())
    service.workspace.move(NAME, "Completed", validate="Completed", train="Completed")
    logs = jobs.status(NAME).logs
    assert set(logs) == {"", "validate", "train"}
    assert logs[""].startswith(f"{PAGE}{NAME}?wsid=")
    assert logs["train"].startswith(f"{PAGE}{NAME}-train?wsid=")


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (fault("UserError", "step failed: 3 weeks of history, 52 are needed"), False),
        (fault("UserError", "exit code 137", "ResourceExhausted"), False),
        (fault("ServiceError", "The service could not do it."), True),
        (fault("UserError", "The run ended.", "ComputeError", "NodePreempted"), True),
        (fault("UserError", "Node tvm-1 was lost while the job ran on it."), True),
        (fault("SystemError", "Internal server error"), True),
    ],
)
def test_a_failed_job_says_which_step_why_and_whether_to_try_again(
    jobs, service, request_of, error, retryable
):
    jobs.submit(request_of())
    service.workspace.fail(NAME, "train", error)
    status = jobs.status(NAME)
    assert (status.state, status.retryable) == ("failed", retryable)
    assert status.detail == f"train: {error['error']['message']}"


def test_a_job_that_failed_before_its_steps_says_why(jobs, service, request_of):
    jobs.submit(request_of())
    service.workspace.fail_whole(NAME, fault("UserError", "Cannot mount datastore conditioned."))
    assert jobs.status(NAME).detail == "Cannot mount datastore conditioned."


def test_cancelling_is_asked_for_once_and_again_changes_nothing(jobs, service, request_of):
    jobs.submit(request_of())
    jobs.cancel(NAME)
    assert jobs.status(NAME).service_state == "CancelRequested"
    service.workspace.move(NAME, "Canceled")
    jobs.cancel(NAME)
    jobs.cancel("nobody")
    assert service.workspace.jobs[NAME].cancellations == 1
    assert jobs.status(NAME).state == "cancelled"


def test_a_job_that_ends_while_it_is_cancelled_is_left_as_it_is(jobs, service, request_of):
    jobs.submit(request_of())
    service.faults.before("POST", "/cancel", lambda: service.workspace.move(NAME, "Completed"))
    jobs.cancel(NAME)
    assert jobs.status(NAME).state == "succeeded"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pipeline": "tuning"}, "no pipeline 'tuning'. There are: training"),
        ({"parameters": {}}, "wrong inputs market"),
        ({"parameters": {"market": "a", "colour": "red"}}, "wrong inputs colour"),
        ({"parameters": {"market": "$(id)"}}, "shell"),
        ({"inputs": {"versions": "versions.json"}}, "no path in the lake"),
        ({"inputs": {"versions": "work/../raw/versions.json"}}, "no path in the lake"),
        ({"name": "../w32"}, "no name of a job"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_before_anything_is_sent(
    jobs, service, request_of, changes, said
):
    with pytest.raises(JobRefused, match=said.replace("(", "\\(")):
        jobs.submit(request_of(**changes))
    assert not service.count("PUT", "/jobs")


def test_what_the_service_refuses_is_told_in_its_words(jobs, service, request_of):
    service.workspace.refusals["Atlantis"] = "The region Atlantis has no compute."
    with pytest.raises(JobRefused, match="The region Atlantis has no compute"):
        jobs.submit(request_of(parameters={"market": "Atlantis"}))
    assert jobs.status(NAME) is None


def test_a_compute_that_is_not_there_is_named(jobs, service, request_of):
    service.workspace.computes.clear()
    with pytest.raises(JobRefused, match="cpu-cluster"):
        jobs.submit(request_of())


def test_an_environment_that_was_never_made_is_named(jobs, service, request_of):
    service.workspace.assets.clear()
    with pytest.raises(JobRefused, match="shelfcast-training"):
        jobs.submit(request_of())
