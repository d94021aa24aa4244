"""The gates of environments: which branches may pass, and who is asked."""

import fnmatch
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from delivery.play.errors import PlayRefused

ENVIRONMENTS = Path("delivery/environments.yml")
"""In the repository."""

Ask = Callable[[str], bool]


@dataclass(frozen=True)
class Verdict:
    """Whether a job may go on, and why."""

    passed: bool
    reason: str


class Gates:
    """The environments of a repository, and the approvals that are given for this play.

    Parameters
    ----------
    root : Path
        The repository.
    approved : collection of str
        Environments that are approved: ``dev`` stands for itself and ``dev-...``.
    ask : callable
        Asked where nothing is approved beforehand; by default the terminal, and where there is none, no.
    """

    def __init__(self, root: Path, approved: Collection[str], ask: Ask | None = None) -> None:
        self.environments = _read(root / ENVIRONMENTS)
        self.approved = frozenset(approved)
        self.ask = ask or ask_on_terminal

    def verdict(self, environment: str, branch: str) -> Verdict:
        """Return whether a job on a branch may use an environment."""
        if environment not in self.environments:
            return Verdict(False, f"{environment} is no environment of {ENVIRONMENTS}: add it there")
        found = self.environments[environment]
        if not any(fnmatch.fnmatchcase(branch, pattern) for pattern in found["branches"]):
            return Verdict(False, f"{branch} may not use {environment}: only {', '.join(found['branches'])}")
        if "approval" not in found:
            return Verdict(True, "no approval needed")
        return self._asked(environment, found["approval"])

    def _asked(self, environment: str, who: str) -> Verdict:
        if {environment, environment.split("-")[0]} & self.approved:
            return Verdict(True, f"approved for {who}")
        if self.ask(f"{who}: may this run change {environment}?"):
            return Verdict(True, f"approved by {who} on the terminal")
        return Verdict(
            False, f"{who} has not approved {environment}: answer yes, or give --approve {environment}"
        )


def ask_on_terminal(question: str) -> bool:
    """Return the answer to a question; no, where nobody sits at the terminal."""
    if not sys.stdin.isatty():
        return False
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as exc:
        raise PlayRefused(f"{path} cannot be read: {exc}. It says who approves what.") from exc
    return found
