"""Azure's expressions, as its documentation has them."""

import pytest

from delivery.play.errors import ExpressionRefused
from delivery.play.expressions import Scope, evaluate, interpolate

SCOPE = Scope(
    {
        "parameters": {"environment": "prod", "flag": True, "words": ["check", "test"]},
        "variables": {"Build.SourceBranch": "refs/heads/release/1.0"},
        "dependencies": {"Turn": {"outputs": {"turn.ask.current": "true"}}},
    },
    {"succeeded": lambda: True},
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("eq(parameters.environment, 'PROD')", True),
        ("ne(parameters['environment'], 'prod')", False),
        ("EQ(parameters.flag, 'true')", True),
        ("and(succeeded(), startsWith(variables['build.sourcebranch'], 'refs/heads/release/'))", True),
        ("or(false, endsWith('main', 'in'))", True),
        ("not(contains('main', 'AI'))", False),
        ("in('a', 'b', 'A')", True),
        ("notIn('a', 'b')", True),
        ("eq(dependencies.Turn.outputs['turn.ask.current'], 'true')", True),
        ("dependencies.Other.outputs['x']", None),
        ("coalesce('', variables.missing, 'last')", "last"),
        ("format('{0}-{1}', 'a', 2)", "a-2"),
        ("lower('L0')", "l0"),
        ("upper('l0')", "L0"),
        ("replace('refs/heads/main', 'refs/heads/', '')", "main"),
        ("join(',', parameters.words)", "check,test"),
        ("length(parameters.words)", 2),
        ("parameters.words[1]", "test"),
        ("'it''s'", "it's"),
        ("-1.5", -1.5),
        ("null", None),
    ],
)
def test_it_has_the_value_that_azure_gives(expression, value):
    assert evaluate(expression, SCOPE) == value


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("eq(1", "ends too early"),
        ("eq(1, 2) 3", "is not expected"),
        ("other.name", "is not known here"),
        ("counter('a', 1)", "the function 'counter' is not known"),
        ("a & b", "cannot be read"),
        (")", "is not expected"),
        ("parameters.words[1", "ends too early"),
    ],
)
def test_what_cannot_be_read_is_refused(expression, problem):
    with pytest.raises(ExpressionRefused, match=problem.replace("(", r"\(").replace(")", r"\)")):
        evaluate(expression, SCOPE)


def test_an_expression_alone_keeps_its_type_and_within_a_text_becomes_text():
    assert interpolate("${{ parameters.words }}", SCOPE) == ["check", "test"]
    assert (
        interpolate("is ${{ parameters.flag }} in ${{ parameters.environment }}", SCOPE) == "is True in prod"
    )


def test_a_list_within_a_text_is_refused():
    with pytest.raises(ExpressionRefused, match="is no text"):
        interpolate("all: ${{ parameters.words }}", SCOPE)
