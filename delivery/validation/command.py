"""`python -m delivery validate`: data, training and scoring validation, on the sample or against a running app."""

import argparse
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from delivery.triggers import add_trigger
from delivery.validation.config import ValidationConfig, read_config
from delivery.validation.report import StageReport, print_report

STAGES = ("data", "training", "scoring")
Stages = Mapping[str, Callable[[], StageReport]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--level", help="on the sample, so much of it: L0 or L1, see delivery/validation/levels.yml"
    )
    where.add_argument("--environment", choices=("local", "dev", "prod"), help="against its running app")
    parser.add_argument("--stage", choices=(*STAGES, "all"), default="all")
    add_trigger(parser)
    parser.add_argument("--config", type=Path, help="instead of delivery/validation/levels.yml")
    parser.add_argument(
        "--out", type=Path, default=Path("build/validation"), help="folder for what was found, as JSON"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the stages up to the first that fails; 1 = one did, and its reasons are in the table."""
    # One thread: those that fight for the cores cost tenfold. Libraries read this when they load.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    config = read_config(arguments.config) if arguments.config else read_config()
    chosen = STAGES if arguments.stage == "all" else (arguments.stage,)
    if arguments.level:
        return _on_sample(arguments, config, chosen)
    return _on_app(arguments, config, chosen)


def _on_sample(arguments: argparse.Namespace, config: ValidationConfig, chosen: tuple[str, ...]) -> int:
    from delivery.validation.sample import SampleValidation
    from shared.errors import ProfileError

    if arguments.level not in config.levels:
        known = ", ".join(config.levels)
        raise ProfileError("validation.yml", "levels", f"has no {arguments.level}", f"Use one of {known}")
    folder = arguments.out / arguments.level
    return _run(SampleValidation(arguments.level, config, folder).stages, chosen, folder)


def _on_app(arguments: argparse.Namespace, config: ValidationConfig, chosen: tuple[str, ...]) -> int:
    from delivery.environments import opened
    from delivery.validation.deployed import AppValidation

    with opened(arguments.environment) as environment:
        stages = AppValidation(environment, config, arguments.trigger).stages
        return _run(stages, chosen, arguments.out / arguments.environment)


def _run(stages: Stages, chosen: tuple[str, ...], folder: Path) -> int:
    console = Console(width=None if os.isatty(1) else 160)
    for stage in chosen:
        began = time.monotonic()
        report = stages[stage]()
        timed = StageReport(**{**vars(report), "seconds": round(time.monotonic() - began, 1)})
        path = timed.write(folder)
        print_report(console, timed)
        if not timed.passed:
            console.print(f"What was found: {path}", highlight=False)
            return 1
    return 0
