"""Random search over settings of the profile, judged on the weeks before the held-out ones and never on those."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import yaml

from shared.errors import TrainingError
from training.candidates.registry import CANDIDATES
from training.workbench.overrides import merge
from training.workbench.ranking import Ranking

SPACE: Mapping[str, Sequence[Any]] = {
    "half_life_weeks": (None, 26.0, 52.0, 104.0, 208.0),
    "zero_weight": (0.03, 0.1, 0.3, 1.0),
    "epochs": (10, 20, 30, 45, 60),
    "network.hidden_units": ([32], [32, 16], [64, 32], [128, 64]),
    "network.batch_rows": (128, 256, 512, 1024),
    "network.learning_rate": (0.001, 0.002, 0.003, 0.005, 0.01),
    "network.weight_decay": (0.01, 0.03, 0.1, 0.3),
    "network.dropout": (0.0, 0.1, 0.2, 0.3),
    "network.input_noise": (0.0, 0.05, 0.1, 0.2),
}
AS_IT_IS = "profile"


def draw(candidate: str, n_trials: int, *, seed: int) -> dict[str, dict[str, Any]]:
    """Draw settings: `n_trials` of them, and the profile's own first.

    The same seed gives the same trials, and more of them the same ones first.

    Returns
    -------
    dict of trial's name to changes
        Dotted paths and their values; see `training.workbench.overrides`.

    Raises
    ------
    TrainingError
        If the candidate heeds no setting that can be searched.
    """
    keys = CANDIDATES[candidate].tuned
    if not keys:
        raise TrainingError(f"{candidate} has nothing to tune")
    drawn = {f"trial {number}": _draw(keys, seed, number) for number in range(1, n_trials + 1)}
    return {AS_IT_IS: {}, **drawn}


def _draw(keys: Sequence[str], seed: int, number: int) -> dict[str, Any]:
    """Change some settings, one at least, and leave the others as the profile has them."""
    rng = np.random.default_rng([seed, number])
    changed = rng.permutation(len(keys))[: rng.integers(1, len(keys) + 1)]
    return {keys[i]: SPACE[keys[i]][int(rng.integers(len(SPACE[keys[i]])))] for i in sorted(changed)}


def fragment(ranking: Ranking, trials: Mapping[str, Mapping[str, Any]], candidate: str) -> str:
    """Return the best trial as YAML to put into the profile, with what it is worth as a comment."""
    best = ranking.standings[0]
    own = next(s for s in ranking.standings if s.name == AS_IT_IS)
    worth = [
        f"Best of {len(trials) - 1} trials of {candidate}: {'its settings as they are' if best is own else best.name}.",
        f"{ranking.by} {_number(best.metrics, ranking)} (as it is: {_number(own.metrics, ranking)}) over "
        f"{ranking.rows} rows, better in {best.weeks_better} of {len(ranking.weeks)} weeks,",
        f"{ranking.weeks[0]} to {ranking.weeks[-1]}: those before the held-out ones.",
    ]
    found = {"forecasting": merge({}, trials[best.name])}
    return "".join(f"# {line}\n" for line in worth) + yaml.safe_dump(found, sort_keys=True)


def _number(metrics: object, ranking: Ranking) -> str:
    value = getattr(metrics, ranking.by)
    return "undefined" if value is None else f"{value:.4f}"
