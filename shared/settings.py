"""The settings of the app, read once from the environment; all that are missing or wrong are named together.

Who uses them is not here. The names are those of `local.settings.sample.json`, and of the app settings in Azure.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.errors import SettingsError
from shared.messages import Limits

ROOT = Path(__file__).resolve().parents[1]
TELEMETRY_IDENTITY = r"^(Authorization=AAD(;ClientId=[0-9a-fA-F-]{36})?)?$"
AZURE_ML = ("AZURE_ML_SUBSCRIPTION_ID", "AZURE_ML_RESOURCE_GROUP", "AZURE_ML_WORKSPACE")


class Settings(BaseModel):
    """What differs between environments; a field's alias is the setting's name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: Literal["local", "dev", "prod"] = Field(alias="SHELFCAST_ENVIRONMENT")
    profile: Path = Field(Path("config/default.yml"), alias="SHELFCAST_PROFILE")
    lake_uri: str = Field("", alias="LakeStorage__blobServiceUri", description="With a managed identity.")
    lake_connection: str = Field(
        "", alias="LakeStorage", description="Connection string, on one machine only."
    )
    ledger_url: str = Field(alias="SHELFCAST_LEDGER_URL", description="SQLAlchemy URL.")
    azure_ml_subscription: str = Field("", alias="AZURE_ML_SUBSCRIPTION_ID")
    azure_ml_resource_group: str = Field("", alias="AZURE_ML_RESOURCE_GROUP")
    azure_ml_workspace: str = Field("", alias="AZURE_ML_WORKSPACE")
    azure_ml_compute: str = Field("cpu-cluster", alias="AZURE_ML_COMPUTE", description="Name of the compute.")
    telemetry: Literal["off", "console", "azure"] = Field("off", alias="SHELFCAST_TELEMETRY")
    telemetry_connection: str = Field("", alias="APPLICATIONINSIGHTS_CONNECTION_STRING")
    telemetry_identity: str = Field(
        "",
        alias="APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        pattern=TELEMETRY_IDENTITY,
        description="Where Application Insights asks for a token: Authorization=AAD, and ClientId=... behind a ;.",
    )
    cells_at_a_time: int = Field(10, ge=1, alias="SHELFCAST_CELLS_AT_A_TIME")
    quiet_seconds: float = Field(
        60, ge=0, alias="SHELFCAST_QUIET_SECONDS", description="Wait after the last file."
    )
    queue_minutes: float = Field(120, gt=0, alias="SHELFCAST_QUEUE_LIMIT_MINUTES")
    run_minutes: float = Field(360, gt=0, alias="SHELFCAST_RUN_LIMIT_MINUTES")
    poll_seconds: float = Field(30, gt=0, alias="SHELFCAST_POLL_SECONDS")
    poll_seconds_most: float = Field(600, gt=0, alias="SHELFCAST_POLL_SECONDS_MOST")
    attempts: int = Field(2, ge=1, alias="SHELFCAST_JOB_ATTEMPTS")
    required_role: str = Field(
        "", alias="SHELFCAST_REQUIRED_ROLE", description="App role of callers, where Entra ID signs them in."
    )

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; raises SettingsError that names every one that is missing or wrong."""
        given = {name: value for name, value in environment.items() if value != ""}
        try:
            return cls.model_validate(given)
        except ValidationError as exc:
            faults = "; ".join(_say(error["loc"], error["msg"]) for error in exc.errors())
            raise SettingsError(
                f"{faults}. Set them in local.settings.json or in the app's configuration."
            ) from exc

    @property
    def limits(self) -> Limits:
        """How long jobs may take."""
        return Limits(
            queue_seconds=60 * self.queue_minutes,
            run_seconds=60 * self.run_minutes,
            poll_seconds=self.poll_seconds,
            poll_seconds_most=self.poll_seconds_most,
            attempts=self.attempts,
        )

    @property
    def deployed(self) -> bool:
        """Whether this is an environment in Azure, where no twin may stand in."""
        return self.environment != "local"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        faults = [*self._lake_faults(), *self._deployed_faults()]
        if self.telemetry == "azure" and not self.telemetry_connection:
            faults.append(
                "APPLICATIONINSIGHTS_CONNECTION_STRING is missing, SHELFCAST_TELEMETRY=azure needs it"
            )
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _lake_faults(self) -> list[str]:
        if bool(self.lake_uri) == bool(self.lake_connection):
            return ["give exactly one of LakeStorage__blobServiceUri and LakeStorage"]
        return []

    def _deployed_faults(self) -> list[str]:
        if not self.deployed:
            return []
        faults = []
        values = (self.azure_ml_subscription, self.azure_ml_resource_group, self.azure_ml_workspace)
        missing = [name for name, value in zip(AZURE_ML, values, strict=True) if not value]
        if missing:
            faults.append(f"{', '.join(missing)} missing")
        if self.lake_connection:
            faults.append("LakeStorage holds a key; use LakeStorage__blobServiceUri and a managed identity")
        if self.ledger_url.startswith("sqlite"):
            faults.append("SHELFCAST_LEDGER_URL is a local SQLite file; use the Azure SQL database")
        return faults


def _say(place: tuple[int | str, ...], message: str) -> str:
    where = f"{place[0]}: " if place else ""
    return where + message.removeprefix("Value error, ")


def profile_path(environment: Mapping[str, str]) -> Path:
    """Return the client profile's path, for those who need no other setting."""
    return Path(environment.get("SHELFCAST_PROFILE") or "config/default.yml")
