"""Files come in any order and are announced often; one run starts per week and set of versions."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.runs.arrivals import (
    arrival_digest,
    claimed_versions,
    publish_versions,
    still_waiting,
    waiting,
)


def test_raw_files_without_a_receipt_are_waiting(company):
    assert waiting(company.store, company.profile) == []
    company.client.receive("shipments", "late.csv", "2019-08-19 S1 P1 5")
    assert waiting(company.store, company.profile) == ["raw/shipments/late.csv"]


def test_a_file_waits_until_it_has_its_receipt_or_is_gone(company):
    company.client.receive("shipments", "late.csv", "2019-08-19 S1 P1 5")
    assert still_waiting(company.store, "raw/shipments/late.csv")
    company.client.bring("shipments", "late.csv", "2019-08-19 S1 P1 5")
    assert not still_waiting(company.store, "raw/shipments/late.csv")
    assert not still_waiting(company.store, "raw/shipments/none.csv")


def test_any_receipt_that_is_written_changes_the_digest(company):
    before = arrival_digest(company.store, company.profile)
    assert arrival_digest(company.store, company.profile) == before
    company.client.bring("shipments", "s2019-08-12.csv", "2019-08-12 S1 P1 5")
    assert arrival_digest(company.store, company.profile) != before


def test_the_week_is_claimed_once_and_the_claimant_is_told_the_same_again(company):
    first = company.arrive("arrivals-1")
    assert first.run == f"weekly-2019-08-12-{first.run[-8:]}"
    assert (first.ready, first.superseded, first.duplicate_of) == (True, False, "")
    assert company.arrive("arrivals-1") == first
    second = company.arrive("arrivals-2")
    assert (second.run, second.duplicate_of) == ("", first.run)
    assert claimed_versions(company.store, first.run) == dict(first.versions)


def test_another_set_of_versions_is_another_run(company):
    first = company.arrive("arrivals-1")
    company.client.bring("shipments", "t-correction.csv", "2019-08-12 S1 P1 50")
    second = company.arrive("arrivals-2")
    assert second.run not in ("", first.run)
    assert second.week == first.week


def test_while_a_file_waits_nobody_publishes(company):
    company.client.receive("shipments", "late.csv", "2019-08-19 S1 P1 5")
    assert company.arrive().superseded


def test_who_was_started_for_earlier_receipts_leaves_it_to_the_later_one(company):
    expected = arrival_digest(company.store, company.profile)
    company.client.bring("shipments", "more.csv", "2019-08-12 S1 P1 50")
    assert publish_versions(company.lake, instance="early", expected=expected).superseded


def test_a_week_that_is_not_complete_is_not_claimed(company):
    company.client.bring("shipments", "s.csv", "2019-08-19 S1 P1 5")
    seen = company.arrive("arrivals-9")
    assert (seen.ready, seen.run, seen.week) == (False, "", "2019-08-19")
    assert seen.missing == ("returns", "promotions")
    assert not list(company.store.list("runs/claims/2019-08-19"))


def test_of_many_that_ask_at_once_one_gets_the_run(company):
    expected = arrival_digest(company.store, company.profile)
    company.client.bring("shipments", "t-correction.csv", "2019-08-12 S1 P1 50")
    expected = arrival_digest(company.store, company.profile)

    def ask(number: int):
        return publish_versions(company.lake, instance=f"i{number}", expected=expected)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    runs = [answer.run for answer in answers if answer.run]
    assert len(runs) == 1
    assert [answer.duplicate_of for answer in answers if not answer.run] == runs * 7


def test_nothing_is_published_while_receipts_by_earlier_rules_are_there(company):
    pointer = company.read("conditioned/shipments/current.json")
    changed = company.client.with_other_rules("shipments")
    expected = arrival_digest(company.store, changed.profile)
    seen = publish_versions(changed.lake, instance="i", expected=expected)
    assert seen.outdated == {"shipments": 2}
    assert (seen.ready, seen.run, seen.missing) == (False, "", ("shipments",))
    assert company.read("conditioned/shipments/current.json") == pointer


@pytest.mark.parametrize("run", ["run-1", "weekly-2019", "weekly-2019-08-12-00000000", "weekly-a-b-c-d"])
def test_a_run_that_nobody_claimed_has_no_versions_of_its_own(company, run):
    assert claimed_versions(company.store, run) is None
