"""Panel folders, and the weeks of them that candidates are judged on. How they are made is in `prepare`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.errors import TrainingError
from shared.profile import Forecasting
from training.archive import load_panel
from training.evaluation import held_out
from training.panel import Panel
from training.steps.folders import FACTS, PANEL, SPLIT, read_json, read_profile
from training.steps.program import fingerprint
from training.velocity import VelocitySplit, split_by_velocity

Weeks = Literal["held-out", "validation"]


@dataclass(frozen=True)
class PanelFolder:
    """The output of a features step: a cell's panel, velocity split and profile."""

    folder: Path

    @cached_property
    def cell(self) -> tuple[str, str]:
        """Market and format."""
        facts = read_json(self.folder / FACTS)
        return facts["market"], facts["format"]

    @cached_property
    def settings(self) -> Forecasting:
        """The forecasting section of the profile that it was prepared with."""
        return read_profile(self.folder).forecasting

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of its content."""
        return fingerprint(self.folder)


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A panel whose last `settings.evaluation_weeks` known weeks are judged, and the slots to judge them in."""

    panel: Panel
    settings: Forecasting
    split: VelocitySplit

    def series(self, slot: str) -> NDArray[np.bool_]:
        """Return the slot's series, shape (n_series,)."""
        return self.split.mask(self.panel, slot)


def find_panels(folders: Sequence[Path]) -> list[PanelFolder]:
    """Find the panels in folders: the output of a features step, or of `prepare`, or a run in the lake's work zone.

    Raises
    ------
    TrainingError
        If a folder has none.
    """
    found: list[PanelFolder] = []
    for folder in folders:
        below = (path for pattern in ("*/features", "*/training-*/features") for path in folder.glob(pattern))
        places = [folder, folder / "features", *sorted(below)]
        panels = [PanelFolder(place) for place in places if (place / PANEL).is_dir()]
        if not panels:
            raise TrainingError(f"no panel in {folder}. Make one with 'python -m training prepare' first.")
        found += panels
    return found


def fold(place: PanelFolder, settings: Forecasting, weeks: Weeks) -> Fold:
    """Return the weeks to judge on.

    "held-out" are those that a run judges its models on. "validation" are the weeks before them: the panel is cut off
    where models that are judged on the held-out weeks are trained until, so whatever is chosen here has seen nothing
    of those.

    Raises
    ------
    NotEnoughHistory
        If too few weeks stand before them.
    """
    panel = load_panel(place.folder / PANEL)
    if weeks == "held-out":
        split = VelocitySplit(**read_json(place.folder / SPLIT))
        return Fold(panel=panel, settings=settings, split=split)
    before = panel.until(held_out(panel, settings).start - settings.leads[-1])
    judged = settings.model_copy(update={"evaluation_weeks": settings.validation_weeks})
    cutoff = before.last_known - judged.evaluation_weeks
    return Fold(panel=before, settings=judged, split=split_by_velocity(before, judged, cutoff=cutoff))
