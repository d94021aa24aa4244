import pytest

from delivery.package.licences import Decision, Licensed, Policy, installed, judge, read_policy, table, unused
from delivery.package.locks import DIRECT, LISTS, Locked, packages_for
from shared.settings import ROOT

APPLE = Locked(name="apple", version="1.0", line=7, needed_by=(DIRECT,))
POLICY = Policy(
    allowed=frozenset({"MIT", "Apache-2.0"}),
    forbidden=("GPL-*", "AGPL-*"),
    spelled={"MIT License": "MIT"},
    decided={"pear": Decision(licence="MIT", because="Its file says so.")},
)


def licensed(licence, version="1.0"):
    return {"apple": Licensed(version=version, licence=licence, url="https://apple.example")}


@pytest.mark.parametrize(
    "licence",
    ["MIT", "MIT License", "MIT AND Apache-2.0", "MIT OR GPL-3.0-only", "(MIT OR GPL-3.0-only) AND MIT"],
)
def test_an_allowed_licence_passes(licence):
    assert judge("functions", [APPLE], licensed(licence), POLICY) == []


@pytest.mark.parametrize(
    ("licence", "rule", "remedy"),
    [
        ("GPL-3.0-only", "forbidden-licence", "Do without it"),
        ("MIT AND AGPL-3.0-or-later", "forbidden-licence", "Do without it"),
        ("GPL-2.0-only OR GPL-3.0-only", "forbidden-licence", "Do without it"),
        ("ISC", "unknown-licence", "decide upon the package"),
        ("UNKNOWN", "unknown-licence", "decide upon the package"),
        ("Ask me (", "unknown-licence", "decide upon the package"),
    ],
)
def test_any_other_fails_with_its_line_and_what_to_do(licence, rule, remedy):
    (fault,) = judge("functions", [APPLE], licensed(licence), POLICY)
    assert str(fault).startswith(f"requirements.txt:7: {rule}: apple ")
    assert remedy in fault.remedy


@pytest.mark.parametrize("found", [{}, licensed("MIT", version="2.0")])
def test_what_is_not_installed_in_its_version_is_said(found):
    (fault,) = judge("functions", [APPLE], found, POLICY)
    assert fault.rule == "licence-not-found"


def test_a_decision_counts_for_its_package_and_is_said_when_no_longer_needed():
    pear = Locked(name="pear", version="1.0", line=1)
    found = {"pear": Licensed(version="1.0", licence="UNKNOWN", url="")}
    assert judge("functions", [pear], found, POLICY) == []
    assert unused(POLICY, [pear]) == []
    assert [fault.rule for fault in unused(POLICY, [APPLE])] == ["unused-decision"]


def test_the_real_lists_hold_to_the_real_policy():
    policy, found = read_policy(), installed()
    lists = {name: packages_for(ROOT, name) for name in LISTS}
    assert [fault for name in lists for fault in judge(name, lists[name], found, policy)] == []
    assert unused(policy, [package for packages in lists.values() for package in packages]) == []
    text = table(lists, found, policy)
    assert text == table(lists, found, policy)
    assert "| numpy |" in text
    assert "| functions, training |" in text
    assert len(text.splitlines()) > len(lists["functions"])
