import numpy as np

from local.simulation.company import Company
from local.simulation.weather import FORECAST_DAYS, foresee, observe


def _came(company: Company, market: int = 0):
    region = company.markets[market]
    return {code: observe(company, region, code) for code in region.zip_codes}


def test_summers_are_warm_and_days_have_a_minimum_below_their_maximum(company):
    for came in _came(company).values():
        assert (came.low_c < came.high_c).all()
        assert came.high_c[180:240].mean() > came.high_c[0:45].mean() + 10
        assert (came.rain_mm >= 0).all()


def test_zip_codes_of_a_market_share_their_swings_but_are_not_equal(company):
    first, second = (came.weekly_warmth for came in _came(company).values())
    assert np.corrcoef(first, second)[0, 1] > 0.6
    assert not np.array_equal(first, second)


def test_the_error_of_the_forecast_grows_with_the_lead(company):
    code, came = next(iter(_came(company).items()))
    forecast = foresee(company, code, came)
    issues = np.arange(len(forecast.high_c))
    truth = came.high_c[7 * issues[:, None] + np.arange(FORECAST_DAYS)]
    error = np.sqrt(((forecast.high_c - truth) ** 2).mean(axis=0))
    early, middle, late = error[:3].mean(), error[5:8].mean(), error[11:].mean()
    assert early < middle < late
    assert late > 2 * early


def test_the_forecast_knows_more_than_the_season_alone(company):
    code, came = next(iter(_came(company).items()))
    forecast = foresee(company, code, came)
    days = 7 * np.arange(len(forecast.high_c))[:, None] + np.arange(7)
    truth, usual = (came.low_c + came.high_c)[days] / 2, came.usual_c[days]
    ours = (forecast.low_c + forecast.high_c)[:, :7] / 2
    assert np.abs(ours - truth).mean() < np.abs(usual - truth).mean()
