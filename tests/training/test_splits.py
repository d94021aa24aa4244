import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.company import make_profile
from training.splits import rolling_origins, split, training_origins


@given(cutoff=st.integers(40, 200), gap=st.integers(0, 3), horizon=st.integers(1, 8), held=st.integers(1, 20))
def test_no_training_target_lies_in_the_validation_weeks(
    cutoff: int, gap: int, horizon: int, held: int
) -> None:
    settings = make_profile(gap_weeks=gap, horizon_weeks=horizon, validation_weeks=held).forecasting
    parts = split(settings, cutoff=cutoff, n_series=1)
    assert parts.training.target.max() < parts.validation.target.min()
    assert parts.validation.target.max() == cutoff
    assert set(parts.validation.lead) <= set(settings.leads)
    assert min(parts.training.cutoff.min(), parts.validation.cutoff.min()) >= 0


def test_each_held_out_week_is_reached_from_a_cutoff_before_it_by_every_lead() -> None:
    settings = make_profile(gap_weeks=1, horizon_weeks=2).forecasting
    origins = rolling_origins(settings, first_week=50, last_week=52)
    found = set(zip(origins.target.tolist(), origins.lead.tolist(), strict=True))
    assert found == {(week, lead) for week in (50, 51, 52) for lead in (2, 3)}
    np.testing.assert_array_equal(origins.cutoff, origins.target - origins.lead)


@pytest.mark.parametrize("horizon", [1, 26])
def test_the_row_budget_thins_origins_out_over_all_weeks_and_leads(horizon: int) -> None:
    settings = make_profile(horizon_weeks=horizon, training_rows=10_000).forecasting
    origins = training_origins(settings, first_week=10, last_week=250, n_series=100)
    assert len(origins.cutoff) == 100
    assert np.ptp(origins.target) > 180
    assert len(set(origins.lead)) > horizon * 0.8
    again = training_origins(settings, first_week=10, last_week=250, n_series=100)
    np.testing.assert_array_equal(origins.cutoff, again.cutoff)
