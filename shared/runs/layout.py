"""Where the things of a run lie in the lake, and which names are safe in a path. What is in them is not here.

runs/{run}/request.json, plan.json, cells/{cell}.json, summary.json, cancel.json
runs/{run}/registered/{cell}.json                which model versions the cell's training became
runs/claims/{week}-{digest}.json                 exactly one run per week and set of versions
work/{run}/versions.json, profile.yml            inputs of all jobs of a run
work/{run}/{cell}/previous.json, serving/...     inputs of a cell's jobs
work/{run}/{cell}/{pipeline}-{attempt}/{step}/   a job's outputs
work/_demand/{table}/{partition}-{sha256}.parquet  demand remembered per part of a table
models/{slot}/{version}/...                      a registered model; the slot is {cell}.{slow|fast|historical_average}
models/{slot}/serving.json                       the version that serves
models/{slot}/{version}/life.json                where the version stands: awaiting promotion, promoted, ...
models/_scoring/{digest}.json, current.json      the scoring pipeline that was published, and with which versions
audit/models/{number}.json                       every move of a model version, see audit
models/{slot}/claims/{version}.json              whose content a version number is for
models/{cell}.historical_average/trained.json    the cell's newest training
predictions/{run}/forecasts.csv, orders.csv, evaluation.csv, summary.json
predictions/{run}/cells/{cell}/forecasts.csv, orders.csv
predictions/current/{cell}.json                  the forecast that stands for a cell
"""

import re

from shared.errors import RequestRefused

RUNS, WORK, MODELS, PREDICTIONS, AUDIT = "runs", "work", "models", "predictions", "audit"
FORECASTS, ORDERS, EVALUATION = "forecasts.csv", "orders.csv", "evaluation.csv"
SUMMARY = "summary.json"
BASELINE = "historical_average"
SLOTS = ("slow", "fast")
"""Parts of a cell that have a model each; a company that does not split has only fast."""

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_CELL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\.(large|small)")
_SLOT = re.compile(rf"{_CELL.pattern}\.[a-z_]+")


def request_path(run: str) -> str:
    """Return the path of what was asked for."""
    return _of_run(run, "request.json")


def plan_path(run: str) -> str:
    """Return the path of a run's plan."""
    return _of_run(run, "plan.json")


def outcomes_prefix(run: str) -> str:
    """Return what the paths of a run's cell outcomes start with."""
    return _of_run(run, "cells/")


def outcome_path(run: str, cell: str) -> str:
    """Return the path of how a cell ended."""
    return f"{outcomes_prefix(run)}{_cell(cell)}.json"


def registered_path(run: str, cell: str) -> str:
    """Return the path of what a cell's training became in the registry."""
    return _of_run(run, f"registered/{_cell(cell)}.json")


def summary_path(run: str) -> str:
    """Return the path of a run's summary."""
    return _of_run(run, SUMMARY)


def cancel_path(run: str) -> str:
    """Return the path of the mark that somebody wants a run's end."""
    return _of_run(run, "cancel.json")


def claim_path(week: str, digest: str) -> str:
    """Return the path of the claim on a week and a set of versions."""
    return f"{RUNS}/claims/{week}-{digest}.json"


def versions_path(run: str) -> str:
    """Return the path of the versions that a run's jobs read."""
    return f"{WORK}/{_run(run)}/versions.json"


def profile_path(run: str) -> str:
    """Return the path of the profile that a run's jobs read."""
    return f"{WORK}/{_run(run)}/profile.yml"


def cell_work(run: str, cell: str, *names: str) -> str:
    """Return a path below a cell's folder of work."""
    return "/".join((WORK, _run(run), _cell(cell), *names))


def job_output(run: str, cell: str, pipeline: str, attempt: int) -> str:
    """Return the folder for the outputs of a job."""
    return cell_work(run, cell, f"{pipeline}-{attempt}")


def job_name(run: str, cell: str, pipeline: str, attempt: int) -> str:
    """Return a job's name: the same attempt is the same job."""
    return f"{_run(run)}-{_cell(cell)}-{pipeline}-{attempt}".replace(".", "-")


def demand_path(table: str, partition: str, sha256: str) -> str:
    """Return where the demand in a part of a table is remembered."""
    return f"{WORK}/_demand/{table}/{partition}-{sha256}.parquet"


def slot_name(cell: str, part: str) -> str:
    """Return the name of a cell's slot, such as ``north-texas.large.fast``."""
    return f"{_cell(cell)}.{part}"


def slot_path(slot: str, *names: str) -> str:
    """Return a path below a slot's folder."""
    return "/".join((MODELS, _safe(_SLOT, "slot", slot), *names))


def trained_path(cell: str) -> str:
    """Return the path of the record of a cell's newest training."""
    return slot_path(slot_name(cell, BASELINE), "trained.json")


def prediction_path(run: str, name: str) -> str:
    """Return the path of a run's joined file."""
    return f"{PREDICTIONS}/{_run(run)}/{name}"


def cell_prediction(run: str, cell: str, name: str) -> str:
    """Return the path of a cell's published file."""
    return f"{PREDICTIONS}/{_run(run)}/cells/{_cell(cell)}/{name}"


CURRENT = f"{PREDICTIONS}/current/"
"""Pointers to the forecasts that stand, a blob per cell."""


def current_path(cell: str) -> str:
    """Return the path of the pointer to the forecast that stands for a cell."""
    return f"{CURRENT}{_cell(cell)}.json"


def _of_run(run: str, rest: str) -> str:
    return f"{RUNS}/{_run(run)}/{rest}"


def _run(run: str) -> str:
    if run in ("claims", "current"):
        raise RequestRefused("run", f"{run!r} is a folder's name", "Choose another one")
    return _safe(_RUN, "run", run)


def _cell(cell: str) -> str:
    return _safe(_CELL, "cell", cell)


def _safe(pattern: re.Pattern[str], field: str, name: str) -> str:
    if not pattern.fullmatch(name):
        raise RequestRefused(
            field, f"{name[:120]!r} is no name of a {field}", "Use letters, digits, - and _ as in its listing"
        )
    return name
