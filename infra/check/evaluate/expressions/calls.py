"""Computes calls of the language's functions, of a file's own, and of resources; and lambdas."""

from infra.check.evaluate.environment import Environment, Names
from infra.check.evaluate.expressions.chains import library_of
from infra.check.evaluate.expressions.core import evaluate, reads
from infra.check.evaluate.functions import Invocation, builtin, of_resource
from infra.check.evaluate.values import Argument, Closure, faulty
from infra.check.model import Node
from infra.check.syntax.nodes import Call, Expression, Func, Lambda, Name

MOST_CALLS = 20  # of functions inside functions


@reads(Call)
def _call(expression: Call, seen: Environment) -> Node:
    arguments = [_argument(argument, seen) for argument in expression.arguments]
    declared = _declared(expression, seen)
    if declared:
        return _enter(*declared, expression, arguments, seen)
    invocation = Invocation(name=expression.name, place=expression.place, seen=seen)
    target = expression.target
    if target is None or (isinstance(target, Name) and target.name in ("sys", "az")):
        return builtin(invocation, arguments)
    return of_resource(invocation, evaluate(target, seen), arguments)


def _argument(argument: Expression, seen: Environment) -> Argument:
    return closure(argument, seen) if isinstance(argument, Lambda) else evaluate(argument, seen)


def _declared(expression: Call, seen: Environment) -> tuple[Func, Names] | None:
    """Return the function of a file that is called, None where it is one of the language's own."""
    if expression.target is None:
        return seen.names.declared_function(expression.name)
    library = library_of(expression.target, seen)
    return library.declared_function(expression.name, expression.place) if library else None


def _enter(
    function: Func, home: Names, expression: Call, arguments: list[Argument], seen: Environment
) -> Node:
    """Return what a function of a file makes of arguments; it sees nothing else."""
    values = [argument for argument in arguments if isinstance(argument, Node)]
    names = [parameter.name for parameter in function.parameters]
    if len(values) != len(names):
        problem = f"`{function.name}` takes {len(names)} arguments, not {len(arguments)}."
        raise faulty(expression.place, "wrong-arguments", problem, f"Give it ({', '.join(names)}).")
    if seen.calls > MOST_CALLS:
        raise faulty(expression.place, "cycle", f"`{function.name}` calls itself.", "Use a loop or reduce().")
    local = dict(zip(names, values, strict=True))
    home.check_arguments(function, local, expression.place)
    inside = Environment(names=home, local=local, inside_function=True, calls=seen.calls + 1)
    return evaluate(function.body, inside)


def closure(expression: Lambda, seen: Environment) -> Closure:
    """Return a lambda with what it sees."""

    def call_it(*values: Node) -> Node:
        local = dict(zip(expression.parameters, values, strict=False))
        return evaluate(expression.body, seen.having(**local))

    return Closure(expression.parameters, call_it)
