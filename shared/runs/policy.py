"""Which cells are trained and scored, and why, in words. Pure: what is compared is read elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from shared.messages import PlannedCell, RunRequest
from shared.profile import Retraining
from shared.runs.records import CurrentForecast, Training


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What holds for all cells of a run.

    Attributes
    ----------
    week : str
        Last known week, its first day.
    code, profile : str
        Fingerprints of the code, and of the settings in the profile.
    resumed : dict
        By name, the cells that failed in the run that is resumed, and whether their training did.
    """

    request: RunRequest
    policy: Retraining
    week: str
    versions: Mapping[str, str]
    code: str
    profile: str
    today: date
    resumed: Mapping[str, tuple[PlannedCell, bool]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CellFacts:
    """What is known of a cell.

    Attributes
    ----------
    demand : str
        Digest of its demand rows up to the last known week.
    demand_then : str
        The same, up to the week of its newest training: what that training should have seen.
    serving : dict
        Version per slot that serves now, None for the baseline.
    """

    name: str
    demand: str
    demand_then: str = ""
    training: Training | None = None
    current: CurrentForecast | None = None
    serving: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a cell has to do, and why."""

    train: bool
    score: bool
    why: tuple[str, ...]


def decide(cell: CellFacts, now: Circumstances) -> Decision:
    """Decide what a cell has to do; where that is nothing, `why` says so."""
    failed = now.resumed.get(cell.name)
    if failed:
        return _again(cell, now, *failed)
    reasons = _reasons(cell, now) if now.request.kind != "score" else []
    train = bool(reasons)
    wanted = now.request.kind != "train" and (now.request.trigger != "stale" or train)
    asked = now.request.force or now.request.trial
    score = wanted and (train or asked or not _is_published(cell, now))
    if train:
        return Decision(train=True, score=score, why=tuple(reasons))
    if score and now.request.kind == "score":
        return Decision(train=False, score=True, why=("only its forecast was asked for",))
    return Decision(train=False, score=score, why=(_no_reason(cell, now),))


def _again(cell: CellFacts, now: Circumstances, planned: PlannedCell, training_failed: bool) -> Decision:
    run = now.request.resume
    train = planned.train and training_failed
    said = f"its training in run {run} did not succeed" if train else f"it failed in run {run}"
    return Decision(train=train, score=planned.score, why=(said,))


def _reasons(cell: CellFacts, now: Circumstances) -> list[str]:
    stale = _stale(cell, now)
    forced = ["its training was asked for"] if now.request.force else []
    if now.request.trigger == "stale":
        return [*forced, *stale]
    if cell.training is None:
        return [*forced, "it was never trained"]
    return [*forced, *_new_data(cell, cell.training, now), *_new_code(cell.training, now), *stale]


def _new_data(cell: CellFacts, last: Training, now: Circumstances) -> list[str]:
    found = []
    weeks = (date.fromisoformat(now.week) - date.fromisoformat(last.week)).days // 7
    if weeks >= now.policy.min_new_weeks and cell.demand != last.demand:
        found.append(f"{weeks} new {'week' if weeks == 1 else 'weeks'} of data since that of {last.week}")
    if weeks >= 0 and now.policy.on_corrections and cell.demand_then != last.demand:
        found.append(f"data up to the week of {last.week} were corrected")
    return found


def _new_code(last: Training, now: Circumstances) -> list[str]:
    if not now.policy.on_new_code:
        return []
    changed = {"the code": last.code != now.code, "the profile": last.profile != now.profile}
    return [f"{what} has changed since run {last.run}" for what, has in changed.items() if has]


def _stale(cell: CellFacts, now: Circumstances) -> list[str]:
    if cell.training is None:
        return []
    days = _age(cell.training, now)
    limit = now.policy.stale_after_days
    return [f"trained {days} days ago, and stale after {limit}"] if days > limit else []


def _age(last: Training, now: Circumstances) -> int:
    return (now.today - date.fromisoformat(last.trained_on)).days


def _is_published(cell: CellFacts, now: Circumstances) -> bool:
    """Whether the forecast that stands is of these data, this code, and the models of today."""
    found = cell.current
    trained = cell.training.run if cell.training else ""
    if found is None or found.serving not in (None, dict(cell.serving)):
        return False
    return (found.versions, found.code, found.profile, found.trained) == (
        dict(now.versions), now.code, now.profile, trained,
    )  # fmt: skip


def _no_reason(cell: CellFacts, now: Circumstances) -> str:
    """Say why a cell is not trained and, where its forecast stands, why it is not scored either."""
    current = cell.current if _is_published(cell, now) else None
    stands = [f"its forecast of these data stands: run {current.run}"] if current else []
    if now.request.kind == "score":
        return "; ".join(stands)
    matters = now.request.kind == "both" and now.request.trigger != "stale"
    return "; ".join([_not_due(cell, now), *(stands if matters else [])])


def _not_due(cell: CellFacts, now: Circumstances) -> str:
    if cell.training is None:
        return "it was never trained, so no model of it is stale"
    days = _age(cell.training, now)
    if now.request.trigger == "stale":
        return f"trained {days} days ago, and stale only after {now.policy.stale_after_days}"
    return f"nothing new to train on since run {cell.training.run}, {days} days ago"
