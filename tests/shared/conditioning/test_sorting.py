"""Sorting and merging, however much of it fits in memory."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.conditioning.batches import ROW
from shared.conditioning.runs import sorted_pieces
from shared.conditioning.sorting import resolved, sort_by_key

ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "B", "é", "10", "9"]), st.integers(0, 3), st.integers(0, 2))
)


def table(rows: list[tuple[str, int, int]], first: int = 1) -> pa.Table:
    """Key `k` (coded) and `m`, value `v`."""
    k, m, v = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "k": pa.array(k, pa.string()).dictionary_encode(),
            "m": pa.array(m, pa.int64()),
            "v": pa.array(v, pa.float64()).dictionary_encode(),
            ROW: pa.array(range(first, first + len(rows)), pa.int64()),
        }
    )


def as_python_would(rows: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    return [n for _, n in sorted((row[:2], n) for n, row in enumerate(rows, start=1))]


@given(ROWS)
def test_rows_are_sorted_by_key_and_then_as_they_came(rows):
    assert sort_by_key(table(rows), ["k", "m"])[ROW].to_pylist() == as_python_would(rows)


@settings(deadline=None, max_examples=50)
@given(ROWS, st.integers(1, 7), st.integers(16, 400))
def test_runs_give_the_same_as_sorting_at_once(tmp_path_factory, rows, size, most_bytes):
    pieces = [table(rows[at : at + size], at + 1) for at in range(0, len(rows), size)]
    whole = table(rows)
    done = sorted_pieces(
        iter(pieces or [whole]),
        ["k", "m"],
        nbytes=whole.nbytes,
        most_bytes=most_bytes,
        folder=tmp_path_factory.mktemp("runs"),
    )
    assert [row for piece in done for row in piece[ROW].to_pylist()] == as_python_would(rows)


@given(ROWS, st.integers(1, 9))
def test_of_every_key_the_last_row_stays(rows, size):
    ordered = sort_by_key(table(rows), ["k", "m"])
    done = list(resolved([ordered.slice(at, size) for at in range(0, len(rows), size)], ["k", "m"], ["v"]))
    kept = [(r["k"], r["m"], r["v"]) for one in done for r in one.kept.to_pylist()]
    last = {row[:2]: row for row in rows}
    assert sorted(kept) == sorted(last.values())
    assert len(rows) == sum(one.kept.num_rows + one.repeated.num_rows + one.earlier.num_rows for one in done)
    assert all(
        early["v"] != late["v"]
        and (early["k"], early["m"]) == (late["k"], late["m"])
        and early[ROW] < late[ROW]
        for one in done
        for early, late in zip(one.earlier.to_pylist(), one.later.to_pylist(), strict=True)
    )


def test_one_key_repeated_beyond_memory_is_held_piece_by_piece(tmp_path):
    pieces = [table([("a", 0, 0)] * 50, at) for at in range(1, 5_000, 50)]
    done = list(sorted_pieces(iter(pieces), ["k"], nbytes=10**5, most_bytes=10**4, folder=tmp_path))
    assert max(piece.num_rows for piece in done) < 1_000
    assert [row for piece in done for row in piece[ROW].to_pylist()] == list(range(1, 5_001))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("columns", [3, 20])
def test_long_keys_do_not_overflow(columns):
    names = [f"k{n}" for n in range(columns)]
    values = {
        name: pa.array([f"{(row * 7919 + n) % 500:03d}" for row in range(500)])
        for n, name in enumerate(names)
    }
    done = sort_by_key(pa.table({**values, ROW: pa.array(range(500))}), names)
    assert done["k0"].to_pylist() == sorted(values["k0"].to_pylist())
