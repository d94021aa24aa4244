"""Functions over times. Those that ask the clock or chance give another result each time, so none may."""

import re
from datetime import UTC, datetime, timedelta

from infra.check.evaluate.functions.registry import FUNCTIONS, Invocation, plain
from infra.check.evaluate.values import Argument, faulty
from infra.check.model import Node

_DURATION = re.compile(r"(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_STYLES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@plain("dateTimeAdd")
def date_time_add(base: str, duration: str, style: str = "yyyy-MM-ddTHH:mm:ssZ") -> str:
    """Return a time that lies a duration such as `P7D` after another."""
    match = _DURATION.fullmatch(duration)
    if not match:
        raise ValueError(f"{duration!r} is no duration of weeks, days, hours, minutes, seconds")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return _written(datetime.fromisoformat(base) + (-length if match[1] else length), style)


def _written(moment: datetime, style: str) -> str:
    return re.sub("|".join(_STYLES), lambda match: moment.strftime(_STYLES[match[0]]), style)


@plain("dateTimeToEpoch")
def date_time_to_epoch(moment: str) -> int:
    """Return the seconds since 1970."""
    found = datetime.fromisoformat(moment)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


@plain("dateTimeFromEpoch")
def date_time_from_epoch(seconds: int) -> str:
    """Return the time that lies so many seconds after 1970."""
    return _written(datetime.fromtimestamp(seconds, UTC), "yyyy-MM-ddTHH:mm:ssZ")


def _not_repeatable(invocation: Invocation, arguments: object) -> Node:
    raise faulty(
        invocation.place, "not-repeatable",
        f"{invocation.name}() gives another value each time, so that no two deployments are the same.",
        "Take a parameter without such a default, or guid() and uniqueString() of what stays.",
    )  # fmt: skip


FUNCTIONS["utcNow"] = FUNCTIONS["newGuid"] = _not_repeatable


def _fail(invocation: Invocation, arguments: list[Argument]) -> Node:
    said = arguments[0].plain() if arguments and isinstance(arguments[0], Node) else ""
    raise faulty(invocation.place, "failed", f"The template refuses this: {said}.", "Do as it says.")


FUNCTIONS["fail"] = _fail  # type: ignore[assignment]
