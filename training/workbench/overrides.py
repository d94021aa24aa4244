"""Settings from the command line on top of the profile's: `--set epochs=10 --set network.dropout=0.2`."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from shared.errors import ProfileError
from shared.profile import Forecasting

PREPARED = ("evaluation_weeks", "target", "assortment", "velocity")


def parse(pairs: Sequence[str]) -> dict[str, Any]:
    """Read `key=value` pairs; values are YAML.

    Raises
    ------
    ProfileError
        If a pair has no "=" or no value, or names what a prepared panel has already decided.
    """
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise _refused(pair, "is no key=value", "Write it like --set network.dropout=0.2")
        if key.split(".")[0] in PREPARED:
            remedy = "Change it in the profile and prepare the panel again"
            raise _refused(key, "was decided when the panel was prepared", remedy)
        try:
            found[key] = yaml.safe_load(value)
        except yaml.YAMLError as exc:
            raise _refused(key, f"{value!r} is no value", "Write lists like [64, 32]") from exc
    return found


def override(settings: Forecasting, changes: Mapping[str, Any]) -> Forecasting:
    """Return settings with some keys (dotted paths) replaced.

    Raises
    ------
    ProfileError
        If a key does not exist or a value does not fit.
    """
    merged = merge(settings.model_dump(), changes)
    try:
        return Forecasting.model_validate(merged)
    except ValidationError as exc:
        first = exc.errors()[0]
        remedy = f"Settings that can be set: {', '.join(names())}"
        raise _refused(".".join(map(str, first["loc"])), first["msg"], remedy) from exc


def merge(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a nested mapping with the values at some dotted paths replaced."""
    merged = dict(tree)
    for key, value in changes.items():
        first, _, rest = key.partition(".")
        inner = merged.get(first)
        merged[first] = merge(inner if isinstance(inner, Mapping) else {}, {rest: value}) if rest else value
    return merged


def names() -> list[str]:
    """Return the keys that can be set, sections as `section.key`."""
    tree = Forecasting().model_dump()
    return [
        f"{key}.{inner}" if isinstance(value, dict) else key
        for key, value in tree.items()
        if key not in PREPARED
        for inner in (value if isinstance(value, dict) else ("",))
    ]


def _refused(key: str, problem: str, remedy: str) -> ProfileError:
    return ProfileError("--set", key, problem, remedy)
