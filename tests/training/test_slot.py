"""Fitting, asking and judging a slot on a company whose demand is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shared.errors import BundleRefused, NotEnoughHistory
from shared.profile import Profile
from tests.training.company import Company, make_panel, make_profile, make_tables, products, stores
from training.baseline import predict_baseline
from training.dataset import Tables
from training.evaluation import Evaluation, evaluate
from training.panel import Panel
from training.rows import FORECASTS
from training.slot import fit_slot


def test_it_beats_both_baselines_by_far(evaluation: Evaluation) -> None:
    found = evaluation.metrics
    assert found["forecast"].mape < 0.6 * found["historical_average"].mape
    assert found["forecast"].mape < 0.6 * found["seasonal_average"].mape
    assert evaluation.gate().passed


def test_the_ensemble_is_about_as_good_as_its_better_member(evaluation: Evaluation) -> None:
    found = evaluation.metrics
    assert found["forecast"].mape < 1.05 * min(found["lasso"].mape, found["network"].mape)


def test_held_out_weeks_are_the_last_ones_each_from_its_own_cutoff(
    evaluation: Evaluation, panel: Panel
) -> None:
    rows = evaluation.rows
    assert sorted(rows["week_start"].unique()) == sorted(panel.weeks[panel.n_known - 6 : panel.n_known])
    assert ((rows["week_start"] - rows["cutoff"]).dt.days == 7 * rows["lead"]).all()
    assert evaluation.model.trained_until < str(rows["week_start"].min().date())


def test_a_forecast_has_all_columns_and_sound_values(evaluation: Evaluation, panel: Panel) -> None:
    frame = evaluation.model.predict(panel, panel.last_known)
    assert list(frame.columns) == ["store_id", "product_id", "week_start", "lead", *FORECASTS]
    assert len(frame) == panel.n_series
    values = frame[list(FORECASTS)].to_numpy()
    assert np.isfinite(values).all()
    assert values.min() >= 0
    assert (frame["lower"] <= frame["forecast"]).all()
    assert (frame["forecast"] <= frame["upper"]).all()


def test_only_the_slots_series_are_forecast(evaluation: Evaluation, panel: Panel) -> None:
    mask = panel.product == 1
    frame = evaluation.model.predict(panel, panel.last_known, series=mask)
    assert set(frame["product_id"]) == {"P01"}


def test_the_same_seed_gives_the_same_numbers(panel: Panel, profile: Profile, evaluation: Evaluation) -> None:
    pd.testing.assert_frame_equal(
        evaluate(panel, profile.forecasting).rows, evaluation.rows, check_exact=True
    )


def test_an_earlier_model_lends_its_weights_and_calibration(
    panel: Panel, profile: Profile, evaluation: Evaluation
) -> None:
    model = fit_slot(panel, profile.forecasting, like=evaluation.model)
    assert model.ensemble == evaluation.model.ensemble
    assert model.trained_until == str(panel.weeks[panel.last_known])


def test_refitting_forecasts_the_same_rows(panel: Panel, profile: Profile, evaluation: Evaluation) -> None:
    refitted = evaluate(panel, profile.forecasting, refit_every=3)
    keys = ["store_id", "product_id", "week_start", "lead", "actual"]
    pd.testing.assert_frame_equal(
        refitted.rows[keys].sort_values(keys[:4]).reset_index(drop=True),
        evaluation.rows[keys].sort_values(keys[:4]).reset_index(drop=True),
    )
    assert refitted.model.trained_until > evaluation.model.trained_until


def test_too_little_history_is_said() -> None:
    short = make_panel(make_tables(Company(n_weeks=20)), make_profile())
    with pytest.raises(NotEnoughHistory, match="20 weeks known"):
        fit_slot(short, make_profile().forecasting)


def test_a_slot_without_demand_has_not_enough_history(panel: Panel, profile: Profile) -> None:
    with pytest.raises(NotEnoughHistory, match="0 rows with demand"):
        fit_slot(replace(panel, units=panel.units * 0), profile.forecasting)


def test_a_slot_without_series_forecasts_nothing(evaluation: Evaluation, panel: Panel) -> None:
    nothing = np.zeros(panel.n_series, dtype=bool)
    assert evaluation.model.predict(panel, panel.last_known, series=nothing).empty


def test_data_with_other_features_are_refused(evaluation: Evaluation, panel: Panel) -> None:
    with pytest.raises(BundleRefused, match=r"not in the data: \[.*'deal'"):
        evaluation.model.predict(replace(panel, promotions=None), panel.last_known)


@pytest.mark.parametrize(
    "absent", ["weather_forecast", "promotions", "events", "demographics", "weather_history"]
)
def test_a_table_that_a_client_does_not_have_leaves_its_features_out(tables: Tables, absent: str) -> None:
    profile = make_profile(epochs=2)
    found = evaluate(make_panel(replace(tables, **{absent: None}), profile), profile.forecasting)
    assert np.isfinite(found.rows["forecast"]).all()


def test_shipments_alone_are_enough() -> None:
    company = Company()
    bare = Tables(
        stores=stores(company), products=products(company), shipments=make_tables(company).shipments
    )
    profile = make_profile(epochs=2)
    found = evaluate(make_panel(bare, profile), profile.forecasting)
    assert found.metrics["forecast"].mape < found.metrics["historical_average"].mape


def test_new_stores_and_products_are_forecast_like_their_peers(tables: Tables, company: Company) -> None:
    new_store = stores(company).iloc[[2]].assign(store_id="NEW")
    new_product = products(company).iloc[[0]].assign(product_id="P99")
    grown = replace(
        tables,
        stores=pd.concat([tables.stores, new_store], ignore_index=True),
        products=pd.concat([tables.products, new_product], ignore_index=True),
    )
    profile = make_profile()
    panel = make_panel(grown, profile)
    frame = fit_slot(panel, profile.forecasting).predict(panel, panel.last_known)
    assert np.isfinite(frame[list(FORECASTS)].to_numpy()).all()
    by_store = frame.groupby("store_id")["forecast"].sum()
    assert 0.5 * by_store.drop("NEW").min() < by_store["NEW"] < 2 * by_store.drop("NEW").max()
    assert frame.query("product_id == 'P99'")["store_id"].nunique() == company.n_stores


def test_half_a_year_ahead_is_forecast_with_a_bounded_number_of_rows(tables: Tables) -> None:
    profile = make_profile(horizon_weeks=26, training_rows=4000, epochs=3, evaluation_weeks=4)
    found = evaluate(make_panel(tables, profile), profile.forecasting)
    assert found.model.n_rows <= 4000
    assert set(found.rows["lead"]) == set(range(1, 27))
    far = found.rows[found.rows["lead"] > 13]
    assert np.isfinite(far["forecast"]).all()
    panel = make_panel(tables, profile)
    assert len(found.model.predict(panel, panel.last_known)) == 26 * panel.n_series


@pytest.mark.parametrize("objective", ["absolute", "squared", "balanced"])
def test_demand_that_is_mostly_zero_is_served_by_the_other_objectives(objective: str) -> None:
    profile = make_profile(objective=objective, epochs=4)
    panel = make_panel(make_tables(Company(scale=0.02)), profile)
    found = evaluate(panel, profile.forecasting).metrics
    baseline = found["historical_average"]
    assert found["forecast"].rmse_all < 1.1 * baseline.rmse_all
    assert found["forecast"].wape < 1.1 * baseline.wape


def test_a_slot_without_a_model_is_served_by_the_historical_average(panel: Panel, profile: Profile) -> None:
    frame = predict_baseline(panel, profile.forecasting, panel.last_known)
    np.testing.assert_array_equal(frame["forecast"], frame["historical_average"])
    assert frame[["lasso", "network", "lower", "upper", "order_level"]].isna().all(axis=None)
