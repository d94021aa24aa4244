import numpy as np
import pytest

from local.simulation.truth import best_forecast


@pytest.mark.parametrize(("mean", "shape"), [(1.2, 12.0), (9.0, 50.0), (140.0, 32.0)])
def test_the_best_forecast_has_the_least_mape(mean, shape):
    rng = np.random.default_rng(4)
    actual = rng.poisson(mean * rng.gamma(shape, 1 / shape, 200_000))
    actual = actual[actual > 0]

    def mape(forecast):
        return (np.abs(forecast - actual) / actual).mean()

    ours = mape(best_forecast(np.array([mean]), shape)[0])
    naive = min(mape(mean * factor) for factor in np.linspace(0.4, 1.6, 49))
    assert ours <= naive + 0.01
    assert ours < mape(mean)
