import json
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from delivery.impact import sources
from delivery.impact.contracts import CONTRACTS
from delivery.impact.schemas import binding_entries, model_entries
from delivery.impact.snapshot import Snapshot, path_of
from shared.settings import ROOT


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_every_contract_is_written_down_as_the_code_has_it(contract):
    recorded = Snapshot.parse((ROOT / path_of(contract.name)).read_text())
    now = json.loads(json.dumps(contract.read()))
    assert recorded.entries == now, "see python -m delivery impact --base origin/main"


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (sources.tables, "shipments.units_shipped"),
        (sources.ledger, "metrics.mape"),
        (sources.telemetry, "shelfcast.mape"),
        (sources.telemetry, "dimension.cell"),
        (sources.metrics, "rmse_zero"),
        (sources.steps, "training.step.features"),
        (sources.steps, "component.train.features"),
        (sources.http, "function.condition_shipments"),
        (sources.http, "POST runs/{id}/cancel"),
        (sources.http, "POST runs: markets"),
        (sources.durable, "RunSummary.status"),
        (sources.profile, "calendar.week_anchor"),
        (sources.forecasts, "orders.csv.suggested_order"),
        (sources.bundle, "model.json.lasso.penalty"),
    ],
)
def test_what_others_depend_on_is_in_a_contract(read, name):
    assert name in read()


def test_a_metric_is_its_words_and_what_it_comes_to():
    (mape, zero) = (sources.metrics()[name] for name in ("mape", "rmse_zero"))
    assert "actual > 0" in mape["definition"]
    # Errors of 2/10, 5/20 and 0/5 where units were sold, of 1 and 0 where none were.
    assert mape["example"] == pytest.approx((0.2 + 0.25 + 0) / 3)
    assert zero["example"] == pytest.approx(0.5**0.5, abs=1e-6)


def test_models_are_flattened_by_path():
    class Inner(BaseModel):
        deep: int = Field(1, ge=0, description="How deep.")

    class Outer(BaseModel):
        word: Literal["a", "b"]
        one: Inner | None = None
        many: dict[str, list[Inner]] = {}

    deep = {"kind": "integer", "required": False, "minimum": 0, "default": 1, "about": "How deep."}
    assert model_entries(Outer, "x.") == {
        "x.word": {"kind": "string", "required": True, "one_of": ["a", "b"]},
        "x.one": {"kind": "null or object", "required": False, "default": None},
        "x.one.deep": deep,
        "x.many": {"kind": "object", "required": False, "default": {}},
        "x.many.*[].deep": deep,
    }


def test_functions_and_routes_are_told_apart():
    bindings = [
        {"type": "durableClient", "name": "client"},
        {"type": "httpTrigger", "route": "runs", "methods": ["POST"], "authLevel": "FUNCTION"},
    ]
    assert binding_entries({"start_run": bindings}) == {
        "function.start_run": {"type": "httpTrigger"},
        "POST runs": {"function": "start_run", "key": "FUNCTION"},
    }
