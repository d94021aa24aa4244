"""What crosses a durable boundary, and lies in the lake's runs zone: small frozen records, plain JSON.

Tables never cross it; records name where things lie.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]
"""Of a run: safe as a blob's name, a job's name and a durable instance's id."""

Trigger = Literal["arrival", "timer", "stale", "demand", "resume", "code", "data"]
"""What a run was started for; ``code`` and ``data``: a change of either, on its way through the environments."""
Promotion = Literal["automatic", "await"]
"""Whether a model that passed its gate serves at once, or awaits somebody's word."""
Pipeline = Literal["training", "scoring"]
JobOutcome = Literal["succeeded", "failed", "cancelled", "timed_out", "never_started", "not_submitted"]
ServingState = Literal["primary", "previous", "baseline", "last_published", "none"]
"""What a forecast comes from: the newest model, an earlier one that kept its place, the historical average, an earlier
run's forecast, or nothing."""


class Message(BaseModel):
    """A frozen record; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> dict[str, Any]:
        """Return the message as plain JSON, for a durable boundary."""
        return self.model_dump(mode="json")

    def to_bytes(self) -> bytes:
        """Return the message as readable JSON, for a blob."""
        return self.model_dump_json(indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, value: Mapping[str, Any] | str | bytes) -> Self:
        """Read it back."""
        return (
            cls.model_validate_json(value)
            if isinstance(value, str | bytes)
            else cls.model_validate(dict(value))
        )


class RunRequest(Message):
    """What somebody wants to be run.

    Attributes
    ----------
    run : str
        Name of the run: its instance id.
    kind : {"train", "score", "both"}
        ``both`` trains where the policy says so and scores every cell.
    markets, formats : tuple of str
        All where empty.
    week : date or None
        First day of the last week that has to be known; the run is refused while its data are not there.
    force : bool
        Train (or score) every cell, changed or not.
    resume : str or None
        A run whose cells that failed are to be done again, and no others.
    promotion : {"automatic", "await"} or None
        None: as the profile says.
    trial : bool
        Score with the models that await promotion; nothing that is published stands.
    operation_id : str
        32 hexadecimal digits that tie telemetry together, from the blob event on.
    """

    run: Name
    kind: Literal["train", "score", "both"] = "both"
    markets: tuple[str, ...] = ()
    formats: tuple[Literal["large", "small"], ...] = ()
    week: date | None = None
    trigger: Trigger = "demand"
    force: bool = False
    resume: Name | None = None
    promotion: Promotion | None = None
    trial: bool = False
    operation_id: str = ""


class Limits(Message):
    """How long a job may take, and how often it is looked at; in seconds."""

    queue_seconds: float = Field(7200, gt=0, description="From submission to its first command.")
    run_seconds: float = Field(21600, gt=0, description="From its first command to its end.")
    poll_seconds: float = Field(
        30, gt=0, description="First wait between two looks; doubled up to the longest."
    )
    poll_seconds_most: float = Field(600, gt=0)
    attempts: int = Field(
        2, ge=1, description="Times that a job is submitted which failed by no fault of its own."
    )


class PlannedCell(Message):
    """A cell of a run; `why` says in words why it is trained, or is not."""

    market: str
    format: str
    name: str
    train: bool
    score: bool
    why: tuple[str, ...]
    shipment_rows: int
    demand: str = Field(
        description="Digest of the cell's demand rows: whether its data changed since its models."
    )


class SkippedCell(Message):
    """A cell that has nothing to do, and why."""

    name: str
    why: str


class Plan(Message):
    """What a run does. Lies in ``runs/{run}/plan.json``.

    Attributes
    ----------
    week : str
        First day of the last known week of the whole company.
    versions : dict
        Version of each table.
    left_out : int
        Shipment rows of markets that the profile does not name or the request leaves out.
    """

    request: RunRequest
    week: str
    versions: dict[str, str]
    code: str
    cells: tuple[PlannedCell, ...]
    skipped: tuple[SkippedCell, ...] = ()
    left_out: int = 0
    profile: str = Field(
        "", description="Digest of the profile's settings that models and forecasts depend on."
    )
    limits: Limits = Limits()
    cells_at_a_time: int = 10
    promotion: Promotion = "automatic"
    scoring: str = Field("", description="The published scoring pipeline; empty where none was published.")
    planned_at: str = Field("", description="ISO moment; runs are told apart by it when the ledger is lost.")

    @property
    def run(self) -> str:
        """The run's name."""
        return self.request.run


class JobEnd(Message):
    """How a job of a cell ended, after all attempts.

    Attributes
    ----------
    name : str
        Of the last attempt.
    output : str
        Lake folder of the last attempt's steps.
    logs : dict
        Address of each step's log; ``""`` is the job's own page.
    """

    name: str
    pipeline: Pipeline
    outcome: JobOutcome
    attempts: int = 1
    detail: str = ""
    output: str = ""
    logs: dict[str, str] = {}
    submitted_at: str = ""
    ended_at: str = ""


class Serving(Message):
    """What serves a slot: a version of its model, or None for the baseline, and why."""

    version: int | None
    reason: str


class CellOutcome(Message):
    """How a cell of a run ended. Lies in ``runs/{run}/cells/{cell}.json``.

    Attributes
    ----------
    status : {"published", "trained", "failed", "cancelled"}
        ``trained`` where only training was asked for.
    error : str
        What went wrong first, in words; empty where nothing did.
    serving : dict
        Per slot (slow, fast).
    forecast : str
        What the cell's forecast comes from: the weakest state of its slots.
    forecast_run : str
        The run whose forecast stands for the cell: this one, or an earlier one where this could not publish.
    rows_in, scored, quarantined : int
        Rows to be scored; ``rows_in == scored + quarantined``.
    """

    run: str
    cell: str
    market: str
    format: str
    status: Literal["published", "trained", "failed", "cancelled"]
    error: str = ""
    training: JobEnd | None = None
    scoring: JobEnd | None = None
    serving: dict[str, Serving] = {}
    forecast: ServingState = "none"
    forecast_run: str = ""
    rows_in: int = 0
    scored: int = 0
    quarantined: int = 0

    @property
    def brief(self) -> dict[str, str]:
        """What an orchestrator needs to know."""
        return {"cell": self.cell, "status": self.status}


class RunSummary(Message):
    """What a run came to. Lies in ``runs/{run}/summary.json``.

    Attributes
    ----------
    status : str
        ``succeeded``: every cell as planned. ``partial``: some failed. ``failed``: none came out, or the run itself
        could not go on. ``skipped``: nothing had changed. ``cancelled``: somebody ended it.
    failures : tuple of str
        Each cell that failed, with its error and the forecast that stands for it instead.
    resume : str
        The request that does exactly the failed cells again; empty where none failed.
    """

    run: str
    status: Literal["succeeded", "partial", "failed", "skipped", "cancelled"]
    week: str = ""
    trigger: Trigger = "demand"
    versions: dict[str, str] = {}
    cells: dict[str, int] = Field({}, description="Number of cells per status.")
    trained: int = 0
    skipped: tuple[SkippedCell, ...] = ()
    failures: tuple[str, ...] = ()
    failed_cells: tuple[str, ...] = ()
    resume: str = ""
    forecasts: str = Field("", description="Path of the run's forecasts.csv.")
    error: str = ""
    operation_id: str = ""
