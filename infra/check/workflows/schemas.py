"""Pipelines and workflows against the schemas that their vendors publish."""

import contextlib
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.check.model import Fault, Place
from infra.check.workflows.places import place_of

VARIABLES = "variables"
"""Azure's schema knows no templates of variables alone: they are checked as a pipeline without steps."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Files of one schema."""

    schema: str
    patterns: Sequence[str]
    options: Sequence[str] = ()


KINDS = (
    Kind(
        schema="vendor.azure-pipelines",
        patterns=(".azure-pipelines/**/*.yml",),
        options=("--regex-variant", "nonunicode", "--data-transform", "azure-pipelines"),
    ),
    Kind(schema="vendor.github-workflows", patterns=(".github/workflows/*.yml",)),
    Kind(schema="vendor.github-actions", patterns=(".github/actions/*/action.yml",)),
    Kind(schema="vendor.dependabot", patterns=(".github/dependabot.yml",)),
)


def schema_faults(root: Path) -> Iterator[Fault]:
    """Yield what the vendors' schemas refuse in pipelines, workflows, actions and Dependabot's file."""
    for kind in KINDS:
        files = sorted({path for pattern in kind.patterns for path in root.glob(pattern)})
        if files:
            yield from _checked(kind, files, root)


def _checked(kind: Kind, files: Sequence[Path], root: Path) -> Iterator[Fault]:
    with tempfile.TemporaryDirectory() as folder:
        shown = {str(_copied(path, root, Path(folder))): path.relative_to(root) for path in files}
        found = _validated(["--builtin-schema", kind.schema, *kind.options, "-v", "-o", "json", *shown])
    for error in found.get("errors", ()):
        yield _fault(error, shown[error["filename"]], root, kind)
    for error in found.get("parse_errors", ()):
        file = shown[error["filename"]]
        yield Fault(
            place=Place(file, 1),
            rule="pipeline-schema",
            problem=f"It cannot be read: {error['message']}.",
            remedy="Mend its YAML.",
        )


def _validated(arguments: list[str]) -> dict[str, Any]:
    """Run check-jsonschema in this process: four starts of it take longer than all its work."""
    from check_jsonschema.cli import main_command  # type: ignore[import-untyped]

    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        main_command.main(args=arguments, standalone_mode=False)
    found: dict[str, Any] = json.loads(written.getvalue())
    return found


def _copied(path: Path, root: Path, folder: Path) -> Path:
    target = folder / path.relative_to(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)
    if path.parent.name == VARIABLES:
        with target.open("a", encoding="utf-8") as file:
            file.write("\nsteps: []\n")
    return target


def _fault(error: Mapping[str, Any], file: Path, root: Path, kind: Kind) -> Fault:
    best = min([error, *error.get("sub_errors", ())], key=_telling)
    return Fault(
        place=place_of(file, root, best["path"]),
        rule="pipeline-schema",
        problem=f"{kind.schema.removeprefix('vendor.')}: {best['path']}: {best['message'][:200]}.",
        remedy="Write it as the vendor's schema has it.",
    )


def _telling(error: Mapping[str, Any]) -> tuple[int, int, int]:
    """Order errors of one place by how much they say: the deepest, and there what stands out alone."""
    message, depth = error["message"], error["path"].count(".") + error["path"].count("[")
    ranks = (
        "was unexpected" in message,
        "is not one of" in message,
        "is not of type" in message,
        "does not match" in message and "@" not in message,
        "required property" in message,
    )
    return -depth, ranks.index(True) if True in ranks else len(ranks), len(message)
