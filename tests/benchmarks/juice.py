"""Writes small orange-juice files: a chain whose deals sell, in the columns that the real files have."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.orange_juice_protocol import BRANDS, FIRST_WEEK, SALES_FILE, STORES_FILE

LAST_WEEK = 91
UNLISTED_STORE = 99
SILENT_STORE = 77
DEMOGRAPHICS = (
    "AGE60", "EDUC", "ETHNIC", "INCOME", "HHLARGE", "WORKWOM", "HVAL150", "SSTRDIST", "SSTRVOL", "CPDIST5", "CPWVOL5",
)  # fmt: skip


def make_sales(stores: tuple[int, ...] = (2, 5, 8, UNLISTED_STORE), seed: int = 3) -> pd.DataFrame:
    """Make sales of all brands in weeks 40 to 91; the last store has no row in week 60."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [stores, BRANDS, range(FIRST_WEEK, LAST_WEEK + 1)], names=["store", "brand", "week"]
    )
    sales = index.to_frame(index=False)
    deal = rng.random((len(BRANDS), LAST_WEEK + 1)) < 0.3
    sales["deal"] = deal[sales["brand"] - 1, sales["week"]].astype(int)
    sales["feat"] = 0.5 * sales["deal"]
    sales["logmove"] = np.round(8.0 + sales["deal"] + 0.1 * rng.standard_normal(len(sales)), 10)
    for brand in BRANDS:
        sales[f"price{brand}"] = 0.05 - 0.01 * deal[brand - 1, sales["week"]] + 0.0001 * brand
    sales["constant"], sales["profit"] = 1, 30.0
    return sales[(sales["store"] != stores[-1]) | (sales["week"] != 60)].reset_index(drop=True)


def write_files(folder: Path, sales: pd.DataFrame) -> Path:
    """Write both files; the store list lacks one store that sells and has one that does not."""
    with gzip.open(folder / SALES_FILE, "wt", encoding="utf-8") as file:
        sales.to_csv(file, index=False)
    listed = [s for s in sales["store"].unique() if s != UNLISTED_STORE] + [SILENT_STORE]
    rng = np.random.default_rng(1)
    demographics = {name: rng.random(len(listed)) for name in DEMOGRAPHICS}
    pd.DataFrame({"STORE": listed, **demographics}).to_csv(folder / STORES_FILE, index=False)
    return folder
