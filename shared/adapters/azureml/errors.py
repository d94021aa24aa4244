"""The SDK's errors, made ours in one place: is the request at fault, or may trying again help?

Loaded by the first call, see the package.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from azure.ai.ml.exceptions import MlException, ValidationException
from azure.core.exceptions import AzureError, HttpResponseError
from marshmallow.exceptions import ValidationError

from shared.adapters.azureml.transport import OutOfTime
from shared.errors import JobError, JobRefused, JobsUnavailable

SDK_ERRORS = (AzureError, MlException, ValidationError, OutOfTime)
LONGEST = 1000
"""Characters of a message that are kept."""
# Who may do what is no fault of the request: a role that was just assigned takes minutes to be known everywhere.
TRYING_AGAIN_MAY_HELP = frozenset({401, 403, 408, 429})


@contextmanager
def translated() -> Iterator[None]:
    """Turn the SDK's errors into JobRefused or JobsUnavailable."""
    try:
        yield
    except SDK_ERRORS as exc:
        raise translate(exc) from exc


def translate(exc: Exception) -> JobError:
    """Return what an error of the SDK means to us.

    The SDK wraps what went wrong on the wire in errors of its own, so the whole chain is looked at.
    """
    chain = list(_chain(exc))
    wire = next((e for e in chain if _on_the_wire(e)), None)
    if wire is None:
        said = next((e for e in chain if isinstance(e, ValidationException)), exc)
        return JobRefused(f"Azure ML does not take it: {plain(str(said))}")
    status = wire.status_code if isinstance(wire, HttpResponseError) else None
    if status is not None and 400 <= status < 500 and status not in TRYING_AGAIN_MAY_HELP:
        return JobRefused(f"Azure ML refuses it ({status}): {plain(str(wire))}")
    told = "" if status is None else f" ({status})"
    return JobsUnavailable(f"Azure ML is not available{told}: {plain(str(wire))}")


def plain(text: str) -> str:
    """Return a text of the SDK in one line, without its colours and without end."""
    line = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _on_the_wire(exc: BaseException) -> bool:
    return isinstance(exc, OutOfTime) or (isinstance(exc, AzureError) and not isinstance(exc, MlException))


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__
