"""The client profile: a YAML file that says everything that differs between clients."""

from shared.profile.forecasting import Forecasting
from shared.profile.load import load_profile
from shared.profile.model import Calendar, Completeness, Formats, Profile, Retraining
from shared.profile.sources import Condition, Mapped, Output, Source

__all__ = [
    "Calendar",
    "Completeness",
    "Condition",
    "Forecasting",
    "Formats",
    "Mapped",
    "Output",
    "Profile",
    "Retraining",
    "Source",
    "load_profile",
]
