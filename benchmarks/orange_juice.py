"""Measures Shelfcast on the orange-juice protocol, through the pipeline that serves every client.

The files are conditioned into a lake, each round's panel is built from tables whose sales end at the round's cutoff,
and the library fits and forecasts. The LightGBM peer is measured in orange_juice_lightgbm.py.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.orange_juice_protocol import (
    SUBMISSION_COLUMNS,
    Round,
    geometric_mean,
    last_scored_week,
    mape,
    mape_by_round,
    read_sales,
    rounds,
)
from config.examples.orange_juice import WEEK_ONE
from local.ingest import condition_pending, find_files, open_lake, receive
from local.pool import run_all
from shared.errors import ShelfcastError
from shared.profile import Profile, load_profile
from training.dataset import Tables, read_tables
from training.panel import build_panel, cells
from training.slot import fit_slot

PROFILE = Path(__file__).parents[1] / "config" / "examples" / "orange_juice.yml"
FORECASTERS = {
    "mape": "prediction",
    "mape_lasso": "lasso",
    "mape_network": "network",
    "mape_historical_average": "historical_average",
    "mape_mean_forecast": "mean_forecast",
}


@dataclass(frozen=True, kw_only=True)
class RoundTask:
    """One round for a worker: where the tables lie, and what to forecast."""

    conditioned: Path
    versions: dict[str, str]
    origin: Round
    seed: int


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and write its results."""
    options = _parse(arguments)
    try:
        result = run(options)
    except ShelfcastError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    shown = ", ".join(f"{name} {result[name]:.2f} %" for name in FORECASTERS)
    print(f"{shown}; {result['seconds']:.0f} s -> {options.out}/oj.json, {options.out}/oj_submission.csv")
    return 0


def run(options: argparse.Namespace) -> dict[str, object]:
    """Condition, forecast all rounds, score, and write ``oj_submission.csv`` and ``oj.json``."""
    started = time.perf_counter()
    sales = read_sales(options.data)
    last = last_scored_week(sales, options.last_week)
    origins = rounds(last)
    options.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="oj-lake-", dir=options.out) as folder:
        lake = Path(folder)
        versions = condition(options.data, lake, workers=options.workers)
        tasks = [
            RoundTask(conditioned=lake / "conditioned", versions=versions, origin=origin, seed=options.seed)
            for origin in origins
        ]
        predictions = forecast_rounds(tasks, sales, workers=options.workers)
    result = {
        **{name: mape(predictions, sales, column) for name, column in FORECASTERS.items()},
        "last_week": last,
        "seconds": time.perf_counter() - started,
        "seed": options.seed,
        "rounds": mape_by_round(predictions, sales, FORECASTERS),
    }
    _write(options.out, predictions, result)
    return result


def condition(data: Path, root: Path, *, workers: int) -> dict[str, str]:
    """Condition the files into a lake and return the version of each table."""
    profile = load_profile(PROFILE)
    lake = open_lake(root, profile)
    receive(lake, find_files(profile, data), advance=lambda: None)
    for name, problem in condition_pending(lake, profile, PROFILE, root, workers=workers):
        print(f"conditioned {name}" if problem is None else f"failed {name}: {problem}", flush=True)
    return {table: version.version for table, version in lake.materialise().items()}


def forecast_rounds(tasks: list[RoundTask], sales: pd.DataFrame, *, workers: int) -> pd.DataFrame:
    """Forecast every round in processes; every series of the sales file has a row in both weeks of every round.

    Raises
    ------
    ShelfcastError
        If a round failed.
    """
    parts = []
    for task, answer in run_all(forecast_round, tasks, workers=workers):
        if isinstance(answer, Exception):
            raise ShelfcastError(f"round {task.origin.number} failed: {answer}") from answer
        parts.append(complete(answer, sales, task.origin))
        print(
            f"round {task.origin.number:2d} ({len(parts)} of {len(tasks)} done): "
            f"MAPE {mape(parts[-1], sales):.2f} %",
            flush=True,
        )
    return pd.concat(parts).sort_values(["round", "store", "brand", "week"])


def forecast_round(task: RoundTask) -> pd.DataFrame:
    """Fit on what is known at the round's cutoff and forecast its targets, in a worker."""
    profile = seeded(load_profile(PROFILE), task.seed)
    tables = known_at(read_tables(task.conditioned, task.versions), task.origin)
    frames = []
    for market, form in cells(tables):
        panel = build_panel(tables, profile, market=market, format=form)
        model = fit_slot(panel, profile.forecasting)
        frames.append(model.predict(panel, panel.last_known))
    found = pd.concat(frames)
    return pd.DataFrame(
        {
            "round": task.origin.number,
            "store": found["store_id"].astype(int),
            "brand": found["product_id"].astype(int),
            "week": (found["week_start"] - pd.Timestamp(WEEK_ONE)) // pd.Timedelta(weeks=1) + 1,
            "prediction": found["forecast"],
            **{name: found[name] for name in ("lasso", "network", "historical_average")},
        }
    )


def seeded(profile: Profile, seed: int) -> Profile:
    """Return the profile with another seed."""
    return profile.model_copy(update={"forecasting": profile.forecasting.model_copy(update={"seed": seed})})


def known_at(tables: Tables, origin: Round) -> Tables:
    """Cut the sales off after the cutoff, and the promotions after the last target."""
    shipments, promotions = tables.shipments, tables.promotions
    assert promotions is not None, "the profile's promotions are required"
    return replace(
        tables,
        shipments=shipments[shipments["week_start"] <= _start(origin.cutoff)],
        promotions=promotions[promotions["week_start"] <= _start(origin.targets[-1])],
    )


def _start(week: int) -> pd.Timestamp:
    return pd.Timestamp(WEEK_ONE) + pd.Timedelta(weeks=week - 1)


def complete(found: pd.DataFrame, sales: pd.DataFrame, origin: Round) -> pd.DataFrame:
    """Add the mean forecast, and a row of it for every series that the pipeline could not forecast.

    A series that the pipeline set aside (its store is missing from the store list, say) is still to be submitted.
    """
    keys = ["store", "brand"]
    grid = sales[keys].drop_duplicates().merge(pd.DataFrame({"week": origin.targets}), how="cross")
    mean = geometric_mean(sales[sales["week"] <= origin.cutoff])
    rows = grid.merge(mean, on=keys, how="left").merge(found, on=[*keys, "week"], how="left")
    if rows["prediction"].isna().any():
        print(
            f"round {origin.number:2d}: {rows['prediction'].isna().sum()} rows have the mean forecast alone",
            flush=True,
        )
    mean_forecast = rows["mean_forecast"].fillna(rows.groupby("brand")["mean_forecast"].transform("median"))
    forecasts = {
        name: rows[name].fillna(mean_forecast) for name in found.columns.drop(["round", *keys, "week"])
    }
    lead = rows["week"] - origin.cutoff
    return rows.assign(round=origin.number, weeks_ahead=lead, mean_forecast=mean_forecast, **forecasts)


def _write(out: Path, predictions: pd.DataFrame, result: dict[str, object]) -> None:
    submission = predictions[SUBMISSION_COLUMNS].assign(prediction=np.round(predictions["prediction"], 1))
    submission.to_csv(out / "oj_submission.csv", index=False, lineterminator="\n")
    (out / "oj.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orange_juice", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with yx.csv.gz and storedemo.csv")
    parser.add_argument(
        "--out", type=Path, default=Path("build/benchmarks"), help="where the results are written"
    )
    parser.add_argument("--last-week", type=int, help="last scored week (default: the last in the data)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2, help="rounds at once, one thread each")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
