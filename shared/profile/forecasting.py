"""What is forecast, and how it is judged."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.profile.base import Section


class Target(Section):
    """What is forecast: weekly net demand (shipped minus returned), or shipments alone."""

    value: Literal["net_demand", "shipments"] = "net_demand"
    no_shipment: Literal["zero", "missing"] = Field(
        "zero", description="Whether a week without a record between a series' first and last is a true zero."
    )


class Assortment(Section):
    """Which store-product pairs are forecast.

    A pair is live while it has a record in the last `active_weeks` weeks before the cutoff. A store or product of
    the master data without any record is new, and paired with what its peers carry.
    """

    active_weeks: int = Field(52, ge=1)
    new_stores: bool = True
    new_products: bool = True
    keep_best_sellers: int | None = Field(
        None, ge=1, description="Keep so many products; the others are forecast together by category."
    )


class Velocity(Section):
    """Slow or fast: median weekly units over the window against the slot's border, with hysteresis."""

    enabled: bool = True
    window_weeks: int = Field(52, ge=4)
    fast_share: float = Field(0.5, gt=0, lt=1, description="Share of a cell's products that are fast.")
    hysteresis: float = Field(0.1, ge=0, lt=1, description="Band around the border in which a product stays.")


class Network(Section):
    """How the network is built and trained; more noise and decay for fewer weeks of history."""

    hidden_units: tuple[int, ...] = Field((32, 32), description="Widths of the hidden layers.")
    batch_rows: int = Field(512, ge=8, description="Rows per step.")
    learning_rate: float = Field(1e-2, gt=0)
    weight_decay: float = Field(1.0, ge=0)
    dropout: float = Field(0.1, ge=0, lt=1)
    input_noise: float = Field(
        0.3, ge=0, description="Noise on standardised features while training, in standard deviations."
    )


class Ordering(Section):
    """What a unit costs that was wanted and not there, and one that came back; only their ratio matters."""

    cost_of_lost_sale: float = Field(3.0, gt=0)
    cost_of_return: float = Field(2.0, gt=0)

    @property
    def service_level(self) -> float:
        """The probability with which the ordered units should suffice (newsvendor)."""
        return self.cost_of_lost_sale / (self.cost_of_lost_sale + self.cost_of_return)


class Gate(Section):
    """A slot's model may serve when its MAPE is within the limit and below the baseline's.

    MAPE is blind to rows without demand. Where those are most, `measure` can be ``wape_and_rmse``: both are to be below
    both baselines'; there is no other limit.
    """

    measure: Literal["mape", "wape_and_rmse"] = "mape"
    max_mape: float = Field(0.45, gt=0)


class Forecasting(Section):
    """Horizon, evaluation and models.

    Weeks are counted from the cutoff week T, the last one known: the first forecast is for T + gap_weeks + 1.
    `objective` is the error that forecasts are made least for; ``balanced`` is for demand that is mostly zero, where
    the least absolute error (often a forecast of zero) and the least squared error are far apart.
    """

    gap_weeks: int = Field(0, ge=0)
    horizon_weeks: int = Field(1, ge=1)
    objective: Literal["relative", "absolute", "squared", "balanced"] = "relative"
    evaluation_weeks: int = Field(
        8, ge=1, description="Held-out weeks at the end, judged with rolling origin."
    )
    validation_weeks: int = Field(
        8, ge=1, description="Weeks before them, for ensemble weights and calibration."
    )
    minimum_weeks: int = Field(26, ge=4, description="History below which a slot is served by its baseline.")
    seasonal_weeks: int = 52
    seed: int = 7
    epochs: int = Field(30, ge=1, description="Passes of the network over its training rows.")
    training_rows: int = Field(
        200_000,
        ge=100,
        description="Rows a slot is fitted on at most; cutoffs and leads are thinned out to fit.",
    )
    half_life_weeks: float | None = Field(
        None, gt=0, description="Age at which a training row counts half; default: all count alike."
    )
    zero_weight: float = Field(
        0.1, ge=0, le=1, description="Weight of weeks without demand under the relative objective."
    )
    interval: tuple[float, float] = Field((0.1, 0.9), description="Probabilities of the interval's bounds.")
    target: Target = Target()
    assortment: Assortment = Assortment()
    velocity: Velocity = Velocity()
    gate: Gate = Gate()
    network: Network = Network()
    ordering: Ordering = Ordering()

    @property
    def leads(self) -> range:
        """Weeks ahead of the cutoff that are forecast, first to last."""
        return range(self.gap_weeks + 1, self.gap_weeks + self.horizon_weeks + 1)

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.minimum_weeks > 520:
            raise ValueError("minimum_weeks above 520 (ten years) leaves every slot to its baseline")
        if not 0 <= self.interval[0] < self.interval[1] <= 1:
            raise ValueError("interval needs two probabilities, the lower one first")
        return self
