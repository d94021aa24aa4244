"""Which models a company has: a plan entry per model slot and per cell's baseline. Who trains them is not here."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shared.profile import Profile

Cell = tuple[str, str]
Subdivision = Literal["slow", "fast", "all"]
Model = Literal["ensemble", "historical_average"]


@dataclass(frozen=True, kw_only=True)
class PlanEntry:
    """One model that a cell (market x format) has."""

    market: str
    format: str
    subdivision: Subdivision
    model: Model
    horizon_weeks: int


def cell_name(market: str, format: str) -> str:
    """Return a name that is safe as a folder's, and no other cell's, such as ``north-texas.large``.

    A market whose name cannot be told from the plain letters gets a digest: ``st-louis-5f2c81d0.large``.
    """
    plain = unicodedata.normalize("NFKD", market).encode("ascii", "ignore").decode().lower()
    safe = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if safe.replace("-", " ").title() != market:
        safe = f"{safe}-{hashlib.sha256(market.encode()).hexdigest()[:8]}".strip("-")
    return f"{safe}.{format}"


def chosen_cells(cells: Iterable[Cell], profile: Profile) -> list[Cell]:
    """Return the cells of the profile's markets, all where it names none."""
    return [cell for cell in cells if not profile.markets or cell[0] in profile.markets]


def plan(cells: Iterable[Cell], profile: Profile) -> list[PlanEntry]:
    """List the models of the cells: an ensemble for slow and one for fast movers, and the cell's historical average.

    Where the profile does not split by velocity, a cell has one ensemble.
    """
    horizon = profile.forecasting.horizon_weeks
    return [
        PlanEntry(market=market, format=form, subdivision=part, model=model, horizon_weeks=horizon)
        for market, form in chosen_cells(cells, profile)
        for part, model in _models(split=profile.forecasting.velocity.enabled)
    ]


def _models(*, split: bool) -> tuple[tuple[Subdivision, Model], ...]:
    ensembles: tuple[tuple[Subdivision, Model], ...] = (
        (("slow", "ensemble"), ("fast", "ensemble")) if split else (("all", "ensemble"),)
    )
    return (*ensembles, ("all", "historical_average"))
