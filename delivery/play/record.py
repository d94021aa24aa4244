"""What became of a play: every step with its result and its log, as a table for people and a file for the next play."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from delivery.play.errors import PlayRefused

Result = Literal["succeeded", "failed", "skipped", "refused", "kept", "planned"]
RECORD = "record.json"


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """What became of a step, of a gate, or of a stage that did not run."""

    pipeline: str
    stage: str
    job: str = ""
    step: str = ""
    result: Result
    seconds: float = 0.0
    note: str = ""  # why, or where the log lies


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """What became of a stage, with what its steps have set for others."""

    pipeline: str
    stage: str
    result: Result
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Record:
    """A play so far."""

    trigger: str
    branch: str
    steps: list[StepResult] = field(default_factory=list)
    stages: list[StageResult] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether nothing failed and nothing was refused."""
        return all(one.result not in ("failed", "refused") for one in self.stages)

    def write(self, folder: Path) -> None:
        """Write the record and its table into the play's folder."""
        (folder / RECORD).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        (folder / "report.txt").write_text(table(self.steps) + "\n", encoding="utf-8")


def latest(plays: Path, trigger: str, branch: str) -> Record:
    """Return the newest record of a trigger and a branch; a play goes on from there."""
    for file in sorted(plays.glob(f"*/{RECORD}"), reverse=True):
        found = json.loads(file.read_text(encoding="utf-8"))
        if (found["trigger"], found["branch"]) == (trigger, branch):
            stages = [StageResult(**one) for one in found["stages"]]
            return Record(trigger, branch, [StepResult(**one) for one in found["steps"]], stages)
    raise PlayRefused(
        f"{plays} has no play of '{trigger}' on {branch} to go on from. Play it without --from."
    )


def table(steps: Sequence[StepResult]) -> str:
    """Return the steps as a table of text."""
    rows = [("pipeline", "stage", "job", "step", "result", "seconds", "")]
    for one in steps:
        seconds = f"{one.seconds:.1f}" if one.step else ""
        rows.append((one.pipeline, one.stage, one.job, one.step, one.result, seconds, one.note))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = ["  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[6]]) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
