import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulation.dirt import DUPLICATE, Blemish, plant, rejected, replace_field, truncate

NEGATIVE = rejected("negative", "below_minimum", replace_field(";", 1, lambda text, n: f"-{text}"))
WRONG = Blemish(kind="wrong", found_in="corrections", place="instead", spoil=lambda line, n: line + "0")


def _plant(lines, *plan, seed=0):
    return plant(lines, plan, source="shipments", file="a.csv", rng=np.random.default_rng(seed))


@given(seed=st.integers(0, 1000), counts=st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)))
def test_counts_are_exact_and_no_line_bears_two_defects(seed, counts):
    lines = [f"k{number};{number}" for number in range(1, 21)]
    planted = _plant(lines, *zip((DUPLICATE, NEGATIVE, WRONG), counts, strict=True), seed=seed)
    chosen = [line for lines_of_kind in planted.chosen.values() for line in lines_of_kind]
    assert len(chosen) == len(set(chosen)) == sum(counts)
    assert len(planted.lines) == 20 + counts[0] + counts[1]
    assert [line for line in planted.lines if ";-" in line] == [
        line.replace(";", ";-") for line in planted.chosen["negative"]
    ]


def test_duplicates_come_at_the_end_of_the_file():
    planted = _plant(["a;1", "b;2", "c;3"], (DUPLICATE, 1))
    assert planted.lines[:3] == ["a;1", "b;2", "c;3"]
    assert planted.lines[3] in planted.lines[:3]


def test_the_account_names_file_reason_and_count():
    (defect,) = _plant(["a;1", "b;2"], (NEGATIVE, 2)).defects
    assert (defect.kind, defect.source, defect.file, defect.count) == ("negative", "shipments", "a.csv", 2)
    assert (defect.found_in, defect.reason) == ("quarantine", "below_minimum")


def test_a_line_breaks_off_inside_a_field():
    assert truncate(";", fields=3)("2017;ST0001;SKU001;name;5", 0) == "2017;ST0001;SKU"


def test_more_defects_than_lines_are_refused():
    with pytest.raises(ValueError, match="too few"):
        _plant(["a;1"], (NEGATIVE, 2))
