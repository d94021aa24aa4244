"""From raw files to forecasts: nothing is lost, nothing is done twice, and what fails is answered by the next best."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from local.folder import FolderStore
from local.ingest import open_lake
from local.run import run
from shared.errors import ShelfcastError
from shared.ports import ModelVersion
from shared.profile import load_profile
from shared.runs.registry import Registry
from tests.local.conftest import SAMPLE, Silent, quick_profile
from training.steps import score

LAST_WEEK = "livraisons_2018-S28_20180716.csv"


def forecasts(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "forecasts.csv", dtype={"store_id": str, "product_id": str})


def deliver(lake: tuple[Path, Path], tmp_path: Path, files: dict[str, bytes]) -> None:
    """Put shipment files into the lake's raw zone."""
    root, profile = lake
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        open_lake(root, load_profile(profile)).receive("shipments", tmp_path / name)


def reports(root: Path) -> dict[str, int]:
    """When each step's report was written."""
    return {str(p.relative_to(root)): p.stat().st_mtime_ns for p in (root / "work").rglob("step_report.json")}


def test_every_pair_gets_a_forecast_that_says_where_it_comes_from(finished):
    _, _, result = finished
    rows = forecasts(result.folder)
    assert not result.failures
    assert not rows.duplicated(["week_start", "store_id", "product_id"]).any()
    assert len(rows) == sum(count["rows_in"] for count in result.rows.values())
    assert rows[["forecast", "suggested_order", "model_version", "serving_state"]].notna().all().all()
    assert (rows["forecast"] >= 0).all()
    assert set(rows["serving_state"]) <= {"primary", "baseline"}


def test_every_product_and_store_of_the_master_data_is_forecast(finished):
    root, _, result = finished
    rows = forecasts(result.folder)
    for table, key in (("stores", "store_id"), ("products", "product_id")):
        (part,) = (root / "conditioned" / table / "parts").glob("*.csv")
        assert set(pd.read_csv(part, dtype=str)[key]) == set(rows[key])


def test_rows_are_conserved(finished):
    _, _, result = finished
    for count in result.rows.values():
        assert count["rows_in"] == count["scored"] + count["quarantined"]


def test_the_summary_can_be_read_by_a_machine(finished):
    _, _, result = finished
    summary = json.loads((result.folder / "summary.json").read_text())
    assert {entry["market"] for entry in summary["markets"]} == {entry["market"] for entry in result.markets}
    assert summary["versions"] == result.versions


def test_six_models_per_market_are_registered(finished):
    root, _, _ = finished
    slots = sorted(p.name for p in (root / "models").iterdir() if not p.name.startswith("_"))
    markets = {slot.split(".")[0] for slot in slots}
    assert len(slots) == 6 * len(markets)


def test_a_rerun_does_nothing_again(lake):
    root, profile = lake
    before = reports(root)
    watcher = Silent()
    run(profile, SAMPLE, root, watcher, workers=1)
    assert watcher.phases["Condition files"] == 0
    assert reports(root) == before


def test_a_late_correction_changes_its_market_only(lake, tmp_path):
    root, profile = lake
    before = reports(root)
    header, line = (SAMPLE / "shipments" / LAST_WEEK).read_text("latin-1").splitlines()[:2]
    corrected = re.sub(r"[\d.]+,\d+", "77,0", line)
    deliver(
        lake,
        tmp_path,
        {"livraisons_2018-S28-correctif_20180720.csv": f"{header}\n{corrected}\n".encode("latin-1")},
    )
    run(profile, None, root, Silent(), workers=1)
    after = reports(root)
    changed = {path.split("/")[2] for path in after.keys() - before.keys() if "/train/" in path}
    assert len({cell.split(".")[0] for cell in changed}) == 1


def test_a_slot_without_a_model_is_served_by_its_baseline_and_says_so(tmp_path):
    profile = quick_profile(tmp_path / "long.yml", minimum_weeks=500)
    result = run(profile, SAMPLE, tmp_path / "lake", Silent(), workers=1)
    rows = forecasts(result.folder)
    assert set(rows["serving_state"]) == {"baseline"}
    assert rows["reason"].str.contains("500").all()
    assert rows["forecast"].notna().all()


def served_slot(root: Path) -> ModelVersion:
    registry = Registry(FolderStore(root))
    return next(model for model in map(registry.serving, registry.slots()) if model)


def damage(folder: Path) -> None:
    arrays = folder / "arrays.safetensors"
    arrays.write_bytes(b"damaged" + arrays.read_bytes()[7:])


def test_a_damaged_model_is_answered_by_the_baseline(lake, tmp_path):
    root, _ = lake
    cell, _, velocity = served_slot(root).slot.rpartition(".")
    (folder,) = (root / "work").glob(f"*/{cell}")
    damage(folder / "serving" / velocity)
    arguments = ["--validated", str(folder / "scoring-1/validate"), "--models", str(folder / "serving")]
    assert score.STEP.main([*arguments, "--output", str(tmp_path / "score")]) == 0
    rows = pd.read_parquet(tmp_path / "score" / "scores.parquet").query("velocity == @velocity")
    assert set(rows["serving_state"]) == {"baseline"}
    assert rows["reason"].str.contains("damaged or altered").all()
    assert rows["forecast"].notna().all()


def test_hostile_files_end_in_quarantine_and_the_run_goes_on(lake, tmp_path):
    root, profile = lake
    hostile = {"empty": b"", "binary": bytes(range(256)) * 50, "of_something_else": b"what;is;this\n1;2;3\n"}
    deliver(lake, tmp_path, {f"livraisons_{name}_20180721.csv": content for name, content in hostile.items()})
    result = run(profile, None, root, Silent(), workers=1)
    assert not result.failures
    rejects = "".join(p.read_text() for p in (root / "quarantine" / "shipments").rglob("*.csv"))
    assert all(f"livraisons_{name}_20180721.csv" in rejects for name in hostile)


@pytest.mark.parametrize("data", ["empty", "nowhere"])
def test_no_data_is_said_with_a_remedy(tmp_path, data):
    (tmp_path / "empty").mkdir()
    profile = quick_profile(tmp_path / "quick.yml")
    with pytest.raises(ShelfcastError, match=r"Put it there|Give the folder"):
        run(profile, tmp_path / data, tmp_path / "lake", Silent(), workers=1)
