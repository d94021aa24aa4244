"""Jobs that pretend, under a clock that a test turns: the contract, bad days, and what a whole cell makes of it."""

import math

import pytest

from local.jobs.simulated import (
    FAILS,
    LOSES_ITS_NODE,
    NEVER_ENDS,
    NEVER_STARTS,
    Script,
    SimulatedJobs,
    first_attempt,
    of_cell,
    usual,
)
from local.memory import MemoryStore
from shared.messages import JobEnd, Plan, PlannedCell, RunRequest
from shared.ports import JobRequest, JobState
from shared.runs.cells import decide_serving, prepare_scoring, prepare_training, publish_cell
from shared.runs.layout import plan_path, versions_path
from shared.runs.registry import Registry
from tests.shared.adapters.jobs_contract import JobsContract

CELL = PlannedCell(
    market="North", format="large", name="north.large", train=True, score=True, why=(), shipment_rows=12, demand="d"
)  # fmt: skip
PLAN = Plan(
    request=RunRequest(run="r1"), week="2020-01-06", versions={"stores": "v1"}, code="c", cells=(CELL,)
)


class Simulation:
    """Jobs and the clock that they go by."""

    def __init__(self, script=usual, database=None) -> None:
        self.now, self.store = 0.0, MemoryStore()
        self.registry = Registry(self.store)
        self.store.put(plan_path("r1"), PLAN.to_bytes())
        self.store.put(versions_path("r1"), b'{"stores": "v1"}')
        self.jobs = SimulatedJobs(self.store, lambda: self.now, script, database=database)

    def request(self, name: str, *, fails: bool = False) -> JobRequest:
        asked = prepare_training(self.store, self.registry, PLAN, CELL, 1)
        return JobRequest(**{**vars(asked), "name": name})

    def go_on(self, name: str, state: JobState) -> None:
        """Turn the clock, by a second at a time, until the job is in the state."""
        while self.jobs.status(name).state is not state:
            assert self.now < 10_000
            self.now += 1

    def runs(self, name: str) -> int:
        return self.jobs.submitted().count(name)

    def state_at(self, name: str, now: float) -> str:
        self.now = now
        return self.jobs.status(name).service_state


@pytest.fixture
def simulate():
    made = []

    def make(script=usual, **options) -> Simulation:
        made.append(Simulation(script, **options))
        return made[-1]

    yield make
    for simulation in made:
        simulation.jobs.close()


class TestSimulatedJobs(JobsContract):
    @pytest.fixture
    def service(self, simulate) -> Simulation:
        return simulate(lambda request: FAILS if request.name == "bad" else usual(request))


def test_a_job_goes_through_azure_mls_states(simulate):
    simulation = simulate(lambda _: Script(queue_seconds=10, run_seconds=100))
    simulation.jobs.submit(simulation.request("one"))
    seen = [simulation.state_at("one", now) for now in (0, 6, 10, 105, 110)]
    assert seen == ["Queued", "Preparing", "Running", "Finalizing", "Completed"]


@pytest.mark.parametrize(
    ("script", "state"), [(NEVER_STARTS, JobState.QUEUED), (NEVER_ENDS, JobState.RUNNING)]
)
def test_a_job_that_never_goes_on_can_only_be_cancelled(simulate, script, state):
    simulation = simulate(lambda _: script)
    simulation.jobs.submit(simulation.request("one"))
    simulation.now = 1e9
    assert simulation.jobs.status("one").state is state
    simulation.jobs.cancel("one")
    assert simulation.jobs.status("one").state is JobState.CANCELLED


def test_a_node_is_lost_at_the_first_attempt_alone(simulate):
    simulation = simulate(first_attempt(LOSES_ITS_NODE))
    for name in ("r1-north-large-training-1", "r1-north-large-training-2"):
        simulation.jobs.submit(simulation.request(name))
    simulation.now = 1e6
    first, second = (simulation.jobs.status(name) for name in simulation.jobs.submitted())
    assert (first.state, first.retryable) == (JobState.FAILED, True)
    assert second.state is JobState.SUCCEEDED


def test_one_cell_may_have_a_bad_day_while_the_others_do_not():
    asked = JobRequest(
        name="x-1", pipeline="scoring", inputs={}, parameters={}, output="work/x", tags={"cell": "north.large"}
    )  # fmt: skip
    assert of_cell("north.large", NEVER_STARTS)(asked).queue_seconds == math.inf
    assert of_cell("north.large", NEVER_STARTS, pipeline="training")(asked) == usual(asked)
    assert of_cell("south.large", NEVER_STARTS)(asked) == usual(asked)


def test_what_was_submitted_outlives_the_process(simulate, tmp_path):
    first = simulate(database=tmp_path / "jobs.sqlite")
    first.jobs.submit(first.request("one"))
    second = simulate(database=tmp_path / "jobs.sqlite")
    assert second.state_at("one", 1e6) == "Completed"
    assert second.jobs.submitted() == ["one"]


def test_a_cell_is_published_from_what_its_jobs_pretend(simulate):
    simulation = simulate()
    store, registry = simulation.store, simulation.registry
    training = run(simulation, prepare_training(store, registry, PLAN, CELL, 1))
    serving = decide_serving(store, registry, PLAN, CELL, training)
    scoring = run(simulation, prepare_scoring(store, registry, PLAN, CELL, serving, 1))
    outcome = publish_cell(store, PLAN, CELL, training, serving, scoring)
    assert (outcome.status, outcome.forecast, outcome.error) == ("published", "primary", "")
    assert (outcome.rows_in, outcome.scored) == (2, 2)


def run(simulation: Simulation, request: JobRequest) -> JobEnd:
    simulation.jobs.submit(request)
    simulation.go_on(request.name, JobState.SUCCEEDED)
    return JobEnd(name=request.name, pipeline=request.pipeline, outcome="succeeded", output=request.output)
