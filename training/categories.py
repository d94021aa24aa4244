"""Vocabularies of categorical columns: fitted on training rows, and 0 stands for whatever they have not seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.features.design import Design, Labels

UNKNOWN = 0


@dataclass(frozen=True, kw_only=True)
class Vocabularies:
    """Per categorical column its known names, in the order of their codes 1, 2, ..."""

    names: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, design: Design) -> "Vocabularies":
        """Learn the names that the rows hold; a column with a single name tells nothing and is left out."""
        seen = {column: _seen(labels) for column, labels in design.labels.items()}
        return cls(names={column: names for column, names in seen.items() if len(names) > 1})

    @property
    def cardinalities(self) -> dict[str, int]:
        """Number of known names per column."""
        return {column: len(names) for column, names in self.names.items()}

    def encode(self, design: Design) -> NDArray[np.int64]:
        """Return codes, shape (n_rows, n_columns), columns in the order of `names`; unseen names are 0."""
        codes = [_encode(design.labels[column], names) for column, names in self.names.items()]
        return np.stack(codes, axis=1) if codes else np.zeros((design.n_rows, 0), dtype=np.int64)


def _seen(labels: Labels) -> tuple[str, ...]:
    return tuple(labels.names[i] for i in np.unique(labels.position))


def _encode(labels: Labels, names: tuple[str, ...]) -> NDArray[np.int64]:
    code = {name: i for i, name in enumerate(names, start=1)}
    table = np.array([code.get(name, UNKNOWN) for name in labels.names], dtype=np.int64)
    return table[labels.position]
