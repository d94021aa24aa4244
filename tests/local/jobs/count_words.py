"""A step for tests: counts the words of the texts, in whatever mood it is told to be."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from training.steps.program import Result, Step

PATIENCE_SECONDS = 300.0


def count(arguments: argparse.Namespace, output: Path) -> Result:
    """Write the number of words; a mood is a way to end."""
    mood, _, file = arguments.mood.partition(" ")
    print(f"{os.environ['GREETING']} from {arguments.mood}")
    if mood == "sad":
        raise ValueError("I see no sense in this")
    if mood == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mood == "patient":
        _wait_for(Path(file))
    words = sum(len(path.read_text().split()) for path in sorted(arguments.texts.iterdir()))
    (output / "count.txt").write_text(f"{words * int(arguments.weights.read_text())} words\n")
    return Result(rows_in=words, rows_out=words)


def _wait_for(gate: Path) -> None:
    """Say that it has begun, and wait until somebody makes the file."""
    with gate.with_suffix(".begun").open("a") as begun:
        begun.write(f"{os.getpid()}\n")
    latest = time.monotonic() + PATIENCE_SECONDS
    while not gate.exists() and time.monotonic() < latest:
        time.sleep(0.02)


STEP = Step(
    name="count_words",
    purpose="Counts words.",
    body=count,
    inputs=(("texts", "Texts."), ("weights", "A number.")),
    parameters=(("mood", "How it ends."),),
)

if __name__ == "__main__":
    sys.exit(STEP.main())
