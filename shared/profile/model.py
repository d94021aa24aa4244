"""The client profile: everything that differs between clients."""

from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.profile.base import Section
from shared.profile.forecasting import Forecasting
from shared.profile.sources import Source

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip


class Calendar(Section):
    """The client's week."""

    week_anchor: Weekday = "monday"
    history_start: date = date(2017, 1, 2)
    fiscal_year_start_month: int = Field(1, ge=1, le=12)

    @property
    def anchor(self) -> int:
        """The week's first day, Monday = 0."""
        return WEEKDAYS.index(self.week_anchor)

    def week_start(self, day: date) -> date:
        """Return the first day of the week that the day lies in."""
        return day - timedelta(days=(day.weekday() - self.anchor) % 7)


class Formats(Section):
    """How a store gets its format where its source does not say it.

    By `storage_capacity` (large at or above `large_at`), or by `assortment`: the number of different products it
    was ever shipped, large at or above `large_at`, or above its market's median where `large_at` is not given.
    """

    by: Literal["storage_capacity", "assortment"] = "storage_capacity"
    large_at: float | None = None

    @model_validator(mode="after")
    def _border(self) -> Self:
        if self.by == "storage_capacity" and self.large_at is None:
            raise ValueError("formats by storage_capacity need 'large_at'")
        return self


class Completeness(Section):
    """Which weeks count as known.

    A week without any shipment in the history is a warning, or the end of the run.
    """

    missing_week: Literal["warn", "fail"] = "warn"
    unfinished_below: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="A last week with a smaller share of the usual number of records is unfinished.",
    )
    silent_weeks: int = Field(
        8, ge=1, description="A market without shipments for longer is forecast from its own last week."
    )


class Orphans(Section):
    """What becomes of rows whose product the master data do not list (any more).

    ``quarantine`` sets them aside, as rows of an unlisted store always are: it has no market. ``keep`` adds the product
    to the products under `category`, so that its sales still count.
    """

    products: Literal["quarantine", "keep"] = "quarantine"
    category: str = Field("(unknown)", min_length=1)


class Retraining(Section):
    """When a cell is trained again; whatever is not due is still forecast with the models that serve."""

    min_new_weeks: int = Field(
        1, ge=1, description="Weeks of new data since the last training that are reason for another."
    )
    on_corrections: bool = Field(True, description="Corrected rows of weeks already trained on are new data.")
    on_new_code: bool = Field(
        True, description="Train again when the code, or the profile's own settings, have changed."
    )
    promotion: Literal["automatic", "await"] = Field(
        "automatic",
        description="Whether a model that passed its gate serves at once, or awaits somebody's word.",
    )
    stale_after_days: int = Field(60, ge=1, description="Days after which models are trained again anyway.")


class Profile(Section):
    """Everything that differs between clients."""

    client: str = Field(min_length=1)
    version: Literal[1]
    calendar: Calendar = Calendar()
    formats: Formats
    completeness: Completeness = Completeness()
    orphans: Orphans = Orphans()
    sources: dict[str, Source] = Field(min_length=1)
    forecasting: Forecasting = Forecasting()
    retraining: Retraining = Retraining()
    markets: tuple[str, ...] = Field((), description="Forecast these markets only, for a pilot; default all.")
    clusters: dict[str, tuple[str, ...]] = Field(
        {}, description="Stores (by id) that are forecast as a market of their own, by the cluster's name."
    )
    folder: Path = Field(
        Path(), exclude=True, description="Where the profile lies; hooks are found beside it."
    )

    @model_validator(mode="after")
    def _demand(self) -> Self:
        tables = {output.table for source in self.sources.values() for output in source.outputs}
        missing = {"stores", "products", "shipments"} - tables
        if missing:
            raise ValueError(f"no source feeds {', '.join(sorted(missing))}")
        return self
