"""A source conditioned again: page by page, each failure by its name, then the run that the outcome calls for."""

import pytest

from functions.bootstrap import edges
from functions.replay import PAGE, list_raw_files
from tests.functions.company import faults, running_company, wait_for

WEEK = "2019-07-15"
FILES = 2 * PAGE + 5
"""One more page than two."""


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    with running_company(tmp_path_factory.mktemp("company")) as company:
        for number in range(FILES - 3):
            row = (WEEK, "S0L", "P1", str(number))
            company.bring("shipments", f"late/{number:02d}.csv", row)
        wait_for(lambda: not edges().lake.pending("shipments"))
        yield company


def replay(company, name, **body):
    answer = company.post("conditioning/shipments/replay", {"id": name, **body})
    assert (answer.status, answer.json["id"]) == (202, name)
    ended = company.ended(name)
    assert ended.runtime_status.value == "Completed"
    return ended.output


def files(company):
    return sum(1 for _ in company.store.list("raw/shipments/"))


def etags(company):
    return {blob.path: blob.etag for blob in company.store.list("conditioned/receipts/shipments/")}


def test_many_files_are_conditioned_page_by_page_and_lead_to_one_run(company):
    before = etags(company)
    output = replay(company, "all")
    assert (output["conditioned"], output["failures"]) == (files(company), [])
    pages = next(facts for facts in company.host.engine.statistics("all") if facts.instance_id == "all")
    assert pages.generations == 3
    after = etags(company)
    assert all(after[path] != etag for path, etag in before.items())
    assert output["ready"]
    run = output["run"] or output["duplicate_of"]
    assert company.ended(run).output["status"] in ("succeeded", "skipped")


def test_asked_again_the_same_replay_answers(company):
    replay(company, "once", files="late/00.csv")
    before = etags(company)
    replay(company, "once", files="late/00.csv")
    assert etags(company) == before


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("late/0?.csv", 10),
        ("2019-*", 3),
        ("*/1[0-4].csv", 5),
        ("LATE/*", 0),
        ("nothing", 0),
        ("", 0),
        ("[", 0),
        ("../*", 0),
        ("*a" * 100, 0),
    ],
)
def test_files_are_chosen_by_their_names(company, pattern, count):
    output = replay(company, f"chosen-{abs(hash(pattern))}", files=pattern)
    assert (output["conditioned"], output["failures"]) == (count, [])


def test_a_file_that_fails_is_named_and_keeps_no_other_from_its_turn(company):
    path = "raw/shipments/late/07.csv"
    faults[path] = 1
    output = replay(company, "failing", files="late/0*")
    assert (output["conditioned"], output["failures"]) == (
        9,
        [f"{path}: OSError: {path}: the disk is broken"],
    )


def test_without_force_what_is_done_already_stays_as_it_is(company):
    before = etags(company)
    output = replay(company, "gentle", force=False)
    assert (output["conditioned"], etags(company) == before) == (files(company), True)


def test_while_files_wait_nothing_is_published(company):
    path = "raw/shipments/waits.csv"
    faults[path] = 1000
    company.bring("shipments", "waits.csv", (WEEK, "S0L", "P1", "1"))
    try:
        output = replay(company, "early", files="2019-*")
        assert (output["run"], output["waiting"]) == ("", True)
    finally:
        faults.clear()
    wait_for(lambda: not edges().lake.pending("shipments"))


def test_a_page_begins_after_the_last_one(company):
    message = {"source": "shipments", "files": "late/*", "after": "raw/shipments/late/09.csv"}
    page = list_raw_files(message)
    assert (page["paths"][0], len(page["paths"]), page["more"]) == ("raw/shipments/late/10.csv", PAGE, True)
