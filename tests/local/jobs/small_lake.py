"""A lake with one small cell, ready to be trained: dataset versions, a quick profile, the inputs of its jobs."""

import json
from pathlib import Path

import pandas as pd

from shared.ports import BlobStore, JobRequest
from tests.local.conftest import quick_profile
from tests.training.company import FORMAT, MARKET, Company, make_tables

WORK = "work/r1"


def fill(store: BlobStore, folder: Path) -> None:
    """Write the company's tables as dataset versions, with blobs beside them that no step reads."""
    tables = {
        name: frame for name, frame in vars(make_tables(Company(n_weeks=110))).items() if frame is not None
    }
    for name, frame in tables.items():
        parts = _parts(frame) if name == "shipments" else {"all": frame}
        for part, rows in parts.items():
            store.put(f"conditioned/{name}/parts/{part}.csv", _csv(rows))
        listed = [{"path": f"conditioned/{name}/parts/{part}.csv"} for part in parts]
        store.put(f"conditioned/{name}/versions/v1.json", json.dumps({"parts": listed}).encode())
        store.put(f"conditioned/{name}/deltas/1.csv", b"never read")
    store.put("conditioned/receipts/shipments/a.csv.json", b"{}")
    store.put(f"{WORK}/versions.json", json.dumps(dict.fromkeys(tables, "v1")).encode())
    store.put(f"{WORK}/profile.yml", quick_profile(folder / "profile.yml"))
    store.put(f"{WORK}/previous.json", b"{}")


def request(name: str, pipeline: str, **inputs: str) -> JobRequest:
    """Return the request of a job of the cell."""
    common = {
        "conditioned": "conditioned",
        "versions": f"{WORK}/versions.json",
        "profile": f"{WORK}/profile.yml",
    }
    return JobRequest(
        name=name,
        pipeline=pipeline,
        inputs={**common, **inputs},
        parameters={"market": MARKET, "format": FORMAT},
        output=f"{WORK}/{name}",
        tags={},
    )


def _parts(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(year): rows for year, rows in frame.groupby(frame["week_start"].dt.year)}


def _csv(frame: pd.DataFrame) -> bytes:
    if "issued_at" in frame:
        frame = frame.assign(issued_at=frame["issued_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d").encode()
