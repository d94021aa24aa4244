"""Writes a sample: one standard CSV file per table, and the profile that reads exactly these files."""

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from shared.profile import Profile
from shared.schemas import TABLES

PROFILE = "profile.yml"
CLIENT = "Obfuscated sample"
DATE, TIMESTAMP = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"


def write_sample(folder: Path, frames: dict[str, pd.DataFrame], profile: Profile) -> None:
    """Write ``{table}/{table}.csv`` and ``profile.yml``."""
    for table, frame in frames.items():
        path = _path(folder, table)
        path.parent.mkdir(parents=True)
        _plain(frame).to_csv(path, index=False, lineterminator="\n")
    text = yaml.safe_dump(_profile(frames, profile), sort_keys=False, allow_unicode=True, width=110)
    (folder / PROFILE).write_text(f"# Reads the obfuscated sample beside it.\n{text}", encoding="utf-8")


def read_sample(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables as they were written: text as text, dates as dates."""
    return {table: _read(_path(folder, table), table) for table in TABLES if _path(folder, table).exists()}


def _path(folder: Path, table: str) -> Path:
    return folder / table / f"{table}.csv"


def _read(path: Path, table: str) -> pd.DataFrame:
    kinds = {field.name: field.kind for field in TABLES[table].fields}
    frame = pd.read_csv(path, dtype={name: str for name, kind in kinds.items() if kind == "text"})
    dates = [name for name in frame if kinds.get(str(name)) in ("date", "timestamp")]
    return frame.assign(**{str(name): pd.to_datetime(frame[name]) for name in dates})


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as text and numbers: whole numbers without a point, dates as ISO 8601 has them."""
    made = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            made[name] = column.dt.strftime(TIMESTAMP)
        elif pd.api.types.is_datetime64_dtype(column):
            made[name] = column.dt.strftime(DATE)
        elif pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
            made[name] = column.astype("Int64")
        else:
            made[name] = column
    return pd.DataFrame(made)


def _profile(frames: dict[str, pd.DataFrame], profile: Profile) -> dict[str, Any]:
    """Return the client's profile with its own sources left out, and everything that names the client."""
    start = frames["shipments"]["week_start"].min().date()
    return {
        "client": CLIENT,
        "version": 1,
        "calendar": {**profile.calendar.model_dump(mode="json"), "history_start": start.isoformat()},
        # Every store says its format; this rule is for those that do not.
        "formats": {"by": "assortment"},
        "completeness": profile.completeness.model_dump(mode="json"),
        "sources": {table: _source(table, frame) for table, frame in frames.items()},
        "forecasting": profile.forecasting.model_dump(mode="json"),
    }


def _source(table: str, frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "files": [f"{table}/{table}.csv"],
        "format": {"type": "delimited"},
        "table": table,
        "columns": {str(name): _column(str(name)) for name in frame},
    }


def _column(name: str) -> dict[str, str]:
    return {"from": name, "date": TIMESTAMP} if name == "issued_at" else {"from": name}
