"""Reads delivery/validation/levels.yml: what each level trains, and what has to hold."""

import re
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field, ValidationError

from shared.errors import ProfileError
from shared.profile.base import Section

CONFIG = Path(__file__).with_name("levels.yml")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as exc:
        raise ValueError(f"{text!r} is no pattern: {exc}") from exc
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class Bounds(Section):
    """How bad a slot's model may be on the held-out weeks before something must be wrong with it."""

    max_mape: float = Field(gt=0)
    max_of_baseline: float = Field(gt=0, description="Times the MAPE of the historical average.")


class Level(Section):
    """How much is trained on the sample; `repeat`: twice, to come to the same bytes."""

    epochs: int = Field(ge=1)
    training_rows: int = Field(ge=100)
    cells: int = Field(ge=1)
    repeat: bool
    bounds: Bounds


class Environment(Section):
    """How much is tried against a running app: so many markets, newest parts of each table, minutes of patience."""

    markets: int = Field(ge=1)
    newest_parts: int = Field(ge=1)
    minutes: float = Field(gt=0)
    bounds: Bounds


class PersonalData(Section):
    """By kind, what gives a person away: in a column's name, in a value; and columns in which a kind is allowed."""

    columns: dict[str, Pattern]
    values: dict[str, Pattern]
    allowed: dict[str, tuple[str, ...]] = Field({})


class ValidationConfig(Section):
    """All of it; paths are relative to the repository."""

    profile: Path
    data: Path
    truth: Path
    levels: dict[str, Level]
    environments: dict[str, Environment]
    max_rejected: float = Field(ge=0, le=1)
    personal_data: PersonalData


def read_config(path: Path = CONFIG) -> ValidationConfig:
    """Read the configuration; raises ProfileError."""
    try:
        return ValidationConfig.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError) as exc:
        raise ProfileError(
            path.name, "(file)", " ".join(str(exc).split()), "Correct it; see delivery/validation/config.py"
        ) from exc
