"""A panel folder, as the features step leaves it, of a small seeded company."""

from pathlib import Path

import pytest
import yaml

from tests.training.company import FORMAT, MARKET, Company, make_panel, make_profile, make_tables
from training.archive import save_panel
from training.steps.folders import FACTS, PANEL, PROFILE, SPLIT, write_json
from training.velocity import split_by_velocity
from training.workbench.panels import PanelFolder

HELD_OUT, VALIDATION = 6, 6


def write_panel(folder: Path, company: Company, *, market: str = MARKET) -> PanelFolder:
    """Write what the features step would."""
    profile = make_profile(epochs=2, evaluation_weeks=HELD_OUT, validation_weeks=VALIDATION)
    panel = make_panel(make_tables(company), profile)
    split = split_by_velocity(panel, profile.forecasting, cutoff=panel.last_known - HELD_OUT)
    save_panel(panel, folder / PANEL)
    write_json(folder / SPLIT, split.to_json())
    write_json(folder / FACTS, {"market": market, "format": FORMAT})
    (folder / PROFILE).write_text(yaml.safe_dump(profile.model_dump(mode="json", by_alias=True)))
    return PanelFolder(folder)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> PanelFolder:
    """Eighty weeks of a cell. Not to be written to."""
    folder = tmp_path_factory.mktemp("panels") / "north.large" / "features"
    return write_panel(folder, Company(n_stores=3, n_products=4, n_weeks=80))
