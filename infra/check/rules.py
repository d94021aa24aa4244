"""What a rule is, and where all of them are found.

Every public function of the modules in policies/ and crosschecks/ that takes a subject alone is a rule: ``weak_tls`` is
the rule weak-tls, and the first line of its docstring is its reason. What the rules look for is not here.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from infra.check import crosschecks, policies
from infra.check.model import Fault, Faulty, Place

if TYPE_CHECKING:
    from infra.check.subject import Infrastructure


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule has found; `environment` where it holds for one environment alone, as far as the rule knows."""

    place: Place
    problem: str
    remedy: str
    environment: str = ""


Check = Callable[["Infrastructure"], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule by its name in kebab case, with the reason why it is there."""

    name: str
    reason: str
    check: Check


@cache
def all_rules() -> dict[str, Rule]:
    """Return every rule by its name: policies first, then cross-checks."""
    found = (rule for package in (policies, crosschecks) for rule in _rules_of(package))
    return {rule.name: rule for rule in found}


def faults_of(rule: Rule, subject: "Infrastructure") -> list[Fault]:
    """Run a rule; what it finds alike in several environments is one fault."""
    found: dict[tuple[Place, str, str], set[str]] = {}
    try:
        for one in rule.check(subject):
            found.setdefault((one.place, one.problem, one.remedy), set()).add(one.environment)
    except Faulty as exc:
        return [exc.fault]
    everywhere = set(subject.graphs)
    return [
        Fault(place=place, rule=rule.name, problem=_where(problem, where, everywhere), remedy=remedy)
        for (place, problem, remedy), where in sorted(found.items())
    ]


def _where(problem: str, environments: set[str], everywhere: set[str]) -> str:
    told = sorted(environments - {""})
    if not told or environments >= everywhere:
        return problem
    return f"{problem.removesuffix('.')} (in {' and '.join(told)})."


def _rules_of(package: ModuleType) -> Iterator[Rule]:
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        module = import_module(f"{package.__name__}.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and list(inspect.signature(function).parameters) == ["subject"]:
                reason = (inspect.getdoc(function) or "").partition("\n")[0]
                yield Rule(name=name.replace("_", "-"), reason=reason, check=function)
