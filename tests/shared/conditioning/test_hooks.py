"""A client's own Python between reading and mapping."""

import pytest

from tests.shared.conditioning.clients import (
    HEADER,
    TIGHT,
    accepted,
    client,
    condition,
    read_rows,
    reasons,
    source,
)

ROWS = HEADER + "2019-08-05,S1,P1,3\n2019-08-05,S2,P1,4\n2019-08-05,S3,P1,5\n"
HOOK = """
import pyarrow as pa
import pyarrow.compute as pc

def hook(rows: pa.Table) -> pa.Table:
    {body}
"""


@pytest.fixture
def with_hook(tmp_path):
    def make(body: str):
        (tmp_path / "own.py").write_text(HOOK.format(body=body))
        return client(source(hook="own.py:hook"), folder=tmp_path)

    return make


def test_a_hook_may_change_cells(tmp_path, with_hook):
    profile = with_hook('return rows.set_column(1, "store", pc.utf8_lower(rows["store"]))')
    assert [row["store_id"] for row in accepted(condition(ROWS, tmp_path, profile))] == ["s1", "s2", "s3"]


def test_a_hook_may_make_the_columns_that_the_profile_names(tmp_path, with_hook):
    profile = with_hook('return rows.rename_columns({"shop": "store"})')
    assert len(accepted(condition(ROWS.replace("store", "shop"), tmp_path, profile))) == 3


def test_a_row_that_a_hook_drops_is_rejected(tmp_path, with_hook):
    profile = with_hook('return rows.filter(pc.not_equal(rows["store"], "S2"))')
    done = condition(ROWS, tmp_path, profile)
    assert reasons(done) == {2: "dropped_by_hook"}
    assert (done.report.rows_read, done.report.rows_in) == (3, 3)


@pytest.mark.parametrize("limits", [None, TIGHT])
def test_a_hook_may_make_several_rows_of_one(tmp_path, with_hook, limits):
    profile = with_hook(
        'other = rows.set_column(2, "product", pa.array(["P2"] * len(rows)));'
        "return pa.concat_tables([other, rows])"
    )
    done = condition(ROWS, tmp_path, profile, limits)
    assert (done.report.rows_read, done.report.rows_in) == (3, 6)
    assert [row["product_id"] for row in accepted(done)] == ["P1", "P2"] * 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise KeyError('week')", "own.py:hook raised KeyError: 'week'"),
        ("return None", "has to return a pyarrow Table"),
        ("return rows.drop_columns('_row')", "has to return a pyarrow Table with the column _row"),
        ('return rows.set_column(4, "_row", pa.array([9] * len(rows)))', "invented the row numbers [9]"),
    ],
)
def test_a_hook_that_fails_rejects_the_file(tmp_path, with_hook, body, words):
    done = condition(ROWS, tmp_path, with_hook(body))
    assert done.report.refused == "hook_failed"
    assert words in read_rows(done.rejects)[0]["original"]


def test_a_hook_that_is_not_there_rejects_the_file(tmp_path):
    done = condition(ROWS, tmp_path, client(source(hook="gone.py:hook"), folder=tmp_path))
    assert done.report.refused == "hook_failed"
