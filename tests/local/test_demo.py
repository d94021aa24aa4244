"""The demonstration, without its run."""

from types import SimpleNamespace

import pytest

from local.demo import Demonstration, demonstrate
from local.simulation.audit import Finding
from local.simulation.company import CompanySize
from shared.errors import ShelfcastError
from tests.local.conftest import Silent

TINY = CompanySize(markets=1, stores=4, products=4, weeks=12)


def test_another_company_in_the_folder_is_not_mixed_with_this_one(tmp_path):
    marker = tmp_path / "data" / "simulated.txt"
    marker.parent.mkdir()
    marker.write_text("a company of other days\n")
    with pytest.raises(ShelfcastError, match="a company of other days"):
        demonstrate(tmp_path, Silent(), company=TINY, seed=1, workers=1)
    assert list(tmp_path.iterdir()) == [marker.parent]


@pytest.mark.parametrize(
    ("failures", "differing", "succeeded"),
    [([], (), True), (["a cell"], (), False), ([], ("a.csv",), False)],
)
def test_it_succeeds_when_nothing_failed_and_all_defects_are_found(failures, differing, succeeded):
    finding = Finding(
        kind="twice",
        source="returns",
        found_in="quarantine",
        reason="duplicate",
        planted=1,
        found=1,
        differing=differing,
    )
    shown = Demonstration(result=SimpleNamespace(failures=failures), floors={}, findings=[finding])
    assert shown.succeeded is succeeded
