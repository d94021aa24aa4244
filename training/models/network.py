"""Neural network with a learned embedding per categorical column, trained on the objective itself.

Shape
-----
X (n_rows, n_features) standardised, codes (n_rows, n_columns) -> z (n_rows,): log forecast against the level.
z = perceptron(X, embeddings) + linear(X). An embedding has (cardinality + 1, dim) weights; row 0 is the unknown
bucket, trained by showing some known codes as unknown. Vocabularies are made in `training.categories`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shared.profile.forecasting import Network
from training.models.losses import loss
from training.objective import Objective

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Index = NDArray[np.int64]

MAX_DIM = 8
UNKNOWN_SHARE = 0.05
WARM_UP = 0.2


class EmbeddingNetwork(nn.Module):
    """Embeddings beside the numeric features, a perceptron over both, and a linear shortcut over the features.

    Parameters
    ----------
    n_features : int
    cardinalities : mapping of column to int
        Known names per categorical column.
    hidden : tuple of int
        Widths of the hidden layers.
    dropout, input_noise : float
        See the profile; in force while training only.
    """

    def __init__(
        self, *, n_features: int, cardinalities: Mapping[str, int], hidden: tuple[int, ...],
        dropout: float = 0.0, input_noise: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        if any(n < 1 for n in cardinalities.values()):
            raise ValueError(f"cardinalities must be positive: {cardinalities=}")
        self.sizes = {"n_features": n_features, "hidden": list(hidden)}
        self.input_noise = input_noise
        self.embeddings = nn.ModuleDict({k: _embedding(n) for k, n in cardinalities.items()})
        widths = [n_features + sum(embedding_dim(n) for n in cardinalities.values()), *hidden]
        layers = [
            layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.SiLU(), nn.Dropout(dropout))
        ]
        self.body = nn.Sequential(*layers, _silent(widths[-1]))
        self.shortcut = _silent(n_features)

    def forward(self, X: Tensor, codes: Tensor) -> Tensor:
        """Return z, shape (n_rows,)."""
        if self.training:
            codes = codes.masked_fill(torch.rand(codes.shape) < UNKNOWN_SHARE, 0)
            X = X + self.input_noise * torch.randn_like(X)
        embedded = [table(codes[:, i]) for i, table in enumerate(self.embeddings.values())]
        z = self.body(torch.cat([X, *embedded], dim=1)) + self.shortcut(X)
        return z.squeeze(1)


def _embedding(cardinality: int) -> nn.Embedding:
    table = nn.Embedding(cardinality + 1, embedding_dim(cardinality))
    nn.init.normal_(table.weight, std=0.1)
    return table


def _silent(width: int) -> nn.Linear:
    """Return a layer that says 0 until it is trained."""
    layer = nn.Linear(width, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def embedding_dim(cardinality: int) -> int:
    """Return the width of the embedding of so many names."""
    return min(MAX_DIM, 1 + math.ceil(math.sqrt(cardinality) / 2))


@dataclass(frozen=True, kw_only=True)
class NetworkRows:
    """Training rows: inputs as in the module's Shape; units, level and weight of shape (n_rows,)."""

    X: Float
    codes: Index
    y: Double
    level: Double
    weight: Double

    def tensors(self) -> tuple[Tensor, ...]:
        """Return X, codes, y, level and the weight with mean 1."""
        single = (self.X, self.y, self.level, self.weight / self.weight.mean())
        X, y, level, share = (torch.as_tensor(a.astype(np.float32)) for a in single)
        return X, torch.as_tensor(self.codes), y, level, share


def fit_network(
    examples: NetworkRows, *, objective: Objective, cardinalities: Mapping[str, int], epochs: int, seed: int,
    settings: Network,
) -> EmbeddingNetwork:  # fmt: skip
    """Train a network; the same rows, seed and machine give the same weights."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = EmbeddingNetwork(
        n_features=examples.X.shape[1], cardinalities=cardinalities, hidden=settings.hidden_units,
        dropout=settings.dropout, input_noise=settings.input_noise,
    )  # fmt: skip
    n_steps = epochs * math.ceil(len(examples.y) / settings.batch_rows)
    _train(network, examples.tensors(), objective, n_steps, settings)
    return network.eval()


def _train(
    network: EmbeddingNetwork, rows: tuple[Tensor, ...], objective: Objective, n_steps: int, settings: Network
) -> None:
    optimiser = _optimiser(network, settings)
    network.train()
    for step, batch in zip(range(n_steps), _batches(len(rows[0]), settings.batch_rows), strict=False):
        X, codes, y, level, share = (a[batch] for a in rows)
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * _rate_at(step / n_steps)
        optimiser.zero_grad(set_to_none=True)
        (loss(objective, network(X, codes), y, level) * share).mean().backward()
        optimiser.step()


def _optimiser(network: EmbeddingNetwork, settings: Network) -> torch.optim.Optimizer:
    """Decay matrices, not biases."""
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)


def _batches(n_rows: int, size: int) -> Iterator[Tensor]:
    while True:
        yield from torch.randperm(n_rows).split(size)


def _rate_at(progress: float) -> float:
    """Return the share of the full rate: a linear warm-up, then half a cosine."""
    if progress < WARM_UP:
        return 0.1 + 0.9 * progress / WARM_UP
    return 0.5 * (1.0 + math.cos(math.pi * (progress - WARM_UP) / (1.0 - WARM_UP)))


def apply_network(network: EmbeddingNetwork, X: Float, codes: Index) -> Double:
    """Return z, shape (n_rows,)."""
    with torch.no_grad():
        return network(torch.as_tensor(X), torch.as_tensor(codes)).numpy().astype(np.float64)
