"""An experiment: a candidate fitted before some weeks of a panel, and its forecasts of them, kept in a folder.

{experiments}/{candidate}-{key}/
    rows.parquet    a row per forecast: keys, actual, forecast, the baselines (and members, where it has them)
    metrics.json    what was asked, and the numbers

The key is made of everything the forecasts depend on: code, panel, candidate, slots, settings. An experiment whose
folder is there is not run again. A slot with too little history is forecast by the historical average, as in a run.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shared.code import code_fingerprint
from shared.errors import NotEnoughHistory, TrainingError
from shared.profile import Forecasting
from training.baseline import baseline_rows
from training.candidates.registry import CANDIDATES
from training.evaluation import held_out, holdout_rows
from training.features.design import design, geometric
from training.features.scene import Origins
from training.metrics import measure
from training.rows import BASELINES
from training.steps.folders import read_json, write_json
from training.workbench.panels import Fold, PanelFolder, Weeks, fold

ROWS, METRICS = "rows.parquet", "metrics.json"
FORECASTERS = ("forecast", "lasso", "network", *BASELINES)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an experiment asks: how well does a candidate forecast those weeks of a panel?"""

    panel: PanelFolder
    candidate: str
    settings: Forecasting
    slots: tuple[str, ...]
    weeks: Weeks = "held-out"

    def __post_init__(self) -> None:
        """Refuse a candidate that does not exist."""
        if self.candidate not in CANDIDATES:
            raise TrainingError(f"no candidate {self.candidate!r}. There are: {', '.join(CANDIDATES)}")

    @cached_property
    def content(self) -> dict[str, Any]:
        """Everything the forecasts depend on but the code."""
        return {
            "panel": self.panel.fingerprint, "candidate": self.candidate, "slots": list(self.slots),
            "weeks": self.weeks, "settings": self.settings.model_dump(mode="json"),
        }  # fmt: skip

    @cached_property
    def key(self) -> str:
        """Short name of the question and the code that answers it."""
        text = json.dumps([code_fingerprint(), self.content], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def folder(self) -> str:
        """Name of the folder of its experiment."""
        return f"{self.candidate}-{self.key}"


@dataclass(frozen=True)
class Experiment:
    """An experiment that has been run."""

    folder: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The content of metrics.json."""
        return dict(read_json(self.folder / METRICS))

    @property
    def cell(self) -> tuple[str, str]:
        """Market and format."""
        return self.facts["market"], self.facts["format"]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """A row per forecast, with ``market, format, velocity``."""
        return pd.read_parquet(self.folder / ROWS)


def run_all(
    questions: Sequence[Question], experiments: Path, *, workers: int = 1
) -> Iterator[tuple[int, Experiment | NotEnoughHistory]]:
    """Run experiments; yields each question's position, and its experiment or why there can be none, as they end."""
    if workers == 1:
        yield from ((i, _attempt(question, experiments)) for i, question in enumerate(questions))
        return
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        positions = {pool.submit(_attempt, question, experiments): i for i, question in enumerate(questions)}
        yield from ((positions[future], future.result()) for future in as_completed(positions))


def _attempt(question: Question, experiments: Path) -> Experiment | NotEnoughHistory:
    try:
        return run(question, experiments)
    except NotEnoughHistory as exc:
        return exc


def run(question: Question, experiments: Path) -> Experiment:
    """Run an experiment unless its folder is there; the folder appears whole or not at all.

    Raises
    ------
    NotEnoughHistory
        If the panel has too few weeks to hold any out, or no live series in those.
    """
    folder = experiments / question.folder
    if not (folder / METRICS).exists():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _run(question, partial)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    return Experiment(folder)


def _run(question: Question, folder: Path) -> None:
    began = time.monotonic()
    judged = fold(question.panel, question.settings, question.weeks)
    _refuse_leaks(judged)
    frames: list[pd.DataFrame] = []
    failures: dict[str, str] = {}
    for slot in question.slots:
        if judged.series(slot).any():
            rows, failure = _forecast(question.candidate, judged, slot)
            frames.append(rows.assign(velocity=slot))
            failures |= {slot: failure} if failure else {}
    market, form = question.panel.cell
    rows = (
        pd.concat(frames, ignore_index=True).assign(market=market, format=form) if frames else pd.DataFrame()
    )
    if rows.empty:
        raise NotEnoughHistory(f"{market} / {form}: no series was live in the weeks to forecast")
    rows.to_parquet(folder / ROWS, index=False)
    seconds = round(time.monotonic() - began, 2)
    write_json(folder / METRICS, _describe(question, rows, failures) | {"seconds": seconds})


def _refuse_leaks(judged: Fold) -> None:
    """Compute the features of the first held-out weeks without and with the demand that came later.

    Raises
    ------
    TrainingError
        If any of them differs: its forecasts would look better than they are.
    """
    panel, settings = judged.panel, judged.settings
    cutoff = held_out(panel, settings).start - 1
    origins = Origins.cross([cutoff], settings.leads)
    blind, seeing = (design(p, origins, geometric=geometric(settings)) for p in (panel.until(cutoff), panel))
    same = ((blind.X == seeing.X) | (np.isnan(blind.X) & np.isnan(seeing.X))).all(axis=0)
    leaks = [name for name, is_same in zip(seeing.features, same, strict=True) if not is_same]
    if leaks:
        raise TrainingError(f"these features know demand after their cutoff: {', '.join(leaks)}")


def _forecast(candidate: str, judged: Fold, slot: str) -> tuple[pd.DataFrame, str | None]:
    """Forecast a slot's rows, or, with the reason, by the historical average."""
    panel, settings, series = judged.panel, judged.settings, judged.series(slot)
    weeks = held_out(panel, settings)
    origins, rows = holdout_rows(panel, settings, weeks, series)
    try:
        fitted = CANDIDATES[candidate].fit(panel.until(weeks.start - settings.leads[-1]), settings, series)
        return fitted.forecast(panel, origins, rows), None
    except NotEnoughHistory as exc:
        return baseline_rows(panel, settings, origins, rows), str(exc)


def _describe(question: Question, rows: pd.DataFrame, failures: dict[str, str]) -> dict[str, Any]:
    weeks, leads = rows["week_start"], rows["lead"]
    return {
        "market": question.panel.cell[0],
        "format": question.panel.cell[1],
        "question": question.content,
        "rows": len(rows),
        "week_range": [str(weeks.min().date()), str(weeks.max().date())],
        "lead_range": [int(leads.min()), int(leads.max())],
        "metrics": {
            name: measure(rows["actual"], rows[name]).to_json()
            for name in FORECASTERS
            if name in rows and rows[name].notna().all()
        },
        "baseline_instead": failures,
    }


def earlier(question: Question, experiments: Path) -> Experiment | None:
    """Return the newest experiment that asked the same of other code, if there is one."""
    found = [
        experiment
        for path in experiments.glob(f"{question.candidate}-*/{METRICS}")
        if path.parent.name != question.folder
        for experiment in [Experiment(path.parent)]
        if experiment.facts["question"] == question.content
    ]
    return max(found, key=lambda e: (e.folder / METRICS).stat().st_mtime_ns, default=None)
