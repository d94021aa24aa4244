"""All candidates by name. To try an algorithm, write a function that makes its regressor and add a line here.

How a candidate is fed is in `training.candidates.regression` and `training.candidates.protocol`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV

from shared.profile import Forecasting
from training.candidates import members, rules
from training.candidates.protocol import Fit, on_design
from training.candidates.regression import Regressor, coded, gridded, regression, scaled
from training.members import Encoder

ROWS = ("half_life_weeks", "zero_weight")
NETWORK = (
    "epochs", "network.hidden_units", "network.batch_rows", "network.learning_rate", "network.weight_decay",
    "network.dropout", "network.input_noise",
)  # fmt: skip

RIDGE_PENALTIES = (1.0, 10.0, 100.0, 1_000.0, 10_000.0)
N_TREES = 100
MAX_BINS = 63


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An algorithm that can be tried.

    Attributes
    ----------
    about : str
        What it is, for people.
    fit : Fit
        See `training.candidates.protocol`.
    tuned : tuple of str
        Keys of the profile's forecasting section that it heeds and that are worth a search.
    """

    about: str
    fit: Fit
    tuned: tuple[str, ...] = ROWS


def ridge(settings: Forecasting, encoder: Encoder) -> Regressor:
    """Return a linear regression whose penalty is chosen by leave-one-out error."""
    return RidgeCV(alphas=RIDGE_PENALTIES)


def gradient_boosting(settings: Forecasting, encoder: Encoder) -> Regressor:
    """Return boosted trees over binned features; the codes behind the features are categories."""
    n_features = len(encoder.scaler.mean)
    return HistGradientBoostingRegressor(
        max_iter=N_TREES, learning_rate=0.08, max_leaf_nodes=15, max_bins=MAX_BINS, l2_regularization=1.0,
        categorical_features=[n_features + i for i in range(len(coded(encoder)))], early_stopping=False,
        random_state=settings.seed,
    )  # fmt: skip


CANDIDATES: Mapping[str, Candidate] = {
    "historical_average": Candidate(
        about="mean of all past weeks (baseline)", fit=rules.by_rule(rules.mean_of_history), tuned=()
    ),
    "seasonal_average": Candidate(
        about="mean of the same weeks of past years (baseline)",
        fit=rules.by_rule(rules.mean_of_seasons),
        tuned=(),
    ),
    "seasonal_naive": Candidate(
        about="the same week of last year", fit=rules.by_rule(rules.last_season), tuned=()
    ),
    "ridge": Candidate(about="ridge regression", fit=on_design(regression(ridge, scaled))),
    "gradient_boosting": Candidate(
        about="gradient-boosted trees", fit=on_design(regression(gradient_boosting, gridded))
    ),
    "lasso": Candidate(about="LASSO in layers", fit=on_design(members.fit_lasso)),
    "network": Candidate(
        about="neural network with embeddings", fit=on_design(members.fit_network), tuned=ROWS + NETWORK
    ),
    "ensemble": Candidate(
        about="LASSO and network, weighted (what serves)", fit=members.fit_ensemble, tuned=ROWS + NETWORK
    ),
}
