"""Orders are whole units: the order level where the model gives one, else the forecast, rounded up."""

import numpy as np
import pandas as pd
import pytest

from training.steps.publish import suggest_order


@pytest.mark.parametrize(
    ("forecast", "level", "order"),
    [(10.2, 12.1, 13), (10.2, np.nan, 11), (12.0, 12.0000000001, 12), (0.0, np.nan, 0), (0.2, 0.0, 0)],
)
def test_orders(forecast, level, order):
    assert list(suggest_order(pd.DataFrame({"forecast": [forecast], "order_level": [level]}))) == [order]
