"""Which branches there may be, and which environment each may change."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from delivery.branch.repository import Repository
from infra.check.model import Fault, Place

ENVIRONMENTS = Path("delivery/environments.yml")
NAMES = re.compile(
    r"main|release/\d+\.\d+|(feature|fix|data|model|infra|docs|dependabot)/[A-Za-z0-9][A-Za-z0-9._/-]*"
)
RELEASE = re.compile(r"release/(\d+)\.(\d+)")
MERGED = re.compile(r"(refs/)?pull/\d+/merge")


def branch_of(environment: Mapping[str, str], repository: Repository) -> str:
    """Return the branch that is looked at: a pull request's source, the run's own, or that of the folder."""
    told = ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "GITHUB_HEAD_REF", "BUILD_SOURCEBRANCH", "GITHUB_REF")
    for name in told:
        if environment.get(name):
            return environment[name].removeprefix("refs/heads/")
    return repository.branch()


def name_faults(branch: str) -> Iterator[Fault]:
    """Yield what is wrong with a branch's name."""
    if not NAMES.fullmatch(branch) and not MERGED.fullmatch(branch):
        yield fault(
            "branch-name",
            f"The branch '{branch}' is no kind of branch.",
            "Name it main, release/x.y, or feature/, fix/, data/, model/, infra/, docs/ and what it is about.",
        )


def environment_faults(branch: str, environment: str, repository: Repository) -> Iterator[Fault]:
    """Yield why a branch may not change an environment."""
    allowed = _allowed(repository.root).get(environment)
    if allowed is None:
        yield fault("unknown-environment", f"There is no environment '{environment}'.", "Name dev or prod.")
    elif not any(_covers(pattern, branch) for pattern in allowed):
        yield fault(
            "wrong-branch",
            f"The branch '{branch}' may not change {environment}.",
            f"Only {', '.join(allowed)} may: merge, and let the pipelines of that branch do it.",
        )
    elif branch.startswith("release/") and branch != newest(repository.branches(), branch):
        yield fault(
            "superseded-release",
            f"'{branch}' has been superseded by '{newest(repository.branches(), branch)}'.",
            "Change the environment from the newest release branch; roll back with the rollback pipeline.",
        )


def rewritten_faults(branch: str, repository: Repository) -> Iterator[Fault]:
    """Yield whether a permanent branch has lost commits that its remote has."""
    permanent = branch == "main" or RELEASE.fullmatch(branch)
    if permanent and not repository.contains(f"refs/remotes/origin/{branch}"):
        yield fault(
            "rewritten-branch",
            f"'{branch}' lacks commits of origin/{branch}.",
            "A permanent branch is never rewritten: merge origin's commits, and push without force.",
        )


def newest(branches: Iterable[str], branch: str) -> str:
    """Return the release branch of the highest version, 1.10 after 1.9."""
    found = [match for match in map(RELEASE.fullmatch, {*branches, branch}) if match]
    return max(found, key=lambda match: (int(match[1]), int(match[2])))[0] if found else ""


def output_line(current: bool, environment: Mapping[str, str]) -> str:
    """Return how a system of pipelines is told whether it is a branch's turn; GitHub reads a file besides."""
    value = str(current).lower()
    if environment.get("GITHUB_OUTPUT"):
        with Path(environment["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
            outputs.write(f"current={value}\n")
    if environment.get("TF_BUILD"):
        return f"##vso[task.setvariable variable=current;isOutput=true]{value}"
    return f"current={value}"


def fault(rule: str, problem: str, remedy: str) -> Fault:
    """Return a fault of a branch; it stands in no file but the one that says what is allowed."""
    return Fault(place=Place(ENVIRONMENTS, 1), rule=rule, problem=problem, remedy=remedy)


def _allowed(root: Path) -> Mapping[str, list[str]]:
    found = yaml.safe_load((root / ENVIRONMENTS).read_text(encoding="utf-8"))
    return {name: one["branches"] for name, one in found.items()}


def _covers(pattern: str, branch: str) -> bool:
    return bool(RELEASE.fullmatch(branch)) if pattern == "release/*" else pattern == branch
