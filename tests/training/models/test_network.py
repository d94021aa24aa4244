import numpy as np
import pytest
import torch

from shared.profile.forecasting import Network
from training.models.losses import loss
from training.models.network import (
    EmbeddingNetwork,
    NetworkRows,
    apply_network,
    embedding_dim,
    fit_network,
)

OBJECTIVES = ("relative", "absolute", "squared", "balanced")
CARDINALITIES = {"store": 9, "product": 30}


def make_network() -> EmbeddingNetwork:
    torch.manual_seed(0)
    network = EmbeddingNetwork(n_features=3, cardinalities=CARDINALITIES, hidden=(8, 4))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return network.eval()


def test_an_embedding_has_a_row_per_name_and_one_for_the_unknown() -> None:
    network = make_network()
    for column, n in CARDINALITIES.items():
        assert network.embeddings[column].weight.shape == (n + 1, embedding_dim(n))


def test_cardinalities_must_be_positive() -> None:
    with pytest.raises(ValueError, match="'store': 0"):
        EmbeddingNetwork(n_features=1, cardinalities={"store": 0}, hidden=(2,))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_gradients_are_those_of_finite_differences(objective: str) -> None:
    network = make_network().double()
    rng = np.random.default_rng(1)
    X = torch.tensor(rng.normal(size=(6, 3)), requires_grad=True)
    codes = torch.tensor([[0, 0], [1, 5], [9, 30], [3, 2], [4, 4], [0, 7]])
    y, level = torch.tensor(rng.uniform(1, 9, 6)), torch.tensor(rng.uniform(1, 9, 6))

    def total(features: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        named = dict(zip([name for name, _ in network.named_parameters()], weights, strict=True))
        z = torch.func.functional_call(network, named, (features, codes))
        return loss(objective, z, y, level).sum()  # type: ignore[arg-type]

    assert torch.autograd.gradcheck(total, (X, *network.parameters()))


@pytest.mark.parametrize(
    ("objective", "error"),
    [
        ("relative", lambda f, y: abs(f - y) / y),
        ("absolute", lambda f, y: abs(f - y) / 11),
        ("squared", lambda f, y: ((f - y) / 11) ** 2),
    ],
)
def test_losses_are_the_objectives_but_for_smoothing(objective: str, error: object) -> None:
    level, y = torch.tensor([10.0, 10.0, 10.0]), torch.tensor([5.0, 12.0, 20.0])
    z = torch.tensor([0.3, -0.4, 0.1])
    expected = [error(10 * np.exp(a), b) for a, b in zip(z.tolist(), y.tolist(), strict=True)]  # type: ignore[operator]
    assert loss(objective, z, y, level).tolist() == pytest.approx(expected, abs=0.03)  # type: ignore[arg-type]


def test_a_wild_forecast_has_a_finite_gradient() -> None:
    z = torch.tensor([80.0], requires_grad=True)
    loss("relative", z, torch.tensor([1.0]), torch.tensor([1.0])).sum().backward()
    assert z.grad is not None
    assert torch.isfinite(z.grad).all()


def make_rows(n_rows: int = 1500) -> NetworkRows:
    rng = np.random.default_rng(3)
    X, codes = rng.normal(size=(n_rows, 3)).astype(np.float32), rng.integers(1, 4, (n_rows, 1))
    z = 0.6 * X[:, 0] + np.array([0, -0.8, 0.0, 0.8])[codes[:, 0]]
    y = 50 * np.exp(z + rng.normal(0, 0.1, n_rows))
    return NetworkRows(X=X, codes=codes, y=y, level=np.full(n_rows, 50.0), weight=np.ones(n_rows))


def fitted(seed: int = 7) -> EmbeddingNetwork:
    return fit_network(
        make_rows(), objective="relative", cardinalities={"store": 3}, epochs=25, seed=seed,
        settings=Network(input_noise=0.05, weight_decay=0.1),
    )  # fmt: skip


def test_it_learns_slopes_and_the_effect_of_a_category() -> None:
    rows, network = make_rows(), fitted()
    forecast = rows.level * np.exp(apply_network(network, rows.X, rows.codes))
    assert np.mean(np.abs(forecast - rows.y) / rows.y) < 0.12


def test_an_unseen_category_scores_between_the_seen_ones() -> None:
    network, X = fitted(), np.zeros((4, 3), dtype=np.float32)
    unknown, low, _, high = apply_network(network, X, np.array([[0], [1], [2], [3]]))
    assert np.isfinite(unknown)
    assert low < unknown < high


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, again, other = (fitted(seed).state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
