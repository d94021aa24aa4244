"""Which weeks of a market are known: the company's last one, or its own where it fell silent."""

import numpy as np
import pytest

from shared.profile import Completeness
from training.demand import last_finished_week, week_axis


def records(*counts: int, first: str = "2024-01-01") -> np.ndarray:
    weeks = np.datetime64(first) + 7 * np.arange(len(counts))
    return np.repeat(weeks, counts)


def axis_end(company: np.ndarray, market: np.ndarray, completeness: Completeness) -> str:
    weeks, n_known = week_axis(company, market, completeness=completeness, horizon=2)
    assert len(weeks) == n_known + 2
    return str(weeks[n_known - 1])


def test_a_market_without_deliveries_in_the_last_week_ends_with_the_company() -> None:
    assert axis_end(records(*[9] * 12), records(*[2] * 11), Completeness()) == "2024-03-18"


def test_a_market_that_fell_silent_ends_at_its_own_last_week() -> None:
    assert axis_end(records(*[9] * 30), records(*[2] * 11), Completeness()) == "2024-03-11"


def test_a_market_begins_at_its_own_first_week() -> None:
    market = records(2, 2, first="2024-02-05")
    assert week_axis(records(*[9] * 8), market, completeness=Completeness(), horizon=1)[0][0] == market[0]


@pytest.mark.parametrize(("last", "known_until"), [(3, "2024-01-15"), (5, "2024-01-22")])
def test_a_last_week_with_few_records_is_not_known_yet(last: int, known_until: str) -> None:
    assert str(last_finished_week(records(10, 9, 11, last), 0.5)) == known_until


def test_every_week_counts_where_the_profile_does_not_say_otherwise() -> None:
    assert str(last_finished_week(records(10, 9, 11, 1), None)) == "2024-01-22"
