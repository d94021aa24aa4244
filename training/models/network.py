"""Neural network with a learned embedding per categorical column, trained on the objective itself.

Shape
-----
X (n_rows, n_features) standardised, codes (n_rows, n_columns) -> z (n_rows,): log forecast against the level.
An embedding has (cardinality + 1, dim) weights; row 0 is the unknown bucket, trained by showing some known codes as
unknown. Vocabularies are made in `training.categories`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.models.losses import loss
from training.objective import Objective

Float = NDArray[np.float32]
Index = NDArray[np.int64]

MAX_DIM = 8
UNKNOWN_SHARE = 0.05
WARM_UP = 0.2


class EmbeddingNetwork(nn.Module):
    """Embeddings beside the numeric features, then a perceptron with one hidden layer after the other.

    Parameters
    ----------
    n_features : int
    cardinalities : mapping of column to int
        Known names per categorical column.
    hidden : tuple of int
        Widths of the hidden layers.
    dropout : float
    """

    def __init__(
        self, *, n_features: int, cardinalities: Mapping[str, int], hidden: tuple[int, ...], dropout: float
    ) -> None:
        super().__init__()
        self.sizes = {"n_features": n_features, "hidden": list(hidden), "dropout": dropout}
        if any(n < 1 for n in cardinalities.values()):
            raise ValueError(f"cardinalities must be positive: {cardinalities=}")
        self.embeddings = nn.ModuleDict({k: _embedding(n) for k, n in cardinalities.items()})
        widths = [n_features + sum(embedding_dim(n) for n in cardinalities.values()), *hidden]
        layers = [
            layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.SiLU(), nn.Dropout(dropout))
        ]
        last = nn.Linear(widths[-1], 1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.body = nn.Sequential(*layers, last)

    def forward(self, X: Tensor, codes: Tensor) -> Tensor:
        """Return z, shape (n_rows,)."""
        if self.training:
            codes = codes.masked_fill(torch.rand(codes.shape) < UNKNOWN_SHARE, 0)
        embedded = [table(codes[:, i]) for i, table in enumerate(self.embeddings.values())]
        return self.body(torch.cat([X, *embedded], dim=1)).squeeze(1)


def _embedding(cardinality: int) -> nn.Embedding:
    table = nn.Embedding(cardinality + 1, embedding_dim(cardinality))
    nn.init.normal_(table.weight, std=0.1)
    return table


def embedding_dim(cardinality: int) -> int:
    """Return the width of the embedding of so many names."""
    return min(MAX_DIM, 1 + math.ceil(math.sqrt(cardinality)))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How the network is trained."""

    epochs: int
    seed: int
    batch: int = 256
    rate: float = 4e-3
    decay: float = 1e-2
    hidden: tuple[int, ...] = (64, 32)
    dropout: float = 0.1


def fit_network(
    X: Float, codes: Index, y: NDArray[np.float64], level: NDArray[np.float64], weight: NDArray[np.float64], *,
    objective: Objective, cardinalities: Mapping[str, int], schedule: Schedule,
) -> EmbeddingNetwork:  # fmt: skip
    """Train a network; the same rows, seed and machine give the same weights.

    Parameters
    ----------
    X, codes, y, level, weight : ndarray
        Rows as in the module's Shape, units, and row weights.
    """
    torch.set_num_threads(1)
    torch.manual_seed(schedule.seed)
    network = EmbeddingNetwork(
        n_features=X.shape[1], cardinalities=cardinalities, hidden=schedule.hidden, dropout=schedule.dropout
    )
    rows = tuple(torch.as_tensor(a) for a in (X, codes, y.astype(np.float32), level.astype(np.float32)))
    share = torch.as_tensor((weight / weight.mean()).astype(np.float32))
    _train(network, (*rows, share), objective, schedule)
    return network.eval()


def _train(
    network: EmbeddingNetwork, rows: tuple[Tensor, ...], objective: Objective, schedule: Schedule
) -> None:
    n_rows = len(rows[0])
    n_steps = schedule.epochs * math.ceil(n_rows / schedule.batch)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=schedule.rate, weight_decay=schedule.decay, fused=True
    )
    network.train()
    step = 0
    for _ in range(schedule.epochs):
        for batch in torch.randperm(n_rows).split(schedule.batch):
            X, codes, y, level, share = (a[batch] for a in rows)
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate * _rate_at(step / n_steps)
            optimiser.zero_grad(set_to_none=True)
            (loss(objective, network(X, codes), y, level) * share).mean().backward()
            optimiser.step()
            step += 1


def _rate_at(progress: float) -> float:
    """Return the share of the full rate: a linear warm-up, then half a cosine."""
    if progress < WARM_UP:
        return 0.1 + 0.9 * progress / WARM_UP
    return 0.5 * (1.0 + math.cos(math.pi * (progress - WARM_UP) / (1.0 - WARM_UP)))


def apply_network(network: EmbeddingNetwork, X: Float, codes: Index) -> NDArray[np.float64]:
    """Return z, shape (n_rows,)."""
    with torch.no_grad():
        return network(torch.as_tensor(X), torch.as_tensor(codes)).numpy().astype(np.float64)
