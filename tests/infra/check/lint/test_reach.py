"""What functions and defaults see, and where loops stand."""

import pytest

from tests.infra.check.lint.written import SITE, output, param, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("func f() string => a\n" + param() + output("'${f()}${a}'"), ["1 out-of-reach"]),
        ("func f(a string) string => g(a)\nfunc g(b string) string => b\n" + param() + output("f(a)"), []),
        ("var a = 'x'\n" + param("b", said="Optional. B.", default="a") + output("b"), ["3 out-of-reach"]),
        (param("b", said="Optional. B.", default="a") + param() + output("b"), []),
    ],
)
def test_functions_and_defaults_see_a_part_of_the_names_only(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("var a = [for x in [1]: x]\n" + output("a", "int[]"), []),
        ("var a = concat([for x in [1]: x], [2])\n" + output("a", "int[]"), ["1 misplaced-loop"]),
        ("var a = true ? [for x in [1]: x] : []\n" + output("a", "int[]"), ["1 misplaced-loop"]),
        (SITE.replace("}", "  properties: { rules: [for x in [1]: { y: [for z in [1]: z] }] }\n}"), []),
        (
            SITE.replace("}", "  properties: { rules: concat([for x in [1]: x], [2]) }\n}"),
            ["3 misplaced-loop"],
        ),
    ],
)
def test_a_loop_is_a_whole_value(text, expected):
    assert told(text) == expected
