"""A cell's turn: trained, judged, scored, published; what fails is answered by the next best, and named."""

from shared.runs.cells import (
    decide_serving,
    prepare_scoring,
    prepare_training,
    publish_cell,
    registered,
    step_reports,
)
from shared.runs.summary import close_run


def turn(company, plan, cell):
    """Take a cell through its turn."""
    prepare_training(company.store, company.registry, plan, cell, 1)
    training = company.trained(plan, cell)
    serving = decide_serving(company.store, company.registry, plan, cell, training)
    prepare_scoring(company.store, company.registry, plan, cell, serving, 1)
    scoring = company.scored(plan, cell, serving)
    return publish_cell(company.store, plan, cell, training, serving, scoring)


def test_a_cell_is_trained_registered_scored_and_published(company):
    plan = company.plan()
    outcomes = [turn(company, plan, cell) for cell in plan.cells]
    assert {o.status for o in outcomes} == {"published"}
    assert {o.forecast for o in outcomes} == {"primary"}
    summary = close_run(company.store, plan)
    assert summary.status == "succeeded", summary
    assert company.plan("run-2").cells == ()
    assert len(step_reports(company.store, outcomes[0])) == 9
    models = registered(company.store, company.registry, plan, plan.cells[0], outcomes[0].training)
    assert [m.slot for m in models] == ["north.large.fast", "north.large.historical_average"]
