"""Net demand, gaps, assortment: small tables written out by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import NotEnoughHistory
from tests.training.company import make_profile
from training.dataset import Tables
from training.panel import Panel, build_panel, cells

NAN = np.nan
WEEKS = pd.date_range("2020-01-06", periods=8, freq="7D")


def make_tables(
    shipped: dict[tuple[str, str], dict[int, float]],
    returned: dict[tuple[str, str], dict[int, float]] | None = None,
) -> Tables:
    """Return tables with units by (store, product) and week number; a third store of the cell never sold anything."""
    stores = pd.DataFrame({"store_id": ["A", "B", "C", "S"], "market": ["M", "M", "M", "M"], "state": None})
    stores = stores.assign(zip_code=None, format=["large"] * 3 + ["small"], storage_capacity=NAN)
    products = pd.DataFrame(
        {
            "product_id": ["p", "q", "r", "new"],
            "category": ["x", "x", "y", "x"],
            "brand": None,
            "pack_size": NAN,
        }
    )
    return Tables(
        stores=stores.astype({"zip_code": "str"}),
        products=products,
        shipments=_records(shipped, "units_shipped"),
        returns=_records(returned, "units_returned") if returned else None,
    )


def _records(units: dict[tuple[str, str], dict[int, float]], name: str) -> pd.DataFrame:
    rows = [
        (WEEKS[w], store, product, u)
        for (store, product), by_week in units.items()
        for w, u in by_week.items()
    ]
    return pd.DataFrame(rows, columns=["week_start", "store_id", "product_id", name])


def build(tables: Tables, **forecasting: object) -> Panel:
    chosen = {
        "evaluation_weeks": 1,
        "assortment": {"new_stores": False, "new_products": False},
        **forecasting,
    }
    return build_panel(tables, make_profile(**chosen), market="M", format="large")


def units_of(panel: Panel, store: str, product: str) -> list[float]:
    row = panel.series.query("store_id == @store and product_id == @product").index[0]
    return panel.units[row, : panel.n_known].tolist()


EVERY_WEEK = {("B", "q"): dict.fromkeys(range(8), 1.0)}


def test_net_demand_is_shipped_minus_returned() -> None:
    panel = build(make_tables(EVERY_WEEK | {("A", "p"): {0: 9, 1: 5}}, {("A", "p"): {0: 2}}))
    assert units_of(panel, "A", "p")[:2] == [7.0, 5.0]


def test_returns_do_not_count_where_shipments_alone_are_the_target() -> None:
    tables = make_tables(EVERY_WEEK | {("A", "p"): {0: 9}}, {("A", "p"): {0: 2}})
    assert units_of(build(tables, target={"value": "shipments"}), "A", "p")[0] == 9.0


def test_more_returned_than_shipped_is_zero_and_counted() -> None:
    tables = make_tables(EVERY_WEEK | {("A", "p"): {0: 3, 1: 4}}, {("A", "p"): {0: 5, 2: 1}})
    panel = build(tables)
    assert units_of(panel, "A", "p")[:3] == [0.0, 4.0, 0.0]
    assert panel.n_oversized == 2


def test_a_gap_is_zero_only_where_the_profile_says_so() -> None:
    tables = make_tables(EVERY_WEEK | {("A", "p"): {2: 4, 5: 6}})
    known = units_of(build(tables, target={"no_shipment": "zero"}), "A", "p")
    assert known == pytest.approx([NAN, NAN, 4, 0, 0, 6, 0, 0], nan_ok=True)
    unknown = units_of(build(tables, target={"no_shipment": "missing"}), "A", "p")
    assert unknown == pytest.approx([NAN, NAN, 4, NAN, NAN, 6, NAN, NAN], nan_ok=True)


def test_a_series_that_is_no_longer_live_is_unknown_not_zero() -> None:
    tables = make_tables(EVERY_WEEK | {("A", "p"): {0: 4}})
    panel = build(tables, assortment={"active_weeks": 3, "new_stores": False, "new_products": False})
    assert units_of(panel, "A", "p") == pytest.approx([4, 0, 0, 0, NAN, NAN, NAN, NAN], nan_ok=True)
    row = panel.series.query("store_id == 'A'").index[0]
    assert [bool(panel.live(cutoff)[row]) for cutoff in range(5)] == [True, True, True, False, False]


def test_a_week_without_any_shipment_in_the_company_is_unknown_for_all() -> None:
    weeks = dict.fromkeys([0, 1, 2, 4, 5, 6, 7], 1.0)
    panel = build(make_tables({("B", "q"): weeks, ("A", "p"): weeks}))
    assert np.isnan(panel.units[:, 3]).all()
    assert np.isfinite(np.delete(panel.units[:, : panel.n_known], 3, axis=1)).all()


def test_weeks_ahead_are_unknown_and_one_more_than_the_horizon() -> None:
    panel = build(make_tables(EVERY_WEEK), gap_weeks=1, horizon_weeks=2)
    assert (panel.n_known, len(panel.weeks)) == (8, 12)
    assert np.isnan(panel.units[:, 8:]).all()


def test_until_forgets_what_came_later() -> None:
    panel = build(make_tables(EVERY_WEEK)).until(4)
    assert panel.last_known == 4
    assert np.isnan(panel.units[:, 5:]).all()
    assert not panel.recorded[:, 5:].any()


def test_weeks_are_found_by_their_first_day() -> None:
    panel = build(make_tables(EVERY_WEEK))
    assert panel.week_index("2020-01-20") == 2
    with pytest.raises(KeyError, match="2020-01-21"):
        panel.week_index("2020-01-21")


def test_cells_are_markets_by_formats() -> None:
    assert cells(make_tables(EVERY_WEEK)) == [("M", "large"), ("M", "small")]


def test_a_cell_without_shipments_has_not_enough_history() -> None:
    with pytest.raises(NotEnoughHistory, match="M / small: no shipments in 1 stores"):
        build_panel(make_tables(EVERY_WEEK), make_profile(), market="M", format="small")


BOTH = {("A", "p"): dict.fromkeys(range(8), 5.0), ("B", "p"): dict.fromkeys(range(8), 5.0), **EVERY_WEEK}


def pairs(panel: Panel, *, new: bool) -> set[tuple[str, str]]:
    chosen = panel.series[panel.series["is_new"] == new]
    return set(chosen[["store_id", "product_id"]].itertuples(index=False, name=None))


def test_a_store_without_records_gets_what_at_least_half_of_the_others_carry() -> None:
    panel = build(make_tables({**BOTH, ("A", "r"): {0: 1.0}}), assortment={"new_products": False})
    assert pairs(panel, new=True) == {("C", "p"), ("C", "q"), ("C", "r")}


def test_a_product_without_records_goes_where_its_category_is_carried() -> None:
    panel = build(make_tables({**BOTH, ("A", "r"): {0: 1.0}}), assortment={"new_stores": False})
    assert pairs(panel, new=True) == {("A", "new"), ("B", "new")}
    assert panel.live(panel.last_known)[panel.series["is_new"]].all()


def test_best_sellers_stay_and_the_others_are_summed_by_category() -> None:
    shipped = {**BOTH, ("A", "q"): {0: 2.0, 1: 1.0}, ("A", "r"): {0: 3.0}}
    panel = build(make_tables(shipped), assortment={"keep_best_sellers": 1, "new_stores": False})
    assert pairs(panel, new=False) == {
        ("A", "p"), ("B", "p"), ("A", "all other x"), ("B", "all other x"), ("A", "all other y"),
    }  # fmt: skip
    assert units_of(panel, "A", "all other x")[:2] == [2.0, 1.0]
    assert set(panel.products["category"]) == {"x", "y"}


def test_best_sellers_are_ranked_on_weeks_before_the_evaluated_ones() -> None:
    late = {("A", "p"): dict.fromkeys(range(8), 2.0), ("A", "q"): {6: 1.0, 7: 500.0}, ("A", "r"): {0: 1.0}}
    panel = build(
        make_tables(late), assortment={"keep_best_sellers": 1, "new_stores": False}, evaluation_weeks=1
    )
    assert "p" in set(panel.products["product_id"])


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("AB"), st.sampled_from("pqr")),
        st.dictionaries(st.integers(0, 7), st.integers(1, 50).map(float), min_size=1),
        min_size=1,
    )
)
def test_units_are_conserved(shipped: dict[tuple[str, str], dict[int, float]]) -> None:
    panel = build(make_tables(shipped))
    assert np.nansum(panel.units) == sum(sum(by_week.values()) for by_week in shipped.values())
    assert panel.recorded.sum() == sum(len(by_week) for by_week in shipped.values())


def test_inputs_stay_as_they_were() -> None:
    tables = make_tables(BOTH, {("A", "p"): {0: 2}})
    before = replace(tables, shipments=tables.shipments.copy())
    build(tables)
    pd.testing.assert_frame_equal(tables.shipments, before.shipments)
