import json
from pathlib import Path

import pandas as pd
import pytest

from shared.errors import BundleRefused
from shared.profile import Profile
from training import bundle
from training.evaluation import Evaluation, evaluate
from training.features.design import feature_names
from training.panel import Panel


@pytest.fixture
def folder(tmp_path: Path, evaluation: Evaluation) -> Path:
    bundle.save(evaluation.model, tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture(scope="module")
def features(panel: Panel, profile: Profile) -> tuple[str, ...]:
    return feature_names(panel, profile.forecasting)


def test_it_comes_back_with_the_same_forecasts(
    folder: Path, features: tuple[str, ...], evaluation: Evaluation, panel: Panel
) -> None:
    loaded = bundle.load(folder, features=features)
    pd.testing.assert_frame_equal(
        loaded.predict(panel, panel.last_known),
        evaluation.model.predict(panel, panel.last_known),
        check_exact=True,
    )
    assert (loaded.settings, loaded.ensemble) == (evaluation.model.settings, evaluation.model.ensemble)


def test_it_holds_json_and_safetensors_only(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == ["arrays.safetensors", "manifest.json", "model.json"]
    for name in ("manifest.json", "model.json"):
        json.loads((folder / name).read_text())
    assert not any(b"pickle" in p.read_bytes() or p.read_bytes()[:1] == b"\x80" for p in folder.iterdir())


def test_a_loaded_model_saves_to_the_same_bytes(
    folder: Path, tmp_path: Path, features: tuple[str, ...]
) -> None:
    bundle.save(bundle.load(folder, features=features), tmp_path / "again")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_the_same_data_and_seed_give_the_same_bytes(
    folder: Path, tmp_path: Path, panel: Panel, profile: Profile
) -> None:
    bundle.save(evaluate(panel, profile.forecasting).model, tmp_path / "again")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_other_features_are_refused_and_named(folder: Path, features: tuple[str, ...]) -> None:
    with pytest.raises(BundleRefused, match="moon_phase"):
        bundle.load(folder, features=[*features, "moon_phase"])
    with pytest.raises(BundleRefused, match="other features"):
        bundle.load(folder, features=features[::-1])


@pytest.mark.parametrize("name", ["model.json", "arrays.safetensors", "manifest.json"])
def test_an_altered_byte_is_refused(folder: Path, features: tuple[str, ...], name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(BundleRefused):
        bundle.load(folder, features=features)


@pytest.mark.parametrize("name", ["model.json", "arrays.safetensors", "manifest.json"])
def test_a_missing_file_is_refused(folder: Path, features: tuple[str, ...], name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleRefused, match=name):
        bundle.load(folder, features=features)


def test_another_schema_is_refused(folder: Path, features: tuple[str, ...]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "schema": 99}))
    with pytest.raises(BundleRefused, match="99"):
        bundle.load(folder, features=features)
