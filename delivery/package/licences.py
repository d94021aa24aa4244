"""The licences of everything that is installed for a package, held against the policy in licences.yml.

They are read from the installed packages of this environment, which has the same versions.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from license_expression import ExpressionError, get_spdx_licensing  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict

from delivery.package.errors import PackageError
from delivery.package.locks import LISTS, Locked
from infra.check.model import Fault, Place

POLICY = Path(__file__).with_suffix(".yml")
SPDX = get_spdx_licensing()


class Decision(BaseModel):
    """What is taken for the licence of a package whose own word does not do, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    licence: str
    because: str


class Policy(BaseModel):
    """See licences.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed: frozenset[str]
    forbidden: tuple[str, ...]
    spelled: dict[str, str]
    decided: dict[str, Decision]

    def licence(self, name: str, said: str) -> str:
        """Return a package's licence, as decided or as an SPDX expression where its own word can be read."""
        decision = self.decided.get(name)
        return decision.licence if decision else self.spelled.get(said, said)

    def allows(self, expression: str) -> bool:
        """Whether all licences of an expression that have to be kept are allowed."""
        try:
            return self._allows(SPDX.parse(expression))
        except ExpressionError:
            return False

    def _allows(self, part: object) -> bool:
        parts = getattr(part, "args", ())
        kind = type(part).__name__
        if kind == "OR":
            return any(map(self._allows, parts))
        return all(map(self._allows, parts)) if kind == "AND" else str(part) in self.allowed

    def forbids(self, expression: str) -> bool:
        """Whether a licence that is not allowed is one of the forbidden."""
        names = re.findall(r"[\w.+-]+", expression)
        return any(fnmatchcase(name, pattern) for name in names for pattern in self.forbidden)


@dataclass(frozen=True, kw_only=True)
class Licensed:
    """An installed package and what it says of its licence."""

    version: str
    licence: str
    url: str


def read_policy(path: Path = POLICY) -> Policy:
    """Read the policy."""
    return Policy.model_validate(yaml.safe_load(path.read_text()))


def installed() -> dict[str, Licensed]:
    """Return what is installed here, by normal name."""
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--with-urls", "--with-system"]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise PackageError(f"pip-licenses failed: {done.stderr.strip()}. Run `make setup`.")
    return {
        _normal(one["Name"]): Licensed(version=one["Version"], licence=one["License"], url=one["URL"])
        for one in json.loads(done.stdout)
    }


def judge(
    name: str, packages: Iterable[Locked], found: Mapping[str, Licensed], policy: Policy
) -> list[Fault]:
    """Return a fault for each package of a list whose licence is forbidden, unknown, or not to be found."""
    return [
        Fault(
            place=Place(Path(LISTS[name]), package.line),
            rule=rule,
            problem=f"{package.name} {problem}",
            remedy=remedy,
        )
        for package in packages
        for rule, problem, remedy in _faults(package, found.get(_normal(package.name)), policy)
    ]


def _faults(package: Locked, found: Licensed | None, policy: Policy) -> list[tuple[str, str, str]]:
    if found is None or found.version.partition("+")[0] != package.version:
        return [("licence-not-found", f"{package.version} is not installed here.", "Run `make setup`.")]
    licence = policy.licence(package.name, found.licence)
    if policy.decided.get(package.name) or policy.allows(licence):
        return []
    if policy.forbids(licence):
        return [
            (
                "forbidden-licence",
                f"is under {licence}.",
                "Do without it: pyproject.toml says who asks for it.",
            )
        ]
    remedy = "Read its licence; allow it, or decide upon the package, in delivery/package/licences.yml."
    return [("unknown-licence", f"says {licence!r}, which the policy does not know.", remedy)]


def unused(policy: Policy, packages: Iterable[Locked]) -> list[Fault]:
    """Return a fault for each decision about a package that is not installed any more."""
    names = {package.name for package in packages}
    return [
        Fault(
            place=Place(Path("delivery/package/licences.yml"), 1),
            rule="unused-decision",
            problem=f"{name} is decided upon, but nothing installs it.",
            remedy="Remove the decision.",
        )
        for name in policy.decided
        if name not in names
    ]


def table(lists: Mapping[str, Sequence[Locked]], found: Mapping[str, Licensed], policy: Policy) -> str:
    """Return the licences as a table in Markdown."""
    lines = [
        "# Licences",
        "",
        "| package | version | licence | installed for | home |",
        "|---|---|---|---|---|",
    ]
    versions = {package.name: package for packages in lists.values() for package in packages}
    for name in sorted(versions):
        about = found[_normal(name)]
        users = ", ".join(
            user for user, packages in lists.items() if any(one.name == name for one in packages)
        )
        licence = policy.licence(name, about.licence)
        lines.append(f"| {name} | {versions[name].version} | {licence} | {users} | {about.url} |")
    decisions = [f"- {name}: {decision.because}" for name, decision in sorted(policy.decided.items())]
    return "\n".join([*lines, "", "Decided upon:", "", *decisions, ""])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
