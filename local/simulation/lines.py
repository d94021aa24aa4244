"""Arrays of trade as lines of text. Which columns a source has is not here."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from local.simulation.company import FIRST_WEEK, Ints

Places = tuple[Ints, Ints, Ints]


def positive_rows(units: np.ndarray, weeks: Sequence[int], missing: Sequence[int]) -> Places:
    """Return week, store and product of every value above zero, sorted, without the missing weeks.

    Parameters
    ----------
    units : ndarray, shape (n_stores, n_products, n_weeks)
    """
    kept = np.array([week for week in weeks if week not in missing], dtype=np.int64)
    place, store, product = np.nonzero(units[:, :, kept].transpose(2, 0, 1))
    return kept[place], store, product


def joined(delimiter: str, *columns: pa.Array) -> list[str]:
    """Join columns of text to lines."""
    lines: list[str] = pc.binary_join_element_wise(*columns, delimiter).to_pylist()
    return lines


def day_texts(days: Ints, pattern: str) -> pa.Array:
    """Return dates as text, from days since the first week's Monday."""
    return number_texts(days, lambda day: (FIRST_WEEK + timedelta(days=day)).strftime(pattern))


def number_texts(values: np.ndarray, text: Callable[[int], str]) -> pa.Array:
    """Return numbers as text, each distinct one written once."""
    distinct, place = np.unique(values, return_inverse=True)
    return pa.array([text(int(value)) for value in distinct], pa.string()).take(place)
