"""Third step of scoring: lets no forecast out that is not a number, negative, or far beyond anything ever sold."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from training.steps.folders import FACTS, QUARANTINE, SCORES, read_json, write_json
from training.steps.program import Result, Step

TIMES_LARGEST_WEEK = 10.0
LEAST_LARGEST_WEEK = 10.0


def validate_results(arguments: argparse.Namespace, output: Path) -> Result:
    """Write the sound forecasts, and the others with their reason."""
    facts = read_json(arguments.scored / FACTS)
    rows = pd.read_parquet(arguments.scored / SCORES)
    reason = find_faults(rows, facts["largest_week"])
    sound, faulty = rows[reason == ""], rows.assign(quarantine_reason=reason)[reason != ""]
    sound.to_parquet(output / SCORES, index=False)
    faulty.to_csv(output / QUARANTINE, index=False, lineterminator="\n")
    write_json(output / FACTS, facts)
    counts = {str(why): int(n) for why, n in faulty["quarantine_reason"].value_counts().items()}
    return Result(rows_in=len(rows), rows_out=len(sound), quarantined=counts)


def find_faults(rows: pd.DataFrame, largest_week: dict[str, float]) -> pd.Series:
    """Return the reason why a forecast may not leave, empty where it may.

    A forecast is implausible above `TIMES_LARGEST_WEEK` times the product's largest week in the cell, for which at
    least `LEAST_LARGEST_WEEK` units are taken.
    """
    largest = (
        rows["product_id"].map(largest_week).astype("float64").fillna(np.inf).clip(lower=LEAST_LARGEST_WEEK)
    )
    reason = pd.Series("", index=rows.index, dtype="str")
    reason[rows["forecast"] > TIMES_LARGEST_WEEK * largest] = "implausibly_large"
    reason[rows["forecast"] < 0] = "negative"
    reason[~np.isfinite(rows["forecast"])] = "not_finite"
    reason[rows.duplicated(["store_id", "product_id", "week_start"])] = "twice"
    return reason


STEP = Step(
    name="validate_results",
    purpose="Holds back forecasts that are not a number, negative, or far beyond anything ever sold.",
    body=validate_results,
    inputs=(("scored", "Output of the score step."),),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
