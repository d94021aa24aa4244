"""From files that have arrived to one run, in virtual time."""

from datetime import timedelta

import pytest

from functions.arrivals import settled
from shared.lake.intake import condition_blob
from shared.runs.summary import read_summary

QUIET = 60


@pytest.fixture
def rehearsal(rehearse):
    return rehearse(markets=1, SHELFCAST_QUIET_SECONDS=str(QUIET))


def arrive(rehearsal):
    """Announce what is there, as the function of the last file does."""
    digest = settled()
    message = {"digest": digest, "quiet_seconds": QUIET, "operation_id": "ab" * 16}
    rehearsal.engine.start("arrivals", instance_id=f"arrivals-{digest}", input=message)
    return f"arrivals-{digest}"


def test_quiet_leads_to_one_run_with_the_operation_of_the_file(rehearsal):
    output = rehearsal.engine.run_until(arrive(rehearsal)).output
    assert (output["week"], output["status"], output["late"]) == ("2019-07-15", "succeeded", [])
    summary = read_summary(rehearsal.store, output["run"])
    assert (summary.trigger, summary.operation_id) == ("arrival", "ab" * 16)


def test_a_later_file_takes_the_turn_of_an_earlier_one(rehearsal):
    first = arrive(rehearsal)
    rehearsal.engine.run_until_idle(until=rehearsal.clock.now() + timedelta(seconds=QUIET / 2))
    rehearsal.deliver_week()
    second = arrive(rehearsal)
    rehearsal.engine.run_until_idle()
    assert rehearsal.engine.status(first).output["superseded"]
    assert rehearsal.engine.status(second).output["week"] == "2019-07-22"
    runs = [each for each in rehearsal.engine.instances() if each.name == "weekly_run"]
    assert len(runs) == 1


def test_while_a_file_waits_there_is_nothing_to_announce(rehearsal):
    rehearsal.store.put("raw/shipments/late.csv", b"week_start,store_id,product_id,units_shipped\n")
    assert settled() is None


def test_as_long_as_the_same_file_waits_nothing_is_listed(rehearsal, monkeypatch):
    rehearsal.store.put("raw/shipments/late.csv", b"week_start,store_id,product_id,units_shipped\n")
    assert settled() is None
    listed = []
    monkeypatch.setattr(rehearsal.store, "list", lambda prefix: listed.append(prefix) or iter(()))
    assert settled() is None
    assert listed == []
    monkeypatch.undo()
    condition_blob(rehearsal.edges.lake, "shipments", "raw/shipments/late.csv")
    assert settled()


def test_the_same_versions_run_once(rehearsal):
    first = rehearsal.engine.run_until(arrive(rehearsal)).output
    rehearsal.store.put("raw/shipments/empty.csv", b"week_start,store_id,product_id,units_shipped\n")
    condition_blob(rehearsal.edges.lake, "shipments", "raw/shipments/empty.csv")
    second = rehearsal.engine.run_until(arrive(rehearsal)).output
    assert (second["run"], second["duplicate_of"]) == ("", first["run"])


def test_a_week_of_which_a_source_is_late_does_not_run_and_names_it(rehearse):
    rehearsal = rehearse(markets=1, weeks=0)
    output = rehearsal.engine.run_until(arrive(rehearsal)).output
    assert (output["ready"], output["run"]) == (False, "")
    assert output["late"] == ["shipments"]
