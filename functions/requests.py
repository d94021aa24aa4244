"""What callers may ask for over HTTP: parsed, checked, or refused with field and remedy. Nothing is started here."""

import base64
import json
import logging
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar

import azure.functions as func
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from shared.errors import RequestRefused
from shared.messages import Name, Promotion, RunRequest

LOG = logging.getLogger(__name__)

BODY_BYTES = 64 * 1024
"""More than any sensible request; 14 markets are a few hundred."""

_NAME = TypeAdapter(Name)
_NAME_REMEDY = "Give 1 to 100 letters, digits, '-' or '_', the first one a letter or digit"


def _day(value: object) -> object:
    """Let only a date's text pass; what is parsed into dates besides, such as seconds since 1970, is a mistake."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return value
    raise ValueError("Input should be a day such as 2019-07-01")


Day = Annotated[date, BeforeValidator(_day)]


class Body(BaseModel):
    """A request's body; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=200)


class StartRun(Body):
    """Body of ``POST /api/runs``."""

    id: Name | None = Field(
        None, description="The run's name; the caller's own, so that asking again is no second run."
    )
    kind: Literal["train", "score", "both"] = "both"
    markets: list[str] = Field([], max_length=10_000)
    formats: list[Literal["large", "small"]] = Field([], max_length=2)
    week: Day | None = Field(None, ge=date(1970, 1, 1), lt=date(2200, 1, 1))
    force: bool = False
    resume: Name | None = None
    trigger: Literal["demand", "code", "data", "stale"] = Field(
        "demand", description="What the run is started for; stale trains nothing but what has grown old."
    )
    promotion: Promotion | None = Field(None, description="None: as the profile says.")
    trial: bool = Field(False, description="Score with the models that await promotion; nothing stands.")
    callBackUri: str | None = Field(  # noqa: N815 - the name that Data Factory sends
        None, max_length=2000, description="Sent by Data Factory's WebHook activity."
    )


class ReplayConditioning(Body):
    """Body of ``POST /api/conditioning/{source}/replay``."""

    id: Name | None = None
    files: str = Field(
        "*", description="Which of the source's files, by their names; * and ? stand for others."
    )
    force: bool = Field(True, description="Also those that are conditioned by the rules of today already.")


Kind = TypeVar("Kind", bound=Body)


def parse_body(request: func.HttpRequest, kind: type[Kind]) -> Kind:
    """Parse a body; raises RequestRefused."""
    raw = request.get_body()
    if len(raw) > BODY_BYTES:
        raise TooLarge(f"{len(raw)} bytes")
    try:
        value = json.loads(raw or b"{}", object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as exc:
        raise RequestRefused(
            "body", f"is no JSON ({exc})", 'Send an object such as {"kind": "both"}'
        ) from exc
    if not isinstance(value, dict):
        raise RequestRefused("body", "is no JSON object", 'Send an object such as {"kind": "both"}')
    try:
        return kind.model_validate(value)
    except ValidationError as exc:
        raise _refused(exc, kind) from exc


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _constant(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


class TooLarge(RequestRefused):
    """The body is larger than any sensible request."""

    def __init__(self, found: str) -> None:
        super().__init__("body", f"has {found}", f"Send at most {BODY_BYTES}")


def _refused(exc: ValidationError, kind: type[Body]) -> RequestRefused:
    first = exc.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "body"
    if first["type"] == "extra_forbidden":
        return RequestRefused(field[:100], "is not known", f"Known are {', '.join(kind.model_fields)}")
    if first["type"] == "string_pattern_mismatch":
        return RequestRefused(field, "is no name", _NAME_REMEDY)
    return RequestRefused(field, first["msg"], "See docs/operations.md for what a request may hold")


def run_name(request: func.HttpRequest) -> str:
    """Return the run that the route names; raises RequestRefused."""
    try:
        return _NAME.validate_python(request.route_params["id"])
    except ValidationError as exc:
        raise RequestRefused("id", "is no name of a run", _NAME_REMEDY) from exc


def run_request(body: StartRun, operation_id: str) -> RunRequest:
    """Turn a body into a run's request."""
    return RunRequest(
        run=body.id or new_name("run"),
        kind=body.kind,
        markets=tuple(body.markets),
        formats=tuple(body.formats),
        week=body.week,
        trigger="resume" if body.resume else body.trigger,
        force=body.force,
        resume=body.resume,
        promotion=body.promotion,
        trial=body.trial,
        operation_id=operation_id,
    )


def new_name(kind: str) -> str:
    """Return a name that nothing has yet, such as ``run-20190805-060000-5f2c81d0``."""
    return f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


class _Claim(BaseModel):
    typ: str
    val: str


class _Principal(BaseModel):
    role_typ: str | None = None
    claims: list[_Claim] = []


def check_role(request: func.HttpRequest, role: str) -> None:
    """Refuse a caller without the role, where the app asks for one (Entra ID in front of it); raises Forbidden."""
    if role and role not in _roles(request.headers):
        raise Forbidden(role)


class Forbidden(RequestRefused):
    """The caller lacks a role."""

    def __init__(self, role: str) -> None:
        super().__init__("caller", f"lacks the role {role}", "Ask an owner of the app registration for it")


def _roles(headers: Mapping[str, str]) -> set[str]:
    """Return the roles that the platform's authentication has put into its header."""
    try:
        principal = _Principal.model_validate_json(base64.b64decode(headers.get("x-ms-client-principal", "")))
    except ValueError:
        return set()
    kinds = {"roles", principal.role_typ}
    return {claim.val for claim in principal.claims if claim.typ in kinds}


def answer(value: Mapping[str, Any], status: int = 200) -> func.HttpResponse:
    """Answer with JSON."""
    return func.HttpResponse(json.dumps(value), status_code=status, mimetype="application/json")


def refusal(exc: RequestRefused) -> func.HttpResponse:
    """Answer that a request is refused, and log it."""
    LOG.warning("refused: %s", exc)
    status = 413 if isinstance(exc, TooLarge) else 403 if isinstance(exc, Forbidden) else 400
    return answer({"error": {"field": exc.field, "problem": exc.problem, "remedy": exc.remedy}}, status)
