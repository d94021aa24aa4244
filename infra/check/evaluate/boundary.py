"""What goes into a template and comes out of it: parameters and outputs, held against their types."""

from collections.abc import Mapping
from dataclasses import replace

from infra.check.evaluate.environment import Environment, Names
from infra.check.evaluate.expressions import evaluate
from infra.check.evaluate.kinds import Kind
from infra.check.evaluate.mismatches import mismatches
from infra.check.evaluate.run import Run
from infra.check.evaluate.secrets import hidden
from infra.check.evaluate.values import NOT_EVALUATED, faulty
from infra.check.model import Fault, Node, Place, Unknown
from infra.check.model import Output as Made
from infra.check.syntax.nodes import File, Func, Output, Param, ParamAssignment, Var


def parameter(declaration: Param, names: Names, given: Mapping[str, Node], caller: Place | None) -> Node:
    """Return the value of a parameter: what is given, or its default; what is secret in it is hidden."""
    kind = Kind(declaration.type, names, declaration.decorators)
    node = given.get(declaration.name)
    if node is None or (node.value is None and declaration.default and not kind.optional):
        node = _default(declaration, kind, caller)
    for place, problem in mismatches(node, kind):
        remedy = f"Give it what {declaration.place} asks for."
        problem = f"Parameter `{declaration.name}`: {problem}."
        names.run.report(Fault(place=place, rule="wrong-parameter", problem=problem, remedy=remedy))
    return hidden(node, kind, f"parameter {declaration.name}")


def _default(declaration: Param, kind: Kind, caller: Place | None) -> Node:
    if declaration.default is not None:
        return evaluate(declaration.default, Environment(kind.names))
    if kind.optional:
        return Node(None, declaration.place)
    problem = f"Parameter `{declaration.name}` of {kind.names.path} is missing."
    raise faulty(caller or declaration.place, "missing-parameter", problem, "Give it a value.")


def check_arguments(function: Func, arguments: Mapping[str, Node], names: Names, place: Place) -> None:
    """Report arguments that are not of the types that a function of a file declares."""
    for declared in function.parameters:
        for _, problem in mismatches(arguments[declared.name], Kind(declared.type, names)):
            problem = f"`{declared.name}` of {function.name}(): {problem}."
            remedy = f"Give it what {declared.place} asks for."
            names.run.report(Fault(place=place, rule="wrong-arguments", problem=problem, remedy=remedy))


def check_variable(declaration: Var | ParamAssignment, node: Node, names: Names) -> None:
    """Report a variable that is not of the type that it declares."""
    if isinstance(declaration, Var) and declaration.type is not None:
        for place, problem in mismatches(node, Kind(declaration.type, names)):
            problem, remedy = f"Variable `{declaration.name}`: {problem}.", "Mend the value or the type."
            names.run.report(Fault(place=place, rule="wrong-variable", problem=problem, remedy=remedy))


def check_given(file: File, given: Mapping[str, Node], run: Run) -> None:
    """Report what is given to parameters that are none."""
    known = {declaration.name for declaration in file.of(Param)}
    for name, node in given.items():
        if name not in known:
            problem = f"{file.path} has no parameter `{name}`."
            remedy = f"It has {', '.join(sorted(known)) or 'none'}."
            run.report(Fault(place=node.place, rule="unknown-parameter", problem=problem, remedy=remedy))


def output(declaration: Output, names: Names) -> Node:
    """Return the value of an output, and note it."""
    node = Node(Unknown(NOT_EVALUATED), declaration.place)
    with names.run.reporting():
        kind = Kind(declaration.type, names, declaration.decorators)
        node = replace(evaluate(declaration.value, Environment(names)), place=declaration.place)
        for place, problem in mismatches(node, kind):
            problem = f"Output `{declaration.name}`: {problem}."
            remedy = "Mend the value or the type."
            names.run.report(Fault(place=place, rule="wrong-output", problem=problem, remedy=remedy))
        node = hidden(node, kind, f"output {declaration.name}") if kind.secure else node
    made = Made(name=declaration.name, module=names.module, value=node, place=declaration.place)
    names.run.outputs.append(made)
    return node
