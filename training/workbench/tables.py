"""How rankings and metrics look: on a terminal, as CSV, as Markdown. The numbers are made in `ranking`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from rich.table import Table

from training.candidates.registry import CANDIDATES
from training.metrics import Metrics, measure, reduction
from training.rows import BASELINES
from training.workbench.experiments import FORECASTERS
from training.workbench.ranking import By, Ranking

NUMBERS = ("mape", "reduction", "rmse_zero", "rmse_all", "wape", "bias")
TITLES: Mapping[str, str] = {
    "rank": "#", "name": "Candidate", "about": "What it is", "mape": "MAPE", "n_used": "n used", "n_zero": "n zero",
    "reduction": "Reduction", "rmse_zero": "RMSE 0", "rmse_all": "RMSE All", "wape": "WAPE", "bias": "Bias",
    "weeks_better": "Weeks better", "baseline_slots": "Slots without model", "seconds": "Seconds",
    "changes": "Settings", "group": "Rows of", "forecaster": "Forecast by",
}  # fmt: skip
LEFT = ("name", "about", "changes", "group", "forecaster")


def ranking_frame(ranking: Ranking) -> pd.DataFrame:
    """Return a row per candidate, best first; numbers as they are."""
    return pd.DataFrame(
        [
            {
                "rank": place, "name": s.name, "mape": s.metrics.mape, "reduction": s.reduction,
                "rmse_zero": s.metrics.rmse_zero, "rmse_all": s.metrics.rmse_all, "wape": s.metrics.wape,
                "bias": s.metrics.bias, "n_used": s.metrics.n_used, "n_zero": s.metrics.n_zero,
                "weeks_better": s.weeks_better, "baseline_slots": s.baseline_slots, "seconds": round(s.seconds, 2),
            }
            for place, s in enumerate(ranking.standings, start=1)
        ]
    )  # fmt: skip


def on_screen(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out what would only make the table wide: slots without a model where there are none."""
    return frame if frame["baseline_slots"].any() else frame.drop(columns="baseline_slots")


def with_about(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what each candidate is."""
    frame = frame.copy()
    frame.insert(2, "about", [CANDIDATES[name].about for name in frame["name"]])
    return frame


def with_changes(frame: pd.DataFrame, trials: Mapping[str, Mapping[str, object]]) -> pd.DataFrame:
    """Add what each trial changes."""
    said = [" ".join(f"{key}={value}" for key, value in trials[name].items()) for name in frame["name"]]
    return frame.assign(changes=said)


def metric_frame(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return a row per group of `by`, over all rows last, and per forecaster that has a forecast for every row."""
    groups = [(str(name), group) for name, group in rows.groupby(by)]
    groups = groups if len(groups) == 1 else [*groups, ("all", rows)]
    return pd.DataFrame([found for name, group in groups for found in _measured(name, group)])


def _measured(name: str, rows: pd.DataFrame) -> list[dict[str, object]]:
    there = [f for f in FORECASTERS if f in rows and rows[f].notna().all()]
    found = {f: measure(rows["actual"], rows[f]) for f in there}
    return [
        {"group": name, "forecaster": f, **_numbers(m, found["historical_average"])} for f, m in found.items()
    ]


def _numbers(found: Metrics, baseline: Metrics) -> dict[str, object]:
    return {
        "mape": found.mape, "n_used": found.n_used, "n_zero": found.n_zero,
        "reduction": reduction(found.mape, baseline.mape), "rmse_zero": found.rmse_zero,
        "rmse_all": found.rmse_all, "wape": found.wape, "bias": found.bias,
    }  # fmt: skip


def table(frame: pd.DataFrame, *, title: str, caption: str = "") -> Table:
    """Lay a frame out for a terminal."""
    made = Table(title=title, title_justify="left", caption=caption or None, caption_justify="left")
    for column in frame.columns:
        made.add_column(TITLES[column], justify="left" if column in LEFT else "right")
    for values in _texts(frame):
        made.add_row(*values)
    return made


def markdown(frame: pd.DataFrame) -> str:
    """Return a frame as a Markdown table."""
    titles = [TITLES[column] for column in frame.columns]
    rule = ["---" if column in LEFT else "---:" for column in frame.columns]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in [titles, rule, *_texts(frame)])


def _texts(frame: pd.DataFrame) -> list[list[str]]:
    return [
        [_text(column, value) for column, value in zip(frame.columns, values, strict=True)]
        for values in frame.itertuples(index=False)
    ]


def _text(column: str, value: object) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "-"
    if column in NUMBERS:
        return f"{value:.2f}" if column.startswith("rmse") else f"{value:.3f}"
    return f"{value:.1f}" if column == "seconds" else str(value)


def judged_on(ranking: Ranking) -> str:
    """Say what all were judged on alike."""
    leads = sorted(ranking.leads)
    return (
        f"All on the same {ranking.rows} rows: {ranking.cells} cell(s), {len(ranking.weeks)} weeks "
        f"({ranking.weeks[0]} to {ranking.weeks[-1]}), lead(s) {leads[0]} to {leads[-1]}, rolling origin; "
        f"ranked by {TITLES[ranking.by]}. Weeks better: than {ranking.reference}."
    )


def metrics_line(rows: pd.DataFrame, by: By) -> str:
    """Return what an experiment came to in one line."""
    found, baseline = (
        measure(rows["actual"], rows["forecast"]),
        measure(rows["actual"], rows["historical_average"]),
    )
    best = min(_known(measure(rows["actual"], rows[name]), by) for name in BASELINES)
    numbers = "  ".join(f"{TITLES[n]} {_text(n, getattr(found, n))}" for n in NUMBERS if n != "reduction")
    less = _text("reduction", reduction(found.mape, baseline.mape))
    return f"{numbers}  ({TITLES[by]} of the better baseline {_text(by, best)}; reduction {less})"


def _known(metrics: Metrics, by: By) -> float:
    value = getattr(metrics, by)
    return float("inf") if value is None else float(value)


def write_bakeoff(frame: pd.DataFrame, caption: str, folder: Path) -> Sequence[Path]:
    """Write a ranking as bakeoff.csv and bakeoff.md."""
    folder.mkdir(parents=True, exist_ok=True)
    places = folder / "bakeoff.csv", folder / "bakeoff.md"
    frame.to_csv(places[0], index=False, lineterminator="\n")
    places[1].write_text(f"# Bake-off\n\n{markdown(frame)}\n{caption}\n", encoding="utf-8")
    return places
