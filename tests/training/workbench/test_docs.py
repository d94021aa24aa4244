"""What docs/experiments.md tells to write does work, and what it warns of is caught."""

import re
from pathlib import Path
from typing import Any

import pytest

from shared.errors import TrainingError
from training.candidates import registry
from training.features import design
from training.features.scene import Columns, Scene
from training.workbench.experiments import Question, run

PAGE = Path(__file__).resolve().parents[3] / "docs" / "experiments.md"


def written(number: int, name: str) -> Any:
    """Execute one of the page's blocks of Python and return what it defines."""
    block = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)[number]
    scope: dict[str, Any] = {}
    exec(block, scope)
    return scope[name]


@pytest.fixture
def question(place) -> Question:
    return Question(panel=place, candidate="ridge", settings=place.settings, slots=("fast",))


def test_the_new_feature_is_seen_by_a_model(question, tmp_path, monkeypatch):
    before = run(question, tmp_path / "before").rows
    monkeypatch.setattr(design, "FAMILIES", (*design.FAMILIES, written(0, "momentum_columns")))
    after = run(question, tmp_path / "after").rows
    assert not after["forecast"].equals(before["forecast"])


def test_a_feature_that_knows_the_future_is_refused(question, tmp_path, monkeypatch):
    def next_week(scene: Scene) -> Columns:
        return {"next_week": scene.level(scene.origins.cutoff + 1, 1)}

    monkeypatch.setattr(design, "FAMILIES", (*design.FAMILIES, next_week))
    with pytest.raises(TrainingError, match=r"these features know demand after their cutoff: next_week$"):
        run(question, tmp_path)


def test_the_new_algorithm_takes_part(place, tmp_path, monkeypatch):
    known = {**registry.CANDIDATES, "huber": written(1, "candidate")}
    monkeypatch.setattr("training.workbench.experiments.CANDIDATES", known)
    asked = Question(panel=place, candidate="huber", settings=place.settings, slots=("fast",))
    metrics = run(asked, tmp_path).facts["metrics"]
    assert metrics["forecast"]["mape"] < 2 * metrics["historical_average"]["mape"]
