"""Asks questions for a command: of all panels at once, with a progress bar, and says which panels are too short."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shared.errors import NotEnoughHistory, TrainingError
from shared.profile import Forecasting
from training.workbench.experiments import Experiment, Question, run_all
from training.workbench.overrides import override
from training.workbench.panels import PanelFolder, Weeks


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Panels, settings on top of their profiles', and where experiments are kept."""

    panels: Sequence[PanelFolder]
    changes: Mapping[str, Any]
    slots: tuple[str, ...]
    experiments: Path
    workers: int
    console: Console

    @property
    def settings(self) -> Forecasting:
        """The settings of the first panel; those of one company are alike."""
        return override(self.panels[0].settings, self.changes)

    def questions(
        self, candidate: str, *, changes: Mapping[str, Any] | None = None, weeks: Weeks = "held-out"
    ) -> list[Question]:
        """Return a question per panel."""
        wanted = {**self.changes, **(changes or {})}
        return [
            Question(
                panel=panel,
                candidate=candidate,
                settings=override(panel.settings, wanted),
                slots=self.slots,
                weeks=weeks,
            )
            for panel in self.panels
        ]

    def ask(self, asked: Mapping[str, Sequence[Question]]) -> dict[str, list[Experiment]]:
        """Run the experiments behind named questions; those that are there already are not run again.

        Panels that are too short to be judged are left out for all names, and named.

        Raises
        ------
        TrainingError
            If no panel is left.
        """
        flat = [(name, question) for name, questions in asked.items() for question in questions]
        answers = self._run(flat)
        short = {
            question.panel: answer
            for (_, question), answer in zip(flat, answers, strict=True)
            if isinstance(answer, NotEnoughHistory)
        }
        self._say_short(short)
        found: dict[str, list[Experiment]] = {name: [] for name in asked}
        for (name, question), answer in zip(flat, answers, strict=True):
            if question.panel not in short and isinstance(answer, Experiment):
                found[name].append(answer)
        return found

    def _run(self, flat: Sequence[tuple[str, Question]]) -> list[Experiment | NotEnoughHistory]:
        distinct = {question.folder: (name, question) for name, question in flat}
        questions = [question for _, question in distinct.values()]
        n_there = sum((self.experiments / folder).exists() for folder in distinct)
        answers: dict[str, Experiment | NotEnoughHistory] = {}
        with progress(self.console, "Experiments", len(questions)) as advance:
            for i, answer in run_all(questions, self.experiments, workers=self.workers):
                question = questions[i]
                answers[question.folder] = answer
                advance(f"{distinct[question.folder][0]}, {' / '.join(question.panel.cell)}")
        if n_there:
            self.console.print(f"{n_there} of {len(distinct)} had been run before", highlight=False)
        return [answers[question.folder] for _, question in flat]

    def _say_short(self, short: Mapping[PanelFolder, NotEnoughHistory]) -> None:
        if len(short) == len(self.panels):
            raise TrainingError(f"no panel is long enough to be judged: {next(iter(short.values()))}")
        for panel, why in short.items():
            self.console.print(f"left out: {' / '.join(panel.cell)}: {why}", highlight=False, markup=False)


@contextmanager
def progress(console: Console, name: str, total: int) -> Iterator[Callable[[str], None]]:
    """Draw a bar; the callable moves it on and says what was done."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[what]}"),
    )  # fmt: skip
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(name, total=total, what="")
        yield lambda what: bar.update(task, advance=1, what=what)
