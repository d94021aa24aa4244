"""Many files at once, each announced three times and in any order, through the host's webhook and real workers.

`python -m benchmarks.storm` does the same with 500 files; here are fewer, for the time it takes.
"""

from contextlib import nullcontext

import pytest

from benchmarks.storm import lake_faults, let_storm
from benchmarks.storm_company import storm_company, write_profile
from local.azurite import temporary
from local.memory import MemoryStore
from shared.lake import Lake
from shared.lake.intake import condition_blob
from shared.profile import load_profile

FILES = 60


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["folder", "azurite"])
def test_every_row_is_there_once_and_one_run_has_started(storage, tmp_path):
    with temporary() if storage == "azurite" else nullcontext() as azurite:
        lake = azurite.connection_string if azurite else f"folder:{tmp_path / 'lake'}"
        storm = let_storm(tmp_path, lake=lake, files=FILES, seed=7, workers=2)
    assert storm.faults == []
    assert storm.events == 3 * FILES


class TestTheJudge:
    """It finds what is planted, or its silence would mean nothing."""

    @pytest.fixture
    def company(self):
        return storm_company(12, seed=1)

    @pytest.fixture
    def profile(self, tmp_path):
        return write_profile(tmp_path / "profile.yml")

    @pytest.fixture
    def bring(self, company, profile):
        def bring(*, without: str = "") -> MemoryStore:
            lake = Lake(MemoryStore(), load_profile(profile))
            for file in reversed(company.files):
                if file.path != without:
                    lake.store.put(file.path, file.content)
                    condition_blob(lake, file.source, file.path)
            lake.materialise()
            return lake.store

        return bring

    def test_it_is_content_whatever_the_order(self, company, profile, bring):
        assert list(lake_faults(bring(), company, profile)) == []

    def test_it_finds_a_file_that_was_lost(self, company, profile, bring):
        faults = list(lake_faults(bring(without=company.files[-1].path), company, profile))
        assert any(fault.startswith("shipments: version") for fault in faults)
        assert any("rows differ" in fault for fault in faults)

    def test_it_finds_a_part_that_is_not_what_its_manifest_says(self, company, profile, bring):
        store = bring()
        part = next(blob.path for blob in store.list("conditioned/stores/parts/"))
        store.put(part, b"store_id\nS999\n")
        assert any("is not what" in fault for fault in lake_faults(store, company, profile))
