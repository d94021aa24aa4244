"""What the commands of `python -m training` do: each asks, and prints what came of it. Words: `cli`."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console

from shared.errors import TrainingError
from training.candidates.registry import CANDIDATES
from training.rows import BASELINES
from training.steps import evaluate as evaluate_step
from training.steps.folders import EVALUATION, JUDGEMENT, SLOTS, read_json
from training.steps.program import fingerprint
from training.workbench import tables, tuning
from training.workbench.bench import Bench, progress
from training.workbench.experiments import METRICS, Experiment, earlier
from training.workbench.overrides import parse
from training.workbench.panels import PanelFolder, find_panels
from training.workbench.prepare import Source, current_versions, find_cells, prepare_cells
from training.workbench.ranking import By, pooled, rank, usual_measure, weeks_better

ALL = "all"


def prepare(arguments: Namespace, console: Console) -> int:
    """Prepare panels; 1 = some cell could not be."""
    source = _source(arguments)
    chosen = find_cells(source, market=arguments.market, format=arguments.format)
    failures = []
    with progress(console, "Cells", len(chosen)) as advance:
        for (market, form), report in prepare_cells(source, chosen, arguments.output):
            advance(f"{market} / {form}")
            failures += [f"{market} / {form}: {report.error}"] if report.error else []
    for failure in failures:
        console.print(failure, highlight=False, markup=False)
    console.print(f"{len(chosen) - len(failures)} panels in {arguments.output}", highlight=False)
    return 1 if failures else 0


def _source(arguments: Namespace) -> Source:
    if arguments.lake:
        versions = current_versions(arguments.lake)
        return Source(
            conditioned=arguments.lake / "conditioned", versions=versions, profile=arguments.profile
        )
    if not (arguments.conditioned and arguments.versions):
        raise TrainingError("say where the data are: give --lake, or --conditioned and --versions")
    versions = read_json(arguments.versions)
    return Source(conditioned=arguments.conditioned, versions=versions, profile=arguments.profile)


def experiment(arguments: Namespace, console: Console) -> int:
    """Try one candidate, and hold it against the same one with the code as it was before."""
    bench = _bench(arguments, console)
    questions = bench.questions(arguments.model)
    before = [earlier(question, bench.experiments) for question in questions]
    done = bench.ask({arguments.model: questions})[arguments.model]
    rows, by = pooled(done), usual_measure(bench.settings)
    console.print(f"{arguments.model}: {tables.metrics_line(rows, by)}", highlight=False)
    known = [found for found in before if found]
    if len(known) == len(done):
        _against(rows, pooled(known), by, console)
    _fallbacks(done, console)
    console.print(
        "Rows and metrics: " + " ".join(str(e.folder) for e in done), highlight=False, soft_wrap=True
    )
    return 0


def _against(rows: pd.DataFrame, before: pd.DataFrame, by: By, console: Console) -> None:
    better, worse = weeks_better(rows, before, by=by), weeks_better(before, rows, by=by)
    console.print(f"Before this change of the code: {tables.metrics_line(before, by)}", highlight=False)
    console.print(
        f"Of {rows['week_start'].nunique()} weeks, {better} are better now and {worse} worse", highlight=False
    )


def _fallbacks(done: Sequence[Experiment], console: Console) -> None:
    for found in done:
        for slot, why in found.facts["baseline_instead"].items():
            cell = " / ".join((*found.cell, slot))
            console.print(f"{cell}: the historical average instead: {why}", highlight=False, markup=False)


def tune(arguments: Namespace, console: Console) -> int:
    """Search settings on the weeks before the held-out ones."""
    bench = _bench(arguments, console)
    trials = tuning.draw(arguments.model, arguments.trials, seed=arguments.seed)
    done = bench.ask(
        {
            name: bench.questions(arguments.model, changes=changes, weeks="validation")
            for name, changes in trials.items()
        }
    )
    by = arguments.by or usual_measure(bench.settings)
    ranking = rank(done, by=by, reference=tuning.AS_IT_IS)
    frame = tables.with_changes(tables.ranking_frame(ranking), trials)
    caption = tables.judged_on(ranking)
    console.print(
        tables.table(tables.on_screen(frame), title=f"Trials of {arguments.model}", caption=caption)
    )
    found = tuning.fragment(ranking, trials, arguments.model)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(found, encoding="utf-8")
    console.print(found, highlight=False, markup=False)
    console.print(f"Written to {arguments.output}, to be put into the profile", highlight=False)
    return 0


def compare(arguments: Namespace, console: Console) -> int:
    """Rank candidates on the same rows; the baselines always take part."""
    bench = _bench(arguments, console)
    named = list(CANDIDATES) if ALL in arguments.models else arguments.models
    done = bench.ask({name: bench.questions(name) for name in dict.fromkeys([*BASELINES, *named])})
    by = arguments.by or usual_measure(bench.settings)
    ranking = rank(done, by=by, reference="historical_average")
    frame, caption = tables.ranking_frame(ranking), tables.judged_on(ranking)
    console.print(tables.table(tables.on_screen(frame), title="Bake-off", caption=caption))
    places = tables.write_bakeoff(tables.with_about(frame), caption, arguments.output)
    console.print(f"Written to {', '.join(map(str, places))}", highlight=False)
    return 0


def evaluate(arguments: Namespace, console: Console) -> int:
    """Print all metrics of a candidate, of an experiment, or of what a train step has left."""
    bench = _bench(arguments, console)
    if arguments.model in CANDIDATES:
        rows = pooled(bench.ask({arguments.model: bench.questions(arguments.model)})[arguments.model])
    else:
        rows = _rows_of(Path(arguments.model), bench)
    kept = rows[rows["velocity"].isin(bench.slots)]
    frame = tables.metric_frame(kept, arguments.by)
    first, last = kept["week_start"].min().date(), kept["week_start"].max().date()
    caption = f"{len(kept)} rows of the weeks {first} to {last}"
    console.print(tables.table(frame, title=f"{arguments.model}, by {arguments.by}", caption=caption))
    return 0


def _rows_of(folder: Path, bench: Bench) -> pd.DataFrame:
    if (folder / METRICS).exists():
        return Experiment(folder).rows
    if any((folder / slot).is_dir() for slot in SLOTS):
        return _judge_trained(folder, bench)
    raise TrainingError(
        f"{folder} is no experiment's folder, no output of a train step, and no model ({', '.join(CANDIDATES)})"
    )


def _judge_trained(folder: Path, bench: Bench) -> pd.DataFrame:
    """Forecast the held-out weeks of the only panel with the models of a train step, and say the gate's verdict."""
    if len(bench.panels) != 1:
        raise TrainingError(f"{folder} was trained on one panel; give that one, not {len(bench.panels)}")
    panel = bench.panels[0]
    output = bench.experiments / f"trained-{fingerprint(folder)[:12]}"
    report = evaluate_step.STEP.run(Namespace(features=panel.folder, trained=folder, output=output))
    if report.error:
        raise TrainingError(report.error)
    for slot, verdict in read_json(output / JUDGEMENT).items():
        passed = "passed" if verdict["gate_passed"] else "not passed"
        bench.console.print(f"{slot}: gate {passed}: {verdict['reason']}", highlight=False, markup=False)
    market, form = panel.cell
    return pd.read_parquet(output / EVALUATION).assign(market=market, format=form)


def _bench(arguments: Namespace, console: Console) -> Bench:
    panels: list[PanelFolder] = find_panels(arguments.panel)
    return Bench(
        panels=panels, changes=parse(arguments.set), experiments=arguments.experiments, workers=arguments.workers,
        slots=SLOTS if arguments.slot == ALL else (arguments.slot,), console=console,
    )  # fmt: skip
