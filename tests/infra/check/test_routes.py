"""Routes and expressions are compared by their shape."""

import pytest

from infra.check.routes import shape_of_expression, shape_of_route, split_arguments


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("runs", "runs"),
        ("@concat('runs/', pipeline().parameters.run, '/cancel')", "runs/{}/cancel"),
        ("@concat(pipeline().globalParameters.url, '/api/runs')", "{}/api/runs"),
        ("@concat('a', if(equals(1, 2), 'x,y', 'z'), 'b')", "a{}b"),
        ("@pipeline().parameters.route", "{}"),
    ],
)
def test_an_expression_has_holes_for_what_it_computes(expression, shape):
    assert shape_of_expression(expression) == shape


def test_a_route_has_holes_for_its_parameters():
    assert shape_of_route("/conditioning/{source}/replay") == "conditioning/{}/replay"


def test_commas_in_texts_and_calls_part_nothing():
    assert [part.strip() for part in split_arguments("'a,b', f(x, y), [1, 2]")] == [
        "'a,b'",
        "f(x, y)",
        "[1, 2]",
    ]
