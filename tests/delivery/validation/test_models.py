"""Faults of a scoring's files, each with the words in which it is told."""

import pandas as pd
import pytest

from delivery.validation.models import scoring_checks
from local.memory import MemoryStore
from shared.messages import CellOutcome, Serving

ROWS = {
    "week_start": ["2019-08-19"] * 2,
    "store_id": ["S1", "S1"],
    "product_id": ["P1", "P2"],
    "forecast": [5.5, 4.25],
    "serving_state": ["primary", "baseline"],
    "model_version": [3, 0],
    "reason": ["", "no model of it was registered"],
}


def failed(rows: dict, orders: dict | None = None, **changes) -> dict[str, str]:
    """Return what fails of a scoring that left these rows and orders."""
    store, frame = MemoryStore(), pd.DataFrame(rows)
    ordered = frame[["week_start", "store_id", "product_id"]].assign(suggested_order=6)
    wanted = ordered if orders is None else pd.DataFrame(orders)
    for name, each in (("forecasts.csv", frame), ("orders.csv", wanted)):
        store.put(f"predictions/r1/cells/north.large/{name}", each.to_csv(index=False).encode())
    known = {
        "run": "r1", "cell": "north.large", "market": "North", "format": "large", "status": "published",
        "rows_in": 3, "scored": 2, "quarantined": 1, "forecast": "primary",
        "serving": {"fast": Serving(version=3, reason="it is good"), "slow": Serving(version=None, reason="-")},
    }  # fmt: skip
    outcome = CellOutcome(**{**known, **changes})
    return {check.name: check.found for check in scoring_checks(store, "r1", [outcome]) if not check.passed}


def test_a_complete_scoring_passes():
    assert failed(ROWS) == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"forecast": [5.5, None]}, "not a forecast in every row"),
        ({"forecast": [5.5, -1]}, "not a forecast in every row"),
        ({"model_version": [3, None]}, "not a model version in every row"),
        ({"model_version": [0, 0]}, "not a version where a model scored"),
        ({"reason": ["", None]}, "not a reason where the baseline did"),
    ],
)
def test_a_row_that_lacks_something_is_found(changes, said):
    assert failed({**ROWS, **changes})["every row is complete"] == f"north.large: {said}"


def test_a_row_without_its_order_is_found():
    orders = {"week_start": ["2019-08-19"], "store_id": ["S1"], "product_id": ["P1"], "suggested_order": [6]}
    assert failed(ROWS, orders)["every row is complete"] == "north.large: not an order for every row"


def test_rows_that_do_not_add_up_are_found():
    assert failed(ROWS, rows_in=4)["rows in = scored + quarantined"] == "north.large: 4 in"


def test_a_cell_that_was_not_scored_is_named_with_its_error():
    found = failed(ROWS, status="failed", error="scoring failed: out of memory")
    assert found["every cell was scored"] == "north.large: scoring failed: out of memory"


def test_models_that_were_given_and_did_not_score_are_found():
    given = {part: Serving(version=3, reason="registered last") for part in ("slow", "fast")}
    found = failed(ROWS, forecast="baseline", serving=given)
    assert "the baseline scored instead of its models" in found["models score"]
