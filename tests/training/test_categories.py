import numpy as np
import pytest

from training.categories import UNKNOWN, Vocabularies
from training.features.design import Design, Labels


def make_design(**labels: list[str]) -> Design:
    n = len(next(iter(labels.values())))
    names = {column: tuple(sorted(set(values))) for column, values in labels.items()}
    return Design(
        series=np.zeros(n, dtype=np.int64), cutoff=np.zeros(n, dtype=np.int64), lead=np.ones(n, dtype=np.int64),
        X=np.zeros((n, 0), dtype=np.float32), features=(), level=np.ones(n), y=np.ones(n),
        labels={
            column: Labels(position=np.array([names[column].index(v) for v in values]), names=names[column])
            for column, values in labels.items()
        },
    )  # fmt: skip


@pytest.fixture
def vocabularies() -> Vocabularies:
    return Vocabularies.fit(make_design(store=["a", "b", "a"], brand=["x", "x", "x"], event=["", "fair", ""]))


def test_codes_start_at_one_and_a_column_with_one_name_is_left_out(vocabularies: Vocabularies) -> None:
    assert vocabularies.names == {"store": ("a", "b"), "event": ("", "fair")}
    assert vocabularies.cardinalities == {"store": 2, "event": 2}


def test_unseen_names_are_unknown_whatever_their_position(vocabularies: Vocabularies) -> None:
    later = make_design(store=["0 new", "b", "zzz"], brand=["x", "y", "z"], event=["fair", "fête", ""])
    assert vocabularies.encode(later).tolist() == [[UNKNOWN, 2], [2, UNKNOWN], [UNKNOWN, 1]]


def test_names_that_no_training_row_holds_are_not_learned() -> None:
    design = make_design(store=["a", "b", "c"])
    fitted = Vocabularies.fit(design.take(np.array([True, True, False])))
    assert fitted.names == {"store": ("a", "b")}
