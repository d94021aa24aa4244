"""Whatever was not known at the cutoff may be altered: no feature, baseline or forecast moves."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.profile import Profile
from tests.training.company import Company, make_panel
from training.dataset import Tables
from training.evaluation import Evaluation
from training.features.design import Design, design
from training.features.scene import Origins
from training.models.historical_average import historical_average
from training.models.seasonal_average import seasonal_average
from training.panel import Panel

EARLIEST = 60
same_panel = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def alter_later(tables: Tables, end: pd.Timestamp, target: pd.Timestamp, seed: int) -> Tables:
    """Change all that is dated after the cutoff's last day, and offers after the target week."""
    rng = np.random.default_rng(seed)
    assert tables.returns is not None
    assert tables.weather_history is not None
    assert tables.weather_forecast is not None
    assert tables.demographics is not None
    assert tables.promotions is not None
    issued = tables.weather_forecast["issued_at"].dt.tz_localize(None)
    later = {
        "shipments": (tables.shipments["week_start"] > end, ["units_shipped"]),
        "returns": (tables.returns["week_start"] > end, ["units_returned"]),
        "weather_history": (tables.weather_history["date"] > end, ["temperature_max_c", "precipitation_mm"]),
        "weather_forecast": (
            issued >= end + pd.Timedelta(days=1),
            ["temperature_max_c", "temperature_min_c"],
        ),
        "demographics": (tables.demographics["as_of"] > end, ["population"]),
        "promotions": (tables.promotions["week_start"] > target, ["price", "deal"]),
    }
    changed = {
        name: _noisy(getattr(tables, name), rows, columns, rng) for name, (rows, columns) in later.items()
    }
    return replace(tables, **changed)


def _noisy(
    frame: pd.DataFrame, later: pd.Series, columns: list[str], rng: np.random.Generator
) -> pd.DataFrame:
    changed = {
        c: np.where(later, np.round(frame[c] * rng.uniform(0, 3, len(frame))), frame[c]) for c in columns
    }
    return frame.assign(**changed)


def without_some(tables: Tables, end: pd.Timestamp, seed: int) -> Tables:
    """Drop half of the later shipments too; the last week keeps some, so that the panel is as long."""
    shipments, rng = tables.shipments, np.random.default_rng(seed)
    kept = (shipments["week_start"] <= end) | (rng.random(len(shipments)) < 0.5)
    last = shipments["week_start"] == shipments["week_start"].max()
    return replace(tables, shipments=shipments[kept | last].reset_index(drop=True))


def features_at(panel: Panel, cutoff: int, lead: int, *, geometric: bool) -> Design:
    return design(panel, Origins.cross([cutoff], [lead]), geometric=geometric)


@same_panel
@given(
    cutoff=st.integers(EARLIEST, 114),
    lead=st.integers(1, 5),
    seed=st.integers(0, 10**6),
    geometric=st.booleans(),
)
def test_no_feature_knows_what_came_after_the_cutoff(
    tables: Tables,
    company: Company,
    profile: Profile,
    panel: Panel,
    cutoff: int,
    lead: int,
    seed: int,
    geometric: bool,
) -> None:
    end = company.weeks[cutoff] + pd.Timedelta(days=6)
    altered = without_some(
        alter_later(tables, end, company.weeks[0] + pd.Timedelta(weeks=cutoff + lead), seed), end, seed
    )
    before = features_at(panel, cutoff, lead, geometric=geometric)
    after = features_at(make_panel(altered, profile), cutoff, lead, geometric=geometric)
    assert before.features == after.features
    np.testing.assert_array_equal(before.X, after.X)
    np.testing.assert_array_equal(before.level, after.level)
    for name, labels in before.labels.items():
        assert [labels.names[i] for i in labels.position] == [
            after.labels[name].names[i] for i in after.labels[name].position
        ]


def test_the_altered_weeks_do_differ(
    tables: Tables, company: Company, profile: Profile, panel: Panel
) -> None:
    """Else the test above would prove nothing: from a later cutoff the alteration is seen."""
    end = company.weeks[80] + pd.Timedelta(days=6)
    altered = make_panel(alter_later(tables, end, company.weeks[81], 1), profile)
    before, after = (features_at(p, 110, 1, geometric=True) for p in (panel, altered))
    moved = [
        name for j, name in enumerate(before.features) if not np.array_equal(before.X[:, j], after.X[:, j])
    ]
    for family in (
        "level_4",
        "price_index",
        "deal",
        "temperature_max_c",
        "store_population",
        "similar_weeks",
    ):
        assert family in moved


@pytest.mark.parametrize("lead", [1, 9])
def test_no_baseline_knows_what_came_after_the_cutoff(panel: Panel, lead: int) -> None:
    origins = Origins.cross([90], [lead])
    wild = replace(panel, units=np.where(np.arange(len(panel.weeks)) > 90, panel.units * 7 + 1, panel.units))
    for p in (panel.until(90), wild):
        np.testing.assert_array_equal(historical_average(panel, origins), historical_average(p, origins))
        np.testing.assert_array_equal(
            seasonal_average(panel, origins, seasonal_weeks=52),
            seasonal_average(p, origins, seasonal_weeks=52),
        )


def test_no_forecast_knows_what_came_after_the_cutoff(panel: Panel, evaluation: Evaluation) -> None:
    cutoff = panel.last_known - 3
    pd.testing.assert_frame_equal(
        evaluation.model.predict(panel, cutoff), evaluation.model.predict(panel.until(cutoff), cutoff)
    )


def test_what_is_known_in_advance_is_used(
    tables: Tables, company: Company, profile: Profile, panel: Panel
) -> None:
    target = company.weeks[-1] + pd.Timedelta(weeks=1)
    assert tables.promotions is not None
    all_on_deal = tables.promotions.assign(
        deal=tables.promotions["deal"].where(tables.promotions["week_start"] != target, 1.0)
    )
    later = make_panel(replace(tables, promotions=all_on_deal), profile)
    found = features_at(later, later.last_known, 1, geometric=True)
    assert found.X[:, found.features.index("deal")].tolist() == [1.0] * later.n_series
