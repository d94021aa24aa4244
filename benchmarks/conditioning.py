"""Memory and speed of conditioning a large shipments file, beside pyarrow's CSV reader and writer on the same file.

    python -m benchmarks.conditioning --size-mb 1000

The file has a line per store, product and week, 2017 to 2021, in no order within a week, with dirt. Each side runs in a
process of its own, so that its peak memory is its own. The peer streams: ``pyarrow.csv.open_csv`` to
``pyarrow.csv.CSVWriter``, all columns as text and broken lines skipped, since it could not read the dirt otherwise.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from shared.conditioning import condition_file
from shared.profile import Profile, load_profile

FOLDER = Path("build/benchmarks/conditioning")
RESULT = Path("build/benchmarks/conditioning.json")
PROFILE = Path(__file__).parent / "conditioning.yml"
LEAST_RATIO, MOST_PEAK_MB = 1 / 3, 600
STORES, PRODUCTS, WEEKS = 4_000, 600, 260
LINE_BYTES = 27
DIRT_EVERY = 1_000
DIRT = [
    "2019-02-30,S00001,P0001,4",
    "2019-08-05,S00001,P0001,-3",
    "2019-08-05,S00001",
    "2019-08-05,,P0001,n/a",
]


def generate(path: Path, size_mb: int, seed: int = 7) -> None:
    """Write the file week by week."""
    rng = np.random.default_rng(seed)
    stores = pa.array([f"S{number:05d}" for number in range(STORES)])
    products = pa.array([f"P{number:04d}" for number in range(PRODUCTS)])
    with path.open("wb") as file:
        file.write(b"week_start,store_id,product_id,units_shipped\n")
        for week in range(WEEKS):
            pairs = rng.choice(STORES * PRODUCTS, size_mb * 1_000_000 // WEEKS // LINE_BYTES, replace=False)
            rows = pa.table(
                {
                    "week_start": pa.array(
                        [(date(2017, 1, 2) + timedelta(weeks=week)).isoformat()] * len(pairs)
                    ),
                    "store_id": stores.take(pa.array(pairs // PRODUCTS)),
                    "product_id": products.take(pa.array(pairs % PRODUCTS)),
                    "units": pa.array(rng.negative_binomial(2, 0.1, len(pairs))),
                }
            )
            form = pa.csv.WriteOptions(include_header=False, quoting_style="none")
            pa.csv.write_csv(rows, file, form)
            pa.csv.write_csv(rows.slice(0, len(rows) // DIRT_EVERY), file, form)  # duplicates
            file.write(
                "".join(f"{line}\n" for line in DIRT * (len(rows) // DIRT_EVERY // len(DIRT))).encode()
            )


def run_peer(path: Path) -> None:
    """Read and write with pyarrow alone."""
    columns = ("week_start", "store_id", "product_id", "units_shipped")
    reader = pa.csv.open_csv(
        path,
        parse_options=pa.csv.ParseOptions(invalid_row_handler=lambda row: "skip"),
        convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
    )
    with pa.csv.CSVWriter(FOLDER / "peer.csv", reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def run_ours(path: Path) -> None:
    """Condition the file."""
    done = condition_file(
        profile(), "shipments", path, name="raw/shipments/2021.csv", workspace=FOLDER / "ours"
    )
    print(json.dumps(done.report.to_json()), file=sys.stderr)


def profile() -> Profile:
    """Load the benchmark's client."""
    return load_profile(PROFILE)


SIDES = {"peer": run_peer, "ours": run_ours}


def measure(side: str, path: Path) -> dict[str, float]:
    """Run one side here; seconds, CPU seconds and peak memory of this process."""
    begin = time.perf_counter()
    SIDES[side](path)
    seconds = time.perf_counter() - begin
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
    }


def in_child(side: str, path: Path) -> dict[str, float]:
    """Run one side in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.conditioning", "--side", side, "--file", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def compare(size_mb: int) -> bool:
    """Measure both sides on a new file; says whether the limits hold."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "shipments.csv"
    try:
        generate_in_child(path, size_mb)
        size = path.stat().st_size / 1e6
        sides = {side: in_child(side, path) for side in SIDES}
    finally:
        shutil.rmtree(FOLDER)
    return report(size, sides["peer"], sides["ours"])


def generate_in_child(path: Path, size_mb: int) -> None:
    """Write the file elsewhere: a process's peak memory outlives what it starts."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.conditioning",
        "--generate",
        str(size_mb),
        "--file",
        str(path),
    ]
    subprocess.run(command, check=True)


def report(size: float, peer: dict[str, float], ours: dict[str, float]) -> bool:
    """Print and write the comparison."""
    ratio = peer["seconds"] / ours["seconds"]
    holds = ratio >= LEAST_RATIO and ours["peak_mb"] < MOST_PEAK_MB
    result = {"size_mb": round(size, 1), "peer": peer, "ours": ours, "ratio": round(ratio, 3), "holds": holds}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    for name, side in (("pyarrow read + write", peer), ("conditioning", ours)):
        speed = size / side["seconds"]
        wall = f"{side['seconds']:8.1f} s{speed:8.1f} MB/s"
        print(f"{name:22s}{wall}{side['cpu_seconds']:8.1f} CPU s{side['peak_mb']:8.1f} MB")
    print(
        f"speed ratio {ratio:.2f} (at least {LEAST_RATIO:.2f}), peak {ours['peak_mb']} MB (below {MOST_PEAK_MB})"
    )
    return holds


def main() -> int:
    """Compare, or run one side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size-mb", type=int, default=1_000)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--generate", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.generate:
        generate(options.file, options.generate)
    elif options.side:
        print(json.dumps(measure(options.side, options.file)))
    else:
        return 0 if compare(options.size_mb) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
