import pytest

from delivery.impact.snapshot import ImpactError, Snapshot, Version


def test_versions_go_on_by_what_changed():
    assert str(Version.parse("1.9").after(breaking=True)) == "2.0"
    assert str(Version.parse("1.9").after(breaking=False)) == "1.10"
    assert Version.parse("1.9") < Version.parse("1.10") < Version.parse("2.0")


@pytest.mark.parametrize("text", ["1", "1.x", "", "1.0.0"])
def test_what_is_no_version_is_refused(text):
    with pytest.raises(ImpactError, match="Write it like"):
        Version.parse(text)


def test_a_contract_is_read_as_it_was_written_with_a_name_per_line():
    snapshot = Snapshot(Version(1, 2), {"b": {"kind": "é"}, "a": {}})
    text = snapshot.to_text()
    assert Snapshot.parse(text) == snapshot
    assert text.splitlines()[3:5] == ['  "a": {},', '  "b": {"kind": "\\u00e9"}']
    assert Snapshot.parse(Snapshot(Version(1, 0), {}).to_text()).entries == {}


@pytest.mark.parametrize("text", ["", "[]", '{"version": "1.0"}'])
def test_a_damaged_contract_is_refused(text):
    with pytest.raises(ImpactError, match="Take it from the base again"):
        Snapshot.parse(text)
