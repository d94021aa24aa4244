"""What may be committed: small files, notebooks without outputs, nothing half merged, no keys."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from delivery.branch.repository import Repository
from infra.check.model import Fault, Place

MOST_BYTES = 1_000_000
SAMPLE = Path("tests/data")
"""The sample for tests; all of it together is no larger than one file may be."""

CONFLICT = re.compile(r"^(<{7}|>{7}) ")
KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def file_faults(repository: Repository) -> Iterator[Fault]:
    """Yield what is wrong with the committed files."""
    yield from _sizes(repository)
    for path in repository.files:
        if path.suffix == ".ipynb":
            yield from notebook_faults(repository, path)
        elif not path.is_relative_to(SAMPLE):
            yield from _lines(repository, path)


def notebook_faults(repository: Repository, path: Path) -> Iterator[Fault]:
    """Yield the cells of a notebook that still have outputs or a count."""
    text = repository.text(path)
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError):
        yield Fault(
            place=Place(path, 1),
            rule="unreadable-notebook",
            problem="This is no notebook.",
            remedy="Save it again from Jupyter, or give it another name.",
        )
        return
    lines = text.splitlines()
    for number, cell in enumerate(cells, 1):
        if cell.get("outputs") or cell.get("execution_count"):
            yield Fault(
                place=Place(path, _line(lines, cell)),
                rule="notebook-outputs",
                problem=f"Cell {number} has outputs.",
                remedy="Clear all outputs before committing: they hold data, and hide what has changed.",
            )


def _line(lines: list[str], cell: dict[str, object]) -> int:
    source = cell.get("source")
    first = source[0] if isinstance(source, list) and source else source
    wanted = json.dumps(first)[1:-1] if isinstance(first, str) and first else '"outputs"'
    return next((number for number, line in enumerate(lines, 1) if wanted in line), 1)


def _sizes(repository: Repository) -> Iterator[Fault]:
    sizes = {path: (repository.root / path).stat().st_size for path in repository.files}
    for path, size in sizes.items():
        if size > MOST_BYTES:
            yield _too_large(path, f"It has {size:,} bytes; {MOST_BYTES:,} are the most.")
    sample = sum(size for path, size in sizes.items() if path.is_relative_to(SAMPLE))
    if sample > MOST_BYTES:
        yield _too_large(SAMPLE, f"The sample has {sample:,} bytes; {MOST_BYTES:,} are the most.")


def _too_large(path: Path, problem: str) -> Fault:
    remedy = "Data belongs into the lake, and a smaller sample of it here (python -m local obfuscate)."
    return Fault(place=Place(path, 1), rule="too-large", problem=problem, remedy=remedy)


def _lines(repository: Repository, path: Path) -> Iterator[Fault]:
    text = repository.text(path)
    if "\r\n" in (repository.root / path).read_bytes()[:10_000].decode("latin-1"):
        yield Fault(
            place=Place(path, 1),
            rule="line-ends",
            problem="Its lines end as Windows has it.",
            remedy="Save it with LF; git config core.autocrlf input does so for good.",
        )
    for number, line in enumerate(text.splitlines(), 1):
        if CONFLICT.match(line):
            yield Fault(
                place=Place(path, number),
                rule="half-merged",
                problem="A conflict is left.",
                remedy="Decide between the two sides, and remove the marks.",
            )
        if KEY.search(line):
            yield Fault(
                place=Place(path, number),
                rule="private-key",
                problem="A private key is committed.",
                remedy="Revoke it, remove it from the history, and keep keys in the vault.",
            )
