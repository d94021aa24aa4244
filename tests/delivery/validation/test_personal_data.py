"""Whatever gives a person away is found, and what is none is left alone."""

import pyarrow as pa
import pytest

from delivery.validation.config import read_config
from delivery.validation.personal_data import faulty_columns, faulty_values
from shared.schemas import TABLES

POLICY = read_config().personal_data


def values(table: str, **columns: str) -> list[str]:
    return list(faulty_values(POLICY, table, pa.table({name: [value] for name, value in columns.items()})))


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("email", "e-mail"),
        ("contact_e_mail", "e-mail"),
        ("phone", "telephone"),
        ("Manager_Mobile", "telephone"),
        ("first_name", "person"),
        ("customer_name", "person"),
        ("surname", "person"),
        ("birth_date", "person"),
        ("street", "address"),
        ("ip_address", "address"),
    ],
)
def test_a_column_called_like_something_of_a_person_is_found(column, kind):
    (fault,) = {f for f in faulty_columns(POLICY, "stores", ["store_id", column]) if kind in f}
    assert fault == f"stores.{column}: is called like a person's {kind}"


def test_no_standard_table_has_such_a_column():
    assert [f for name, table in TABLES.items() for f in faulty_columns(POLICY, name, table.columns)] == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("ann@example.org", "e-mail"),
        ("ask jo.doe+x@mail.example.co.uk first", "e-mail"),
        ("(214) 555-0134", "telephone"),
        ("214-555-0134", "telephone"),
        ("+49 170 555 0134", "telephone"),
        ("+4917055501344", "telephone"),
        ("Mrs. Miller's birthday", "person"),
        ("Herr Schmidt", "person"),
        ("078-05-1120", "social security number"),
    ],
)
def test_a_value_that_gives_a_person_away_is_found_and_not_told(value, kind):
    (fault,) = values("events", event_id="E1", name=value)
    assert f"1 values hold a person's {kind}" in fault
    assert value not in fault


@pytest.mark.parametrize(
    "value",
    [
        "2018-07-09",
        "E-2018-07-09-12",
        "75201-1234",
        "Martin Luther King Day",
        "12345678901",
        "Fête nationale",
        "",
    ],
)
def test_what_is_no_person_is_left_alone(value):
    assert values("events", event_id="E1", name=value) == []


def test_brands_may_be_named_after_persons_and_hold_nothing_else_of_them():
    assert values("products", product_id="P1", brand="Mrs. Butterworth") == []
    assert len(values("products", product_id="P1", brand="ann@example.org")) == 1


def test_a_store_is_looked_at_where_stores_are_listed():
    assert values("shipments", store_id="ann@example.org") == []
    assert len(values("stores", store_id="ann@example.org")) == 1
