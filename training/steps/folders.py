"""What the steps call the files that they hand to one another."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from shared.profile import Profile, load_profile
from training.dataset import Tables
from training.velocity import FAST, SLOW

SLOTS = (SLOW, FAST)

PROFILE = "profile.yml"
TABLES = "tables"
FACTS = "facts.json"
PANEL = "panel"
SPLIT = "velocity.json"
FINAL, HOLDOUT = "final", "holdout"
FAILURE = "failure.json"
EVALUATION = "evaluation.parquet"
JUDGEMENT = "judgement.json"
TAGS = "tags.json"
SERVING = "serving.json"
SCORES = "scores.parquet"
QUARANTINE = "quarantine.csv"
FORECASTS, ORDERS = "forecasts.csv", "orders.csv"


def write_json(path: Path, value: object) -> None:
    """Write JSON that reads well and is the same every time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True, default=str) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text())


def read_profile(folder: Path) -> Profile:
    """Read the profile that the validate step has put beside the tables."""
    return load_profile(folder / PROFILE)


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write frames as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def load_tables(folder: Path) -> Tables:
    """Read the frames back."""
    return Tables(**{path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))})
