"""What an audit notices, on the two smallest sources of the sample."""

import json
from pathlib import Path

import pytest

from local.memory import MemoryStore
from local.simulation.audit import NOT_PLANTED, audit
from shared.conditioning import condition_file
from shared.lake import Lake
from shared.profile import load_profile

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "tests" / "data" / "sample"
FILES = {"products": "products.csv", "events": "calendar.csv"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    profile = load_profile(ROOT / "config" / "default.yml")
    lake = Lake(MemoryStore(), profile)
    for source, file in FILES.items():
        raw = SAMPLE / source / file
        name = lake.receive(source, raw).path
        lake.commit(
            condition_file(profile, source, raw, name=name, workspace=tmp_path_factory.mktemp(source))
        )
    lake.materialise()
    return lake


@pytest.fixture
def planted() -> list[dict]:
    """The truth about these sources; a test may change it."""
    truth = json.loads((SAMPLE / "truth" / "dirt.json").read_text())
    return [each for each in truth if each["source"] in FILES]


@pytest.fixture
def differences(lake, tmp_path):
    """Audit the lake with another truth; return what is not exact."""

    def compare(planted: list[dict]) -> list[tuple[str, str, int, int]]:
        truth = tmp_path / "dirt.json"
        truth.write_text(json.dumps(planted))
        return [(f.source, f.kind, f.planted, f.found) for f in audit(lake, truth) if not f.exact]

    return compare


def _entry(planted: list[dict], source: str, kind: str) -> dict:
    (entry,) = [each for each in planted if (each["source"], each["kind"]) == (source, kind)]
    return entry


def test_the_truth_differs_in_nothing(differences, planted):
    assert differences(planted) == []


def test_findings_are_in_the_order_of_the_sources_and_say_where(lake, planted, tmp_path):
    truth = tmp_path / "dirt.json"
    truth.write_text(json.dumps(planted))
    found = [(f.source, f.found_in, f.reason, f.kinds) for f in audit(lake, truth)]
    assert found == [
        ("products", "quarantine", "duplicate", ("exact_duplicate",)),
        ("products", "repaired", "category case", ("mixed_case_category",)),
        ("events", "quarantine", "duplicate", ("exact_duplicate",)),
        ("events", "quarantine", "unmapped_value", ("unknown_scope",)),
        ("events", "repaired", "kind case", ("mixed_case_kind",)),
        ("events", "superseded", "", ("conflicting_correction",)),
    ]


def test_what_was_planted_and_not_found_is_noticed(differences, planted):
    _entry(planted, "products", "mixed_case_category")["count"] += 1
    assert differences(planted) == [("products", "mixed_case_category", 5, 4)]


def test_what_was_found_and_not_planted_is_noticed(differences, planted):
    planted.remove(_entry(planted, "events", "unknown_scope"))
    assert differences(planted) == [("events", NOT_PLANTED, 0, 1)]


def test_files_are_held_against_their_own_counts(differences, planted):
    elsewhere = dict(_entry(planted, "events", "exact_duplicate"), file="other.csv", count=1)
    _entry(planted, "events", "exact_duplicate")["count"] -= 1
    assert differences([*planted, elsewhere]) == [("events", "exact_duplicate", 2, 2)]


def test_kinds_that_cannot_be_told_apart_count_together(differences, planted):
    again = dict(_entry(planted, "events", "exact_duplicate"), kind="sent_twice", count=1)
    assert differences([*planted, again]) == [("events", "exact_duplicate + sent_twice", 3, 2)]
    _entry(planted, "events", "exact_duplicate")["count"] -= 1
    assert differences([*planted, again]) == []
