"""The numbers that everyone agrees on: MAPE, RMSE 0, RMSE All, WAPE, bias, MAPE reduction, and the gate.

Error is forecast minus actual; positive bias is over-forecast. A number that its rows do not define is None, never
0 and never huge. How forecasts are made, and on which weeks they are held out, is not here.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What a set of forecasts is worth.

    Attributes
    ----------
    mape : float or None
        Mean of ``abs(actual - forecast) / actual`` over rows with actual > 0, as a fraction.
    n_used, n_zero, n_unknown : int
        Rows with actual > 0, with actual = 0, and with an unknown actual (in no number below).
    rmse_zero, rmse_all : float or None
        Root mean square error over rows with actual = 0, and over all rows with a known actual, in units.
    wape : float or None
        Sum of absolute errors / sum of actuals.
    bias : float or None
        Sum of ``forecast - actual`` / sum of actuals.
    """

    mape: float | None
    n_used: int
    n_zero: int
    n_unknown: int
    rmse_zero: float | None
    rmse_all: float | None
    wape: float | None
    bias: float | None

    def to_json(self) -> dict[str, float | int | None]:
        """Return the numbers under their names."""
        return asdict(self)


def measure(actual: ArrayLike, forecast: ArrayLike) -> Metrics:
    """Compute all metrics at once.

    Parameters
    ----------
    actual, forecast : array_like, shape (n_rows,)
        Weekly units; NaN in `actual` means unknown.

    Returns
    -------
    Metrics

    Raises
    ------
    ValueError
        If the shapes differ, or a row with a known actual has no finite forecast.
    """
    y, f = np.asarray(actual, dtype=np.float64).ravel(), np.asarray(forecast, dtype=np.float64).ravel()
    if y.shape != f.shape:
        raise ValueError(f"actual and forecast differ in shape: {y.shape=}, {f.shape=}")
    known = np.isfinite(y)
    n_bad = int(np.sum(~np.isfinite(f[known])))
    if n_bad:
        raise ValueError(f"{n_bad} rows with a known actual have no finite forecast")
    return _measure_known(y[known], f[known], n_unknown=int(np.sum(~known)))


def _measure_known(y: Float, f: Float, *, n_unknown: int) -> Metrics:
    error, positive, zero = f - y, y > 0, y == 0
    return Metrics(
        mape=_mean(np.abs(error[positive]) / y[positive]),
        n_used=int(positive.sum()),
        n_zero=int(zero.sum()),
        n_unknown=n_unknown,
        rmse_zero=_root_mean_square(error[zero]),
        rmse_all=_root_mean_square(error),
        wape=_ratio(float(np.abs(error).sum()), float(y.sum())),
        bias=_ratio(float(error.sum()), float(y.sum())),
    )


def _mean(values: Float) -> float | None:
    return float(values.mean()) if values.size else None


def _root_mean_square(errors: Float) -> float | None:
    return float(np.sqrt(np.mean(errors**2))) if errors.size else None


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0 else None


def reduction(model: float | None, baseline: float | None) -> float | None:
    """Return ``1 - model / baseline``, both measured on the same rows; None where either is undefined.

    Examples
    --------
    >>> reduction(0.3, 0.5)
    0.4
    """
    if model is None or baseline is None or baseline == 0:
        return None
    return 1.0 - model / baseline


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The gate's verdict on one model slot, with both numbers it was made from."""

    passed: bool
    mape: float | None
    baseline_mape: float | None
    max_mape: float


def judge(mape: float | None, baseline_mape: float | None, *, max_mape: float) -> Gate:
    """Let a model pass when its MAPE is within the limit and below the baseline's, on the same held-out rows.

    An undefined MAPE does not pass. An undefined baseline cannot happen where the MAPE is defined on the same rows.
    """
    known = mape is not None and baseline_mape is not None
    passed = known and mape <= max_mape and mape < baseline_mape  # type: ignore[operator]  # known says so
    return Gate(passed=bool(passed), mape=mape, baseline_mape=baseline_mape, max_mape=max_mape)


def judge_all_rows(found: Metrics, baselines: Sequence[Metrics]) -> tuple[bool, str]:
    """Let a model pass when its WAPE and its RMSE All are both below every baseline's, and say why or why not.

    For demand that is mostly zero: MAPE looks at the other rows alone. An undefined WAPE does not pass.

    Parameters
    ----------
    found : Metrics
    baselines : sequence of Metrics
        On the same held-out rows.
    """
    behind = []
    for name, words in (("wape", "WAPE"), ("rmse_all", "RMSE All")):
        value, best = getattr(found, name), min((getattr(b, name) for b in baselines), key=_undefined_last)
        if value is None or best is None:
            return False, f"no held-out week with demand: its {words} is undefined"
        if value >= best:
            behind.append(f"{words} {value:.4f} is not below the better baseline's {best:.4f}")
    return not behind, "; ".join(behind) or "WAPE and RMSE All are below both baselines'"


def _undefined_last(value: float | None) -> float:
    return math.inf if value is None else value
