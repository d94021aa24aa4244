"""Measures the LightGBM peer on the orange-juice protocol; Shelfcast's own run is in orange_juice.py."""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from benchmarks.lightgbm_peer import PeerSettings, forecast_round
from benchmarks.orange_juice_protocol import last_scored_week, mape, mape_by_round, read_sales, rounds
from shared.errors import ShelfcastError


def main(arguments: list[str] | None = None) -> int:
    """Run the peer over all rounds and write its score."""
    options = _parse(arguments)
    try:
        sales = read_sales(options.data)
        result = run(sales, options.last_week, options.workers, PeerSettings(seed=options.seed))
    except ShelfcastError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "oj_lightgbm.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(
        f"LightGBM: MAPE {result['mape']:.2f} % in {result['seconds']:.0f} s -> {options.out}/oj_lightgbm.json"
    )
    return 0


def run(
    sales: pd.DataFrame, last_week: int | None, workers: int, settings: PeerSettings
) -> dict[str, object]:
    """Forecast every round and return the score, pooled and per round."""
    started = time.perf_counter()
    last = last_scored_week(sales, last_week)
    origins = rounds(last)
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(forecast_round, sales, origin, settings) for origin in origins]
        parts = []
        for origin, job in zip(origins, jobs, strict=True):
            parts.append(job.result())
            print(
                f"round {origin.number:2d} of {len(origins)}: MAPE {mape(parts[-1], sales):.2f} %", flush=True
            )
    predictions = pd.concat(parts)
    return {
        "mape": mape(predictions, sales),
        "last_week": last,
        "seconds": time.perf_counter() - started,
        "seed": settings.seed,
        "rounds": mape_by_round(predictions, sales, {"mape": "prediction"}),
    }


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orange_juice_lightgbm", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with yx.csv.gz and storedemo.csv")
    parser.add_argument(
        "--out", type=Path, default=Path("build/benchmarks"), help="where the score is written"
    )
    parser.add_argument("--last-week", type=int, help="last scored week (default: the last in the data)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="rounds fitted at once, one thread each")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
