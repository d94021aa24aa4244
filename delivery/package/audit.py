"""Known vulnerabilities of everything that is installed for a package, as pip-audit hears of them.

Where its source cannot be reached, or does not know a package, that package is not checked: pip-audit itself calls
this a success.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from delivery.package.locks import LISTS, Locked
from infra.check.model import Fault, Place

IGNORED = Path(__file__).with_suffix(".yml")
SOURCE_SECONDS = 15


class Borne(BaseModel):
    """A vulnerability that is borne until a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    package: str
    reason: str = Field(min_length=10)
    until: date


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
    """A known vulnerability of a pinned version."""

    package: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the source says of a list of packages.

    Attributes
    ----------
    unchecked : dict
        By package, why nothing is known.
    """

    checked: int
    found: tuple[Vulnerability, ...]
    unchecked: Mapping[str, str]


def read_borne(path: Path = IGNORED) -> list[Borne]:
    """Read what is borne."""
    return TypeAdapter(list[Borne]).validate_python(yaml.safe_load(path.read_text()))


def ask(packages: Sequence[Locked]) -> Answer:
    """Ask pip-audit's source."""
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("".join(f"{package.name}=={package.version}\n" for package in packages))
        command = [
            *(sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format=json"),
            *("--progress-spinner=off", f"--timeout={SOURCE_SECONDS}", "--requirement", str(wanted)),
        ]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    return read_answer(done.stdout, done.stderr, packages)


def read_answer(said: str, trouble: str, packages: Iterable[Locked]) -> Answer:
    """Read what pip-audit printed; where that is no answer, nothing is checked."""
    try:
        listed: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        reason = (trouble.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return Answer(checked=0, found=(), unchecked={package.name: reason for package in packages})
    answered = {one["name"]: one for one in listed if "skip_reason" not in one}
    skipped = {one["name"]: one["skip_reason"] for one in listed if "skip_reason" in one}
    silent = {p.name: "the source did not answer" for p in packages if p.name not in answered | skipped}
    return Answer(
        checked=len(answered),
        found=tuple(_vulnerability(one["name"], flaw) for one in listed for flaw in one.get("vulns", ())),
        unchecked=skipped | silent,
    )


def _vulnerability(package: str, flaw: dict[str, Any]) -> Vulnerability:
    return Vulnerability(
        package=package, ids=(flaw["id"], *flaw.get("aliases", ())), fixed_in=tuple(flaw["fix_versions"])
    )


def judge(
    name: str, packages: Iterable[Locked], answer: Answer, borne: Iterable[Borne], today: date
) -> list[Fault]:
    """Return a fault for each vulnerability that is not borne today."""
    lines = {package.name: package.line for package in packages}
    carried = {(one.package, one.id) for one in borne if today <= one.until}
    return [
        Fault(
            place=Place(Path(LISTS[name]), lines[flaw.package]),
            rule="known-vulnerability",
            problem=f"{flaw.package} has {', '.join(flaw.ids)}.",
            remedy=_remedy(flaw),
        )
        for flaw in answer.found
        if not any((flaw.package, known) in carried for known in flaw.ids)
    ]


def _remedy(flaw: Vulnerability) -> str:
    fixed = f"Pin {' or '.join(flaw.fixed_in)} and run `make lock`" if flaw.fixed_in else "Do without it"
    return f"{fixed}, or bear it in delivery/package/audit.yml with a reason and a day."


def expired(borne: Iterable[Borne], today: date) -> list[Fault]:
    """Return a fault for each entry whose day has passed."""
    return [
        Fault(
            place=Place(Path("delivery/package/audit.yml"), 1),
            rule="expired-exception",
            problem=f"{one.id} of {one.package} was borne until {one.until}.",
            remedy="Mend it, or look at it again and give it another day.",
        )
        for one in borne
        if one.until < today
    ]


def not_checked(name: str, answer: Answer) -> list[Fault]:
    """Return the fault that a list is not checked, where that is asked for."""
    if not answer.unchecked:
        return []
    package, reason = next(iter(answer.unchecked.items()))
    return [
        Fault(
            place=Place(Path(LISTS[name]), 1),
            rule="not-checked",
            problem=f"{len(answer.unchecked)} packages were not checked for vulnerabilities, {package} first: {reason}",
            remedy="Run it where pip-audit reaches its source, the index's JSON pages.",
        )
    ]
