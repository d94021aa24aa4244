"""Smooth losses of the network, one per objective. What they stand for is in `training.objective`."""

import torch
from torch import Tensor

from training.objective import Objective

SMOOTH = 0.03
FAR = 2.0


def loss(objective: Objective, z: Tensor, y: Tensor, level: Tensor) -> Tensor:
    """Return the loss per row of the forecast ``level * exp(z)``.

    Parameters
    ----------
    z : Tensor, shape (n_rows,)
        Log forecast against the level.
    y, level : Tensor, shape (n_rows,)
        Units; `level` > 0, and for the relative loss y > 0.

    Returns
    -------
    Tensor, shape (n_rows,)
    """
    if objective == "relative":
        return _smooth_abs(_exp(z - torch.log(y / level)) - 1.0)
    if objective == "balanced":
        return (torch.sqrt(level) * _exp(z / 2) - torch.sqrt(y)) ** 2
    scale = level + 1.0
    error = (level * _exp(z) - y) / scale
    return _smooth_abs(error) if objective == "absolute" else error**2


def _exp(z: Tensor) -> Tensor:
    """Exponential that goes on as its tangent beyond `FAR`, so that one row cannot blow a step up."""
    near = torch.exp(torch.clamp(z, max=FAR))
    return near * (1.0 + torch.clamp(z - FAR, min=0.0))


def _smooth_abs(x: Tensor) -> Tensor:
    return torch.sqrt(x**2 + SMOOTH**2) - SMOOTH
