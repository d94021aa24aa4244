"""How the evaluate step's verdicts become rows of the ledger.

The numbers come from where they were computed; the only ones made here are those of both velocities together, and
only where they follow exactly from the two.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

Row = dict[str, Any]
Verdicts = Mapping[str, Mapping[str, Any]]

ALL = "all"
EVALUATE = "evaluate"
NUMBERS = ("mape", "rmse_zero", "rmse_all", "wape", "bias", "n_used", "n_zero", "n_unknown")


def metric_rows(run: str, cell: str, verdicts: Verdicts, at: datetime) -> Iterator[Row]:
    """Give a row per velocity and forecaster of what the evaluate step found, and per forecaster for all."""
    found = {velocity: verdict["metrics"] for velocity, verdict in verdicts.items()}
    for forecaster in sorted(set().union(*found.values())):
        of_it = {
            velocity: numbers[forecaster] for velocity, numbers in found.items() if forecaster in numbers
        }
        if len(of_it) == len(found):
            of_it[ALL] = pool(list(of_it.values()))
        for velocity, numbers in of_it.items():
            place = {
                "run": run,
                "cell": cell,
                "velocity": velocity,
                "forecaster": forecaster,
                "measured_at": at,
            }
            yield place | {name: numbers[name] for name in NUMBERS}


def pool(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the numbers of several sets of rows together; None where they do not follow from the parts'.

    MAPE is a mean over rows with actual > 0, RMSE 0 over rows with actual = 0. WAPE and bias need the sums of the
    actuals, and RMSE All the number of rows, which the parts' counts give as actuals are never negative.
    """
    if len(parts) == 1:
        return dict(parts[0])
    used, zero = [p["n_used"] for p in parts], [p["n_zero"] for p in parts]
    both = [u + z for u, z in zip(used, zero, strict=True)]
    return {
        "mape": _mean([p["mape"] for p in parts], used),
        "rmse_zero": _root_mean_square([p["rmse_zero"] for p in parts], zero),
        "rmse_all": _root_mean_square([p["rmse_all"] for p in parts], both),
        "wape": None,
        "bias": None,
        "n_used": sum(used),
        "n_zero": sum(zero),
        "n_unknown": sum(p["n_unknown"] for p in parts),
    }


def _mean(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    pairs = [(value, n) for value, n in zip(values, weights, strict=True) if value is not None and n]
    total = sum(n for _, n in pairs)
    return sum(value * n for value, n in pairs) / total if total else None


def _root_mean_square(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    mean = _mean([None if value is None else value**2 for value in values], weights)
    return None if mean is None else math.sqrt(mean)


def check_rows(run: str, cell: str, verdicts: Verdicts, at: datetime) -> Iterator[Row]:
    """Give a row per slot that the evaluate step judged."""
    for velocity, verdict in verdicts.items():
        yield {
            "run": run,
            "cell": cell,
            "velocity": velocity,
            "gate_passed": verdict["gate_passed"],
            "reason": verdict["reason"],
            "mape_reduction": verdict["mape_reduction"],
            "better_baseline_mape": verdict["better_baseline_mape"],
            "checked_at": at,
        }
