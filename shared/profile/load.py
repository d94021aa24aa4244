"""Reads a profile from YAML; what is wrong is said with file, key and remedy."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from shared.errors import ProfileError
from shared.profile.model import Profile

_REMEDIES = {
    "extra_forbidden": "Remove it, or correct its spelling",
    "missing": "Add it",
    "literal_error": "Use one of the values it names",
    "union_tag_invalid": "Use one of the types it names",
}


def load_profile(path: Path) -> Profile:
    """Read and validate a client profile.

    Parameters
    ----------
    path : Path
        A YAML file.

    Returns
    -------
    Profile

    Raises
    ------
    ProfileError
        If the file is missing, is not YAML, or breaks a rule; the first fault is named.
    """
    try:
        return Profile.model_validate({**_read(path), "folder": path.resolve().parent})
    except ValidationError as exc:
        raise _explain(path, exc) from exc


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(
            path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
        )  # safe, and ten times as fast
    except FileNotFoundError as exc:
        raise ProfileError(str(path), "(file)", "does not exist", "Give the path of a profile") from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ProfileError(str(path), "(file)", f"is not YAML: {exc}", "Correct the syntax there") from exc
    if not isinstance(content, dict):
        raise ProfileError(
            str(path), "(file)", "is not a mapping of sections", "Start from config/default.yml"
        )
    return content


def _explain(path: Path, exc: ValidationError) -> ProfileError:
    first, *others = exc.errors()
    key = ".".join(str(part) for part in first["loc"]) or "(file)"
    remedy = _REMEDIES.get(first["type"], "Correct the value")
    more = f" ({len(others)} more faults follow)" if others else ""
    return ProfileError(path.name, key, first["msg"], f"{remedy}{more}")
