"""What every pipeline step does alike: arguments, report, atomic output, and no work twice.

A step is a program `python -m training.steps.NAME --output DIR ...` whose other arguments name folders and files to
read. Its output folder appears whole or not at all, with a `step_report.json` in it. What a single step does is not
here.
"""

import argparse
import hashlib
import json
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from shared.code import code_fingerprint
from shared.errors import RowsLost, ShelfcastError

REPORT = "step_report.json"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a step's body returns: rows are conserved, `details` are facts for the summary."""

    rows_in: int
    rows_out: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse to lose a row.

        Raises
        ------
        RowsLost
            If rows in differ from rows out plus rows quarantined.
        """
        gone = self.rows_in - self.rows_out - sum(self.quarantined.values())
        if gone:
            raise RowsLost(
                f"{self.rows_in=} but {self.rows_out=} and {dict(self.quarantined)}: {gone} unaccounted for"
            )


@dataclass(frozen=True, kw_only=True)
class StepReport:
    """The content of `step_report.json`.

    Attributes
    ----------
    key : str
        Fingerprint of everything that the output depends on: code, arguments, the content of the inputs.
    content : str
        Fingerprint of the output files; the key of a later step is made of it.
    """

    step: str
    status: Literal["succeeded", "failed"]
    key: str
    content: str = ""
    seconds: float = 0.0
    rows_in: int = 0
    rows_out: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    trace: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A pipeline step.

    Attributes
    ----------
    inputs : tuple of (name, help)
        Arguments that are folders or files to read; the output depends on all their bytes.
    mounts : tuple of (name, help)
        Arguments that are large folders, of which other inputs name the versions that are read.
    parameters : tuple of (name, help)
        Arguments that are plain text.
    body : callable
        Takes the parsed arguments and the folder to write; returns a Result.
    """

    name: str
    purpose: str
    body: Callable[[argparse.Namespace, Path], Result]
    inputs: tuple[tuple[str, str], ...] = ()
    mounts: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Run the step as a program; 0 = succeeded or nothing to do, 1 = failed (the report says why)."""
        report = self.run(self._parser().parse_args(argv))
        if report.error:
            print(f"{self.name}: {report.error}", file=sys.stderr)  # noqa: T201
        return 0 if report.status == "succeeded" else 1

    def run(self, arguments: argparse.Namespace) -> StepReport:
        """Run unless the output folder already holds this very result."""
        partial = _empty(arguments.output.with_name(arguments.output.name + ".partial"))
        try:
            key = self._key(arguments)
        except ShelfcastError as exc:
            return _finish(partial, arguments.output, _failed(self.name, "", exc), seconds=0)
        done = read_report(arguments.output)
        if done and done.key == key and done.status == "succeeded":
            partial.rmdir()
            return done
        return self._run(arguments, partial, key)

    def _run(self, arguments: argparse.Namespace, partial: Path, key: str) -> StepReport:
        began = time.monotonic()
        try:
            result = self.body(arguments, partial)
            report = StepReport(
                step=self.name, status="succeeded", key=key, content=content_hash(partial), **vars(result)
            )
        except Exception as exc:  # noqa: BLE001 - whatever a step meets ends in its report, never in silence
            report = _failed(self.name, key, exc)
        return _finish(partial, arguments.output, report, seconds=time.monotonic() - began)

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(
            prog=f"python -m training.steps.{self.name}", description=self.purpose
        )
        for name, text in (*self.mounts, *self.inputs):
            parser.add_argument(f"--{name.replace('_', '-')}", type=Path, required=True, help=text)
        for name, text in self.parameters:
            parser.add_argument(f"--{name.replace('_', '-')}", required=True, help=text)
        parser.add_argument("--output", type=Path, required=True, help="Folder to write; it appears whole.")
        return parser

    def _key(self, arguments: argparse.Namespace) -> str:
        inputs = {name: fingerprint(getattr(arguments, name)) for name, _ in self.inputs}
        parameters = {name: getattr(arguments, name) for name, _ in self.parameters}
        return _digest([self.name, code_fingerprint(), inputs, parameters])


def read_report(folder: Path) -> StepReport | None:
    """Return the report in a step's output folder, or None where there is none."""
    try:
        return StepReport(**json.loads((folder / REPORT).read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return None


def fingerprint(path: Path) -> str:
    """Fingerprint an input: a step's output by its report, a file or another folder by its bytes.

    Raises
    ------
    ShelfcastError
        If it does not exist, or the step that made the folder failed.
    """
    if not path.exists():
        raise ShelfcastError(f"{path} does not exist; run the step that writes it first")
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    report = read_report(path)
    if report is None:
        return content_hash(path)
    if report.status != "succeeded":
        raise ShelfcastError(f"{path} is the output of a step that failed: {report.error}")
    return report.content


def content_hash(folder: Path) -> str:
    """Fingerprint the files in a folder, names and bytes."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != REPORT)
    return _digest(
        [[p.relative_to(folder).as_posix(), hashlib.sha256(p.read_bytes()).hexdigest()] for p in files]
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _failed(step: str, key: str, exc: Exception) -> StepReport:
    said = str(exc) if isinstance(exc, ShelfcastError) else f"{type(exc).__name__}: {exc}"
    return StepReport(
        step=step, status="failed", key=key, error=said, trace="".join(traceback.format_exception(exc))
    )


def _finish(partial: Path, output: Path, report: StepReport, *, seconds: float) -> StepReport:
    final = StepReport(**{**vars(report), "seconds": round(seconds, 3)})
    (partial / REPORT).write_text(json.dumps(asdict(final), indent=1, sort_keys=True, default=str) + "\n")
    shutil.rmtree(output, ignore_errors=True)
    partial.rename(output)
    return final
