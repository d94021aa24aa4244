import json
from datetime import date

import pytest
from pydantic import ValidationError

from delivery.package.audit import Borne, ask, expired, judge, not_checked, read_answer, read_borne
from delivery.package.locks import DIRECT, Locked

PACKAGES = [
    Locked(name="apple", version="1.0", line=7, needed_by=(DIRECT,)),
    Locked(name="pear", version="2.0", line=9, needed_by=(DIRECT,)),
]
FLAW = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["1.1"], "description": ""}
TODAY = date(2026, 3, 1)


def said(*vulnerabilities, skipped=()):
    listed = [
        {"name": "pear", "version": "2.0", "skip_reason": "not found"}
        if "pear" in skipped
        else {"name": "pear", "version": "2.0", "vulns": []},
        {"name": "apple", "version": "1.0", "vulns": list(vulnerabilities)},
    ]
    return read_answer(json.dumps({"dependencies": listed, "fixes": []}), "", PACKAGES)


def borne(until):
    return Borne(id="CVE-1", package="apple", reason="The code in question never runs.", until=until)


def test_nothing_known_is_no_fault():
    answer = said()
    assert (answer.checked, answer.unchecked) == (2, {})
    assert judge("functions", PACKAGES, answer, [], TODAY) == not_checked("functions", answer) == []


def test_a_vulnerability_is_a_fault_with_its_line_and_the_version_that_mends_it():
    (fault,) = judge("functions", PACKAGES, said(FLAW), [], TODAY)
    assert str(fault).startswith(
        "requirements.txt:7: known-vulnerability: apple has PYSEC-1, CVE-1. Pin 1.1 "
    )


def test_where_no_version_mends_it_the_remedy_is_another():
    (fault,) = judge("functions", PACKAGES, said(FLAW | {"fix_versions": []}), [], TODAY)
    assert fault.remedy.startswith("Do without it, or bear it")


def test_it_is_borne_until_its_day_and_no_longer():
    assert judge("functions", PACKAGES, said(FLAW), [borne(TODAY)], TODAY) == []
    yesterday = borne(date(2026, 2, 28))
    assert len(judge("functions", PACKAGES, said(FLAW), [yesterday], TODAY)) == 1
    assert [fault.rule for fault in expired([yesterday, borne(TODAY)], TODAY)] == ["expired-exception"]


def test_a_package_that_the_source_does_not_know_is_not_checked():
    answer = said(skipped=("pear",))
    assert answer.checked == 1
    (fault,) = not_checked("functions", answer)
    assert (fault.rule, "pear first: not found" in fault.problem) == ("not-checked", True)


@pytest.mark.parametrize("text", ["", "Traceback", "{}"])
def test_no_answer_leaves_all_unchecked(text):
    answer = read_answer(text, "Traceback\nConnectionError: no way\n", PACKAGES)
    assert answer.checked == 0
    assert answer.unchecked == dict.fromkeys(("apple", "pear"), "ConnectionError: no way")


def test_a_package_that_the_answer_leaves_out_is_not_checked():
    answer = read_answer(json.dumps({"dependencies": []}), "", PACKAGES)
    assert set(answer.unchecked) == {"apple", "pear"}


def test_without_a_network_nothing_is_checked(monkeypatch, tmp_path):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path))
    answer = ask(PACKAGES)
    assert (answer.checked, set(answer.unchecked)) == (0, {"apple", "pear"})


def test_exceptions_need_a_reason_and_a_day(tmp_path):
    path = tmp_path / "audit.yml"
    path.write_text(
        "- {id: CVE-1, package: apple, reason: The code in question never runs., until: 2026-03-01}\n"
    )
    assert read_borne(path) == [borne(TODAY)]
    path.write_text("- {id: CVE-1, package: apple, reason: '', until: 2026-03-01}\n")
    with pytest.raises(ValidationError):
        read_borne(path)
    assert not expired(read_borne(), date(2026, 1, 1))
