"""A hash over everything that decides how a source's files are conditioned."""

import hashlib
import json

from shared.conditioning.plan import table_fields
from shared.profile import Profile
from shared.schemas import SCHEMA_VERSION

CODE_VERSION = 2
"""Raised whenever the same bytes and the same profile would give other rows, or another report, than before."""

_NOT_DECIDING = {"files", "required", "owner", "cadence", "visibility"}


def fingerprint(profile: Profile, source: str) -> str:
    """Return a hash that changes when a source's files have to be conditioned anew."""
    own = profile.sources[source]
    decides = {
        "code": CODE_VERSION,
        "schema": SCHEMA_VERSION,
        "source": own.model_dump(mode="json", by_alias=True, exclude=_NOT_DECIDING),
        "week_anchor": profile.calendar.week_anchor,
        "history_start": profile.calendar.history_start.isoformat(),
        "columns": {o.table: [f.name for f in table_fields(profile, o.table)] for o in own.outputs},
        "hook": _hook_source(profile, own.hook),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _hook_source(profile: Profile, hook: str | None) -> str | None:
    if hook is None:
        return None
    path = profile.folder / hook.partition(":")[0]
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
