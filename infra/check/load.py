"""Reads a repository's Bicep into what the rules look at."""

from dataclasses import replace
from pathlib import Path

from infra.check.evaluate import evaluate
from infra.check.model import Fault, Graph, Place
from infra.check.subject import BICEP, Infrastructure
from infra.check.syntax import File, parse

TEMPLATE = BICEP / "main.bicep"
WHOLE = {
    "SHELFCAST_EVENT_SUBSCRIPTIONS": "true",
    "SHELFCAST_GITHUB_REPOSITORY": "owner/repository",
    "SHELFCAST_DEVOPS_ISSUER": "https://login.microsoftonline.com/tenant/v2.0",
    "SHELFCAST_DEVOPS_SUBJECT": "/eid1/c/pub/t/tenant/a/application/sc/organisation/connection",
}
"""What has to be said for everything to be there: event subscriptions, which follow the code, and who may deploy."""


def read_files(root: Path) -> tuple[File, ...]:
    """Parse every Bicep and parameter file of a repository."""
    folder = root / BICEP
    return tuple(
        parse(path, root) for path in sorted((*folder.rglob("*.bicep"), *folder.rglob("*.bicepparam")))
    )


def environments(root: Path) -> list[Path]:
    """Return the parameter files, one per environment, relative to the repository."""
    return [path.relative_to(root) for path in sorted((root / BICEP).glob("*.bicepparam"))]


def evaluate_file(root: Path, parameters: Path) -> Graph:
    """Evaluate everything that one parameter file can deploy; what fails in the first phase alone is told, too."""
    first = evaluate(root / TEMPLATE, root / parameters, root)
    whole = evaluate(root / TEMPLATE, root / parameters, root, variables=WHOLE)
    return replace(whole, faults=tuple(sorted({*first.faults, *whole.faults})))


def load(root: Path) -> Infrastructure:
    """Read and evaluate everything at once."""
    graphs = {path.stem: evaluate_file(root, path) for path in environments(root)}
    return Infrastructure(root=root, files=read_files(root), graphs=graphs)


def missing_environments(root: Path) -> list[Fault]:
    """Both environments have to be there: most rules compare, or look at production."""
    there = {path.stem for path in environments(root)}
    return [
        Fault(
            place=Place(TEMPLATE, 1),
            rule="missing-environment",
            problem=f"there is no {name}.bicepparam.",
            remedy=f"Write {BICEP}/{name}.bicepparam.",
        )
        for name in ("dev", "prod")
        if name not in there
    ]
