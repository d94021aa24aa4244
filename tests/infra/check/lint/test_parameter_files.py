"""Parameter files: each gives what its template needs, all give the same."""

import pytest

from tests.infra.check.lint.written import faults, output, param, told

TEMPLATE = param("a") + param("b", said="Optional. B.", default="'x'") + output("'${a}${b}'")


@pytest.mark.parametrize(
    ("dev", "expected"),
    [
        ("param a = 'x'\n", []),
        ("param b = 'x'\n", ["1 missing-parameter"]),
        ("param a = 'x'\nparam c = 'x'\n", ["3 unknown-parameter"]),
    ],
)
def test_a_parameter_file_gives_what_its_template_has(dev, expected):
    assert told(TEMPLATE, dev_bicepparam="using 'main.bicep'\n" + dev) == expected


def test_a_parameter_file_tells_no_secret():
    text = "@secure()\n" + TEMPLATE.replace("output it", "@secure()\noutput it")
    assert told(text, dev_bicepparam="using 'main.bicep'\nparam a = 'hunter2'\n") == ["2 plain-secret"]
    read_elsewhere = "using 'main.bicep'\nparam a = readEnvironmentVariable('A')\n"
    assert told(text, dev_bicepparam=read_elsewhere) == []


def test_environments_give_the_same_parameters():
    dev, prod = "using 'main.bicep'\nparam a = 'x'\n", "using 'main.bicep'\nparam a = 'y'\nparam b = 'z'\n"
    [fault] = faults(TEMPLATE, dev_bicepparam=dev, prod_bicepparam=prod)
    assert str(fault).startswith(
        "prod.bicepparam:3: uneven-parameters: 'b' is given here, and not in dev.bicepparam."
    )
