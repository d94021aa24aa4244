"""Names of raw files, and the order in which they count."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lake.deliveries import delivery_order, name_beside, original_name, revision_name
from shared.ports import check_path


@pytest.mark.parametrize(
    ("file", "second"),
    [
        ("2019-W31.csv", "2019-W31~r2.csv"),
        ("2019.csv.gz", "2019~r2.csv.gz"),
        ("v1.2-final.xlsx", "v1.2-final~r2.xlsx"),
        ("no suffix", "no suffix~r2"),
        (".hidden", ".hidden~r2"),
        ("2019/August 5.csv", "2019/August 5~r2.csv"),
    ],
)
def test_a_revision_lies_beside_the_file(file, second):
    assert revision_name(file, 2) == second
    assert original_name(second) == (file, 2)
    assert original_name(file) == (file, 1)


NAMES = st.text(min_size=1).filter(lambda name: not name.endswith("/") and original_name(name)[1] == 1)


@given(NAMES, st.integers(1, 10**6))
def test_every_revision_of_every_name_can_be_told(file, revision):
    assert original_name(revision_name(file, revision)) == (file, revision)


@pytest.mark.parametrize(
    ("sequence", "in_order"),
    [
        (None, ["w9.csv", "w9~r2.csv", "w9-corrected.csv", "w10.csv", "w10~r2.csv", "w10~r10.csv", "x1.csv"]),
        (
            r"_(\d{8})\.",
            ["undated.csv", "b_20190101.csv", "a_20190102.csv", "b_20190102.csv", "a_20200101.csv"],
        ),
        (r"-(W\d+)", ["2020-W2.csv", "2019-W10.csv", "2019-W10~r2.csv"]),
        (r"(never)?", ["a2.csv", "a10.csv"]),
    ],
)
def test_deliveries_count_by_sequence_then_natural_order_then_revision(profile_with, sequence, in_order):
    profile = profile_with(sequence)
    shuffled = random.Random(7).sample(in_order, len(in_order))
    assert sorted(shuffled, key=lambda file: delivery_order(profile, "shipments", file)) == in_order


def test_sources_count_in_the_order_of_the_profile(profile_with):
    profile = profile_with(None)
    assert delivery_order(profile, "products", "z") < delivery_order(profile, "shipments", "a")


@pytest.mark.parametrize("letter", ["x", "ß", "日"])
def test_what_lies_beside_a_file_of_a_very_long_name_has_a_name_that_fits_and_is_its_only_one(letter):
    size = len(letter.encode())
    names = [f"2019/{letter * ((251 - n) // size)}{end}.csv" for n in (0, 10, 20) for end in ("a", "b")]
    beside = {name_beside(name, ".rejected.csv") for name in names}
    assert len(beside) == len(set(names))
    for name in beside:
        assert name.startswith(f"2019/{letter}")
        assert name.endswith(".rejected.csv")
        check_path(f"quarantine/shipments/{name}")


def test_what_lies_beside_a_file_is_called_after_it():
    assert name_beside("2019/week 1.csv", ".json") == "2019/week 1.csv.json"
