"""A week is complete when the sources that have to come for it have come; the others are named when overdue."""

from datetime import date

import pytest

from shared.runs.readiness import readiness

WEATHER = "2019-08-18 75001 10 20 0 0"


def look(company, week=None):
    return readiness(company.lake, company.lake.materialise(), week=week)


def test_a_complete_week(company):
    assert look(company).model_dump() == {
        "week": "2019-08-12",
        "ready": True,
        "late": ("demographics",),
        "missing": (),
    }


def test_an_empty_lake_waits_for_the_needed_tables(new_company):
    seen = look(new_company())
    assert (seen.week, seen.ready) == ("", False)
    assert seen.missing == ("stores", "products", "shipments")


def test_a_weekly_source_has_to_reach_the_week(company):
    company.client.bring("shipments", "s.csv", "2019-08-19 S1 P1 5")
    assert look(company).missing == ("returns", "promotions")
    company.client.bring("promotions", "p.csv", "2019-08-26 S1 P1 2 - -")
    assert look(company).missing == ("returns",)


def test_a_given_week_is_looked_at_instead(company):
    assert look(company, date(2019, 8, 5)).ready
    seen = look(company, date(2019, 8, 19))
    assert (seen.week, seen.ready, seen.missing) == (
        "2019-08-12",
        False,
        ("shipments", "returns", "promotions"),
    )


@pytest.mark.parametrize(
    ("table", "line", "ready"),
    [
        ("weather_history", "2019-08-18 75001 10 20 0 0", True),
        ("weather_history", "2019-08-17 75001 10 20 0 0", False),
        ("weather_forecast", "2019-08-12T06:00:00Z 2019-08-20 75001 10 20 0 0", True),
        ("weather_forecast", "2019-08-11T06:00:00Z 2019-08-20 75001 10 20 0 0", False),
    ],
)
def test_the_weather_has_to_cover_the_week(new_company, source_block, table, line, ready):
    made = new_company(added={table: source_block(table, cadence="daily")}).masters().week("2019-08-12")
    assert look(made).missing == (table,)
    made.client.bring(table, "w.csv", line)
    assert look(made).missing == (() if ready else (table,))


@pytest.mark.parametrize(("required", "ready"), [(True, False), (False, True)])
def test_only_required_sources_are_waited_for(new_company, source_block, required, ready):
    events = source_block("events", cadence="monthly", required=required)
    assert look(new_company(added={"events": events}).masters().week("2019-08-12")).ready is ready


@pytest.mark.parametrize(("cadence", "late"), [("yearly", ("returns",)), ("once", ())])
def test_an_overdue_source_is_named_and_blocks_nothing(new_company, source_block, cadence, late):
    block = source_block("returns", cadence=cadence)
    demographics = source_block("demographics", cadence="once")
    made = new_company(added={"returns": block, "demographics": demographics}).masters()
    made.week("2017-08-07")
    made.client.bring("shipments", "s.csv", "2019-08-12 S1 P1 5")
    made.client.bring("promotions", "p.csv", "2019-08-12 S1 P1 2 - -")
    seen = look(made)
    assert (seen.ready, seen.missing, seen.late) == (True, (), late)


def test_of_two_sources_for_one_table_each_has_to_come(new_company, source_block):
    made = new_company(added={"shipments_of_the_south": source_block("shipments")}).masters()
    made.week("2019-08-05").week("2019-08-12")
    made.client.bring("shipments_of_the_south", "s.csv", "2019-08-05 S3 P2 7", table="shipments")
    assert look(made).missing == ("shipments_of_the_south",)
    made.client.bring("shipments_of_the_south", "t.csv", "2019-08-12 S3 P2 7", table="shipments")
    assert look(made).ready


def test_an_unfinished_week_is_not_the_last_known_one(new_company):
    made = new_company(completeness={"unfinished_below": 0.5}).masters()
    made.week("2019-07-29").week("2019-08-05").week("2019-08-12")
    made.client.bring("shipments", "monday.csv", "2019-08-19 S1 P1 5")
    assert look(made).week == "2019-08-12"
    made.client.bring(
        "shipments", "rest.csv", "2019-08-19 S1 P2 5", "2019-08-19 S2 P1 5", "2019-08-19 S2 P2 5"
    )
    assert look(made).week == "2019-08-19"
