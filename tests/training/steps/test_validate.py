"""The validate step says which weather forecast a cell's models can know."""

import pandas as pd
import pytest

from training.steps.validate import _weather_issued


@pytest.mark.parametrize(
    ("issued", "known"),
    [
        (["2019-08-04 06:00", "2019-08-11 23:59"], "2019-08-11T23:59:00+00:00"),
        (["2019-08-04 06:00", "2019-08-12 00:00"], "2019-08-04T06:00:00+00:00"),
        (["2019-08-12 00:00"], None),
        ([], None),
    ],
)
def test_the_last_forecast_that_the_cutoff_week_knows(issued, known):
    forecasts = pd.DataFrame({"issued_at": pd.to_datetime(issued, utc=True)})
    assert _weather_issued({"weather_forecast": forecasts}, "2019-08-05") == known


def test_a_company_without_weather_forecasts():
    assert _weather_issued({}, "2019-08-05") is None
