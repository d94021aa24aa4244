"""Last step of training: a folder per model to be registered, with the tags that a registry keeps.

{velocity}/             a slot's bundle, unless it could not be fitted
historical_average/     the cell's baseline, a model like the others

The registry gives the version numbers, and decides by the tags which version serves.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from shared.code import code_fingerprint
from training.steps.folders import (
    FACTS,
    FAILURE,
    FINAL,
    JUDGEMENT,
    SLOTS,
    SPLIT,
    TAGS,
    read_json,
    write_json,
)
from training.steps.program import Result, Step, read_report

BASELINE = "historical_average"


def register(arguments: argparse.Namespace, output: Path) -> Result:
    """Write the models with their tags."""
    facts = read_json(arguments.features / FACTS)
    split = read_json(arguments.features / SPLIT)
    verdicts = read_json(arguments.evaluated / JUDGEMENT)
    common = {
        "market": facts["market"],
        "format": facts["format"],
        "dataset_versions": _versions(arguments.validated),
        "cutoff_week": facts["cutoff_week"],
        "code": code_fingerprint(),
        "velocity_split": split,
    }
    fitted = [
        slot for slot in SLOTS if slot in verdicts and not (arguments.trained / slot / FAILURE).exists()
    ]
    for slot in fitted:
        shutil.copytree(arguments.trained / slot / FINAL, output / slot)
        write_json(output / slot / TAGS, {**common, "kind": "ensemble", "velocity": slot, **verdicts[slot]})
    write_json(output / BASELINE / TAGS, {**common, "kind": BASELINE, "metrics": _baseline_metrics(verdicts)})
    failed = sorted(set(verdicts) - set(fitted))
    return Result(
        rows_in=len(verdicts),
        rows_out=len(fitted),
        quarantined={"not_fitted": len(failed)},
        details={"registered": [*fitted, BASELINE], "not_fitted": failed},
    )


def _versions(validated: Path) -> dict[str, str]:
    report = read_report(validated)
    return dict(report.details["versions"]) if report else {}


def _baseline_metrics(verdicts: dict[str, Any]) -> dict[str, Any]:
    return {slot: verdict["metrics"][BASELINE] for slot, verdict in verdicts.items()}


STEP = Step(
    name="register",
    purpose="Writes the models of a cell with the tags that a registry keeps.",
    body=register,
    inputs=(
        ("validated", "Output of the validate step."),
        ("features", "Output of the features step."),
        ("trained", "Output of the train step."),
        ("evaluated", "Output of the evaluate step."),
    ),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
