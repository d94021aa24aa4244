"""LASSO linear regression in layers: one for all rows, then one per group on what the layers before leave.

The objective that scikit-learn minimises in each layer and group, with x standardised on the training rows:

    1 / (2 n) * sum_i v_i (z_i - o_i - b - x_i' w) ** 2 + penalty * sum_j abs(w_j)

z is the response, o what the layers before say of it, v the row weights with mean 1. The penalty is alpha times the
standard deviation of z, in the layers times `layer_ratio` too; an intercept of a layer is drawn to 0 by the same
amount. So a product differs from its category, and the category from the whole, only where its rows insist. Both are
chosen on weeks that were left out, block by block. What the response is, and moving its forecast to the objective's
best point, is not here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.models.moments import Moments
from training.models.shocks import Clusters

Float = NDArray[np.float32]
Double = NDArray[np.float64]
Index = NDArray[np.int64]

ALPHAS = (0.05, 0.02, 0.01, 0.005, 0.002)
LAYER_RATIOS = (None, 10.0, 3.0, 1.0)
MINIMUM_ROWS = 30
MAX_GROUPS = 60
N_BLOCKS = 4


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """`layer_ratio` None: there are no layers."""

    alpha: float
    layer_ratio: float | None


FIRST_PENALTY = Penalty(alpha=0.02, layer_ratio=None)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Weights per group; row 0 is of rows without a known group, and zero.

    Attributes
    ----------
    column : str
        The categorical column whose codes are the groups.
    weights, intercepts : ndarray
        Shapes (n_groups + 1, n_features) and (n_groups + 1,).
    """

    column: str
    weights: Double
    intercepts: Double


@dataclass(frozen=True, kw_only=True)
class LassoModel:
    """The pooled weights, shape (n_features,), and the layers on top of them."""

    weights: Double
    intercept: float
    layers: tuple[Layer, ...]
    penalty: Penalty

    def predict(self, X: Float, groups: Mapping[str, Index]) -> Double:
        """Return the response, shape (n_rows,).

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_features)
            Standardised.
        groups : mapping of column to ndarray of int, shape (n_rows,)
            Codes; 0 where unknown.
        """
        z = X @ self.weights + self.intercept
        for layer in self.layers:
            code = groups[layer.column]
            z = z + np.einsum("ij,ij->i", X, layer.weights[code]) + layer.intercepts[code]
        return np.asarray(z, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class GroupedRows:
    """Training rows as moments, split by their groups.

    Attributes
    ----------
    moments : sequence of Moments
        One per combination of codes that occurs.
    codes : mapping of column to ndarray of int, shape (n_combinations,)
        The coarser column first; each group lies within one group of the column before.
    """

    moments: Sequence[Moments]
    codes: Mapping[str, Index]

    @classmethod
    def of(cls, rows: Double, weight: Double, groups: Mapping[str, Index]) -> "GroupedRows":
        """Measure rows (c, x, z) as `Moments` does; a column with more than `MAX_GROUPS` groups makes no layer."""
        used = {column: code for column, code in groups.items() if code.max(initial=0) <= MAX_GROUPS}
        keys = np.stack([np.zeros(len(rows), dtype=np.int64), *used.values()], axis=1)
        combinations, member = np.unique(keys, axis=0, return_inverse=True)
        order = np.argsort(member.ravel(), kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(member.ravel()[order])) + 1)
        return cls(
            moments=[Moments.of(rows[part], weight[part]) for part in parts],
            codes={column: combinations[:, i] for i, column in enumerate(used, start=1)},
        )

    def __add__(self, other: "GroupedRows") -> "GroupedRows":
        """Return both sets of rows; a combination may occur twice."""
        codes = {column: np.r_[code, other.codes[column]] for column, code in self.codes.items()}
        return GroupedRows(moments=[*self.moments, *other.moments], codes=codes)

    @cached_property
    def pooled(self) -> Moments:
        """All rows."""
        return _total(self.moments)

    @cached_property
    def groups(self) -> dict[str, dict[int, tuple[int, Moments]]]:
        """Per column and known code: its first combination, and its rows; without those that have too few."""
        found: dict[str, dict[int, tuple[int, Moments]]] = {}
        for column, code in self.codes.items():
            rows = {int(g): np.flatnonzero(code == g) for g in np.unique(code) if g > 0}
            totals = {g: (int(r[0]), _total([self.moments[int(i)] for i in r])) for g, r in rows.items()}
            found[column] = {
                g: t for g, t in totals.items() if t[1].n_rows >= MINIMUM_ROWS and t[1].weight > 0
            }
        return found

    def fit(self, penalty: Penalty) -> LassoModel:
        """Fit all layers."""
        alpha, layers = penalty.alpha * self.pooled.spread, list[Layer]()
        weights, intercept = self.pooled.solve(np.zeros(len(self.pooled.matrix) - 2), 0.0, alpha)
        if penalty.layer_ratio is not None:
            sums = np.broadcast_to(np.r_[weights, intercept], (len(self.moments), len(weights) + 1))
            for column, code in self.codes.items():
                layer = self._fit_layer(column, sums, alpha * penalty.layer_ratio)
                sums = sums + np.column_stack([layer.weights, layer.intercepts])[code]
                layers.append(layer)
        return LassoModel(weights=weights, intercept=intercept, layers=tuple(layers), penalty=penalty)

    def _fit_layer(self, column: str, above: Double, alpha: float) -> Layer:
        """Fit a layer on top of `above`, the summed weights and intercept per combination."""
        fitted = np.zeros((int(self.codes[column].max(initial=0)) + 1, above.shape[1]))
        for group, (first, moments) in self.groups[column].items():
            own, left = moments.solve(above[first, :-1], above[first, -1], alpha)
            fitted[group] = np.r_[own, np.sign(left) * max(abs(left) - alpha, 0.0)]
        return Layer(column=column, weights=fitted[:, :-1], intercepts=fitted[:, -1])

    def squares(self, model: LassoModel) -> float:
        """Return the model's weighted sum of squared errors over the rows."""
        total = 0.0
        for i, moments in enumerate(self.moments):
            weights, intercept = model.weights, model.intercept
            for layer in model.layers:
                code = self.codes[layer.column][i]
                if code < len(layer.weights):
                    weights, intercept = weights + layer.weights[code], intercept + layer.intercepts[code]
            total += moments.squares(weights, intercept)
        return total


