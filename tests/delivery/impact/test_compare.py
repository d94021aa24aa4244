import pytest

from delivery.impact.compare import compare

BEFORE = {
    "jobs": {"key": ["job"]},
    "jobs.job": {"kind": "text", "required": True},
    "jobs.logs": {"kind": "text", "required": False, "about": "Where they lie."},
}


def said(after, *, supplied=False):
    return [(str(change), change.breaking) for change in compare(BEFORE, after, supplied=supplied)]


def without(name):
    return {key: value for key, value in BEFORE.items() if key != name}


def test_nothing_changed():
    assert said(dict(BEFORE)) == []


def test_a_dropped_name_breaks():
    assert said(without("jobs.logs")) == [("removed jobs.logs", True)]


def test_a_name_that_came_in_its_place_is_a_new_name_for_it():
    assert said(without("jobs.logs") | {"jobs.log": BEFORE["jobs.logs"]}) == [
        ("renamed jobs.logs to jobs.log", True)
    ]


def test_what_came_elsewhere_or_is_something_else_is_no_new_name_for_it():
    elsewhere = without("jobs.logs") | {"runs.logs": BEFORE["jobs.logs"]}
    assert [text for text, _ in said(elsewhere)] == ["removed jobs.logs", "new runs.logs"]
    other = without("jobs.logs") | {"jobs.size": {"kind": "integer"}}
    assert [text for text, _ in said(other)] == ["removed jobs.logs", "new jobs.size"]


def test_a_new_name_breaks_only_those_who_must_give_it():
    after = BEFORE | {"jobs.cost": {"kind": "number", "required": True}}
    assert said(after) == [("new jobs.cost", False)]
    assert said(after, supplied=True) == [("new jobs.cost, which is required", True)]
    assert said(BEFORE | {"jobs.cost": {"required": False}}, supplied=True) == [("new jobs.cost", False)]


@pytest.mark.parametrize(
    ("key", "old", "new", "supplied", "breaking"),
    [
        ("about", "Here.", "There.", False, False),
        ("definition", "Mean error.", "Median error.", False, True),
        ("kind", "text", "number", False, True),
        ("one_of", ["a", "b"], ["a", "b", "c"], False, False),
        ("one_of", ["a", "b"], ["a"], False, True),
        ("required", True, False, True, False),
        ("required", False, True, True, True),
        ("required", True, False, False, True),
    ],
)
def test_a_changed_definition_breaks_or_does_not(key, old, new, supplied, breaking):
    (change,) = compare({"x": {key: old}}, {"x": {key: new}}, supplied=supplied)
    assert change.breaking is breaking
    assert str(change) == f"changed x: {key} was {old!r}, is {new!r}"
