"""Decides which pipelines an event starts, by the triggers that their files declare."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from delivery.play.errors import PlayRefused
from delivery.play.model import file_name, resources

Kind = Literal["push", "pull_request", "schedule", "webhook", "manual"]

REASONS: Mapping[Kind, str] = {
    "push": "IndividualCI",
    "pull_request": "PullRequest",
    "schedule": "Schedule",
    "webhook": "ResourceTrigger",
    "manual": "Manual",
}
"""What Azure calls them in ``Build.Reason``."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happens: to a branch, to a clock, to data, or by hand."""

    kind: Kind
    branch: str  # short: main, release/1.0; of a pull request: the branch that it goes to
    paths: tuple[str, ...] = ("training/features.py",)  # that a push changes
    pipeline: str = ""  # whose schedule it is, or that is started by hand; of others: only this one
    payload: Mapping[str, str] = field(default_factory=dict)  # of a webhook

    @property
    def ref(self) -> str:
        """The branch as `Build.SourceBranch` says it."""
        return "refs/pull/1/merge" if self.kind == "pull_request" else f"refs/heads/{self.branch}"

    @property
    def facts(self) -> dict[str, str]:
        """The variables that are known before a pipeline is expanded."""
        facts = {
            "Build.SourceBranch": self.ref,
            "Build.SourceBranchName": self.ref.rsplit("/", 1)[-1],
            "Build.Reason": REASONS[self.kind],
        }
        if self.kind == "pull_request":
            facts["System.PullRequest.TargetBranch"] = f"refs/heads/{self.branch}"
            facts["System.PullRequest.SourceBranch"] = "refs/heads/feature/played"
        return facts


def started(folder: Path, event: Event) -> list[Path]:
    """Return the files of the pipelines that an event starts.

    Parameters
    ----------
    folder : Path
        ``.azure-pipelines``.
    event : Event
        What happens.
    """
    found = [path for path, content in _pipelines(folder) if _starts(path.stem, content, event)]
    return [path for path in found if not event.pipeline or path.stem == event.pipeline]


def following(folder: Path, finished: str, event: Event) -> list[Path]:
    """Return the files of the pipelines that wait for one to finish on the event's branch."""
    return [path for path, content in _pipelines(folder) if _follows(content, finished, event)]


def _pipelines(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    found = sorted(folder.glob("*.yml"))
    if not found:
        raise PlayRefused(f"{folder} holds no pipelines. Give the repository with --root.")
    for path in found:
        yield path, yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506


def _starts(name: str, content: Mapping[str, Any], event: Event) -> bool:
    if event.kind == "push":
        return _admits(content.get("trigger", {}), event)
    if event.kind == "pull_request":
        return _admits(content.get("pr", {}), event)
    if event.kind == "schedule":
        schedules = content.get("schedules", [])
        return name == event.pipeline and any(_admits(one, event) for one in schedules)
    if event.kind == "webhook":
        return any(_heard(one, event) for one in resources(content, "webhooks"))
    return name == event.pipeline


def _admits(trigger: Any, event: Event) -> bool:
    """Return whether branches and paths pass; no trigger at all means every branch, as for Azure."""
    if trigger == "none":
        return False
    if isinstance(trigger, list):
        return _passes({"include": trigger}, [event.branch])
    paths = trigger.get("paths")
    return _passes(trigger.get("branches", {}), [event.branch]) and (
        not paths or event.kind != "push" or _passes(_folders(paths), event.paths)
    )


def _passes(filters: Mapping[str, Sequence[str]], values: Sequence[str]) -> bool:
    """Return whether one of the values is included and not excluded."""
    include, exclude = filters.get("include", ["*"]), filters.get("exclude", [])
    return any(_matches(value, include) and not _matches(value, exclude) for value in values)


def _folders(paths: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return path filters in which a folder means all that is in it."""
    return {key: [p for one in found for p in (one, one.rstrip("/") + "/*")] for key, found in paths.items()}


def _matches(value: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)


def _heard(webhook: Mapping[str, Any], event: Event) -> bool:
    return all(event.payload.get(one["path"]) == one["value"] for one in webhook.get("filters", []))


def _follows(content: Mapping[str, Any], finished: str, event: Event) -> bool:
    for one in resources(content, "pipelines"):
        trigger = one.get("trigger", "none")
        if file_name(one["source"]) == finished and trigger != "none":
            return _passes({} if trigger == "true" else trigger.get("branches", {}), [event.branch])
    return False