def _total(moments: Sequence[Moments]) -> Moments:
    return sum(moments[1:], start=moments[0])


@dataclass(frozen=True, kw_only=True)
class LassoRows:
    """Training rows.

    Attributes
    ----------
    X : ndarray, shape (n_rows, n_features)
        Standardised.
    z, weight : ndarray, shape (n_rows,)
        Response, and row weights >= 0.
    groups : mapping of column to ndarray of int, shape (n_rows,)
        Codes per layer, the coarser first; 0 = unknown.
    week, cluster : ndarray of int, shape (n_rows,)
        Target week, and what shares its shocks within a week.
    """

    X: Float
    z: Double
    weight: Double
    groups: Mapping[str, Index]
    week: Index
    cluster: Index

    def rows(self) -> Double:
        """Return (1, x, z) per row."""
        return np.column_stack([np.ones(len(self.z)), self.X, self.z])

    def blocks(self, rows: Double) -> list[GroupedRows]:
        """Return the rows' moments in blocks of consecutive weeks."""
        weeks = np.unique(self.week)
        block = np.searchsorted(weeks, self.week) * N_BLOCKS // len(weeks)
        chosen = [block == b for b in range(N_BLOCKS)]
        return [
            GroupedRows.of(rows[c], self.weight[c], {name: code[c] for name, code in self.groups.items()})
            for c in chosen
            if c.any()
        ]


def fit_lasso(examples: LassoRows, *, penalty: Penalty | None = None) -> LassoModel:
    """Fit by generalised least squares, with the penalty given or the one that errs least on left-out weeks.

    See `training.models.shocks` for the errors that rows of one week share.
    """
    rows = examples.rows()
    plain = examples.blocks(rows)
    first = _joined(plain).fit(FIRST_PENALTY)
    residual = examples.z - first.predict(examples.X, examples.groups)
    clusters = Clusters.of(examples.week, examples.cluster)
    blocks = examples.blocks(clusters.without(rows, clusters.shares(residual)))
    return _joined(blocks).fit(penalty or choose_penalty(blocks, plain))


def choose_penalty(blocks: Sequence[GroupedRows], plain: Sequence[GroupedRows]) -> Penalty:
    """Choose alpha without layers first, then the layers' ratio.

    Parameters
    ----------
    blocks, plain : sequence of GroupedRows
        Blocks of weeks to fit on, and the same weeks as they are judged when they are left out.
    """
    others = [[*blocks[:b], *blocks[b + 1 :]] for b in range(len(blocks))]
    folds = [(_joined(rest), held) for rest, held in zip(others, plain, strict=True) if rest]

    def left_out_error(penalty: Penalty) -> float:
        return sum(held.squares(fitted.fit(penalty)) for fitted, held in folds)

    alone = [Penalty(alpha=alpha, layer_ratio=None) for alpha in ALPHAS]
    alpha = min(alone, key=left_out_error).alpha
    layered = [Penalty(alpha=a, layer_ratio=r) for r in LAYER_RATIOS for a in (alpha, 2 * alpha)]
    return min(layered, key=left_out_error)


def _joined(blocks: Sequence[GroupedRows]) -> GroupedRows:
    return sum(blocks[1:], start=blocks[0])
