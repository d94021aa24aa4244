"""The Iowa benchmark's table, and its way from files to numbers on a small warehouse of the same shape."""

import gzip
import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from benchmarks.iowa import explain, main, markdown, summarise

CELL = {"market": "Ames", "format": "large"}


def held_out_rows(forecast: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "actual": [0.0, 0.0, 10.0, 10.0],
            "forecast": forecast,
            "historical_average": [5.0, 5.0, 9.0, 9.0],
            "seasonal_average": [6.0, 6.0, 8.0, 8.0],
        }
    )


def test_a_cell_that_beats_both_baselines_has_nothing_to_explain() -> None:
    found = summarise(held_out_rows([1.0, 1.0, 9.0, 9.0]))
    assert found["not_better"] == []
    assert found["zero_share"] == 0.5
    assert found["metrics"]["historical_average"]["mape"] == pytest.approx(0.10)


def test_a_cell_that_does_not_says_where_by_how_much_and_how_concentrated_its_error_is() -> None:
    found = summarise(held_out_rows([0.0, 0.0, 10.0, 26.0]))
    assert found["not_better"] == [
        "wape 33.3% above the historical average: 100% of the error lies in 10 of 4 rows",
        "wape 0.0% above the seasonal average: 100% of the error lies in 10 of 4 rows",
        "rmse_all 121.9% above the historical average: 100% of the error lies in 10 of 4 rows",
        "rmse_all 78.9% above the seasonal average: 100% of the error lies in 10 of 4 rows",
    ]


def test_the_share_of_the_largest_errors_is_of_the_squared_error_where_that_is_what_counts() -> None:
    rows = pd.DataFrame(
        {"actual": [0.0] * 20, "forecast": [3.0] * 10 + [1.0] * 10, "historical_average": 1.0}
    )
    assert "75% of the error" in explain(rows, "wape", "historical_average")
    assert "90% of the error" in explain(rows, "rmse_all", "historical_average")


def test_the_table_counts_the_cells_that_are_better_on_both() -> None:
    good, bad = (summarise(held_out_rows(f)) for f in ([1.0, 1.0, 9.0, 9.0], [0.0, 0.0, 10.0, 40.0]))
    text = markdown({
        "held_out_weeks": 26, "seconds": 3, "failures": [],
        "cells": [{**CELL, **good}, {"market": "Sioux City", "format": "small", **bad}],
    })  # fmt: skip
    assert "in 1 of 2 cells" in text
    assert "| Ames large | 4 | 50% | 0.100 / 0.100 / 0.200 |" in text
    assert "- Sioux City small: wape" in text


def warehouse(folder: Path) -> None:
    """Write the files of four stores that order every few weeks for more than two years."""
    (folder / "iowa").mkdir()
    (folder / "demographics").mkdir()
    stores = pd.DataFrame(
        {"Store": range(2001, 2005), "State": "IA", "Zip Code": ["50010", "50011", "50014", "50021"]}
    )
    stores.to_csv(folder / "iowa" / "iowa_stores.csv", index=False)
    items = pd.DataFrame({"Item Number": range(11, 19), "Category Name": ["RUM", "GIN"] * 4})
    items.assign(**{"Vendor Name": "V", "Pack": 6}).to_csv(folder / "iowa" / "iowa_products.csv", index=False)
    book = openpyxl.Workbook()
    book.active.title = "MedianZIP-3"
    for row in (("Zip", "Median", "Mean", "Pop"), (50010, 50000, 60000, 20000)):
        book.active.append(row)
    book.save(folder / "demographics" / "MedianZIP-3.xlsx")
    with gzip.open(folder / "iowa" / "iowa_liquor_invoices_2017.csv.gz", "wt") as file:
        invoices().to_csv(file, index=False)


def invoices() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rows = [
        (str(day.date()), store, item, 6 * rng.integers(1, 4))
        for number, day in enumerate(pd.date_range("2017-01-03", periods=115, freq="7D"))
        for store in range(2001, 2005)
        for item in range(11, 19 if store < 2003 else 16)
        if (number + store + item) % 3 == 0 or rng.random() < 0.1
    ]
    frame = pd.DataFrame(rows, columns=["Date", "Store Number", "Item Number", "Bottles Sold"])
    return frame.assign(**{"Invoice/Item Number": [f"INV-{i:06d}" for i in range(len(frame))]})


def test_from_files_to_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warehouse(tmp_path)
    out = tmp_path / "out"
    code = main(
        ["--data", str(tmp_path), "--lake", str(tmp_path / "lake"), "--out", str(out), "--workers", "1"]
    )
    report = json.loads((out / "iowa.json").read_text())
    assert (code, report["failures"]) == (0, [])
    assert [(cell["format"], cell["stores"]) for cell in report["cells"]] == [("large", 2), ("small", 2)]
    assert (out / "iowa.md").read_text() in capsys.readouterr().out
    for cell in report["cells"]:  # orders come every third week, which averages cannot know
        assert cell["metrics"]["forecast"]["wape"] < cell["metrics"]["historical_average"]["wape"]
