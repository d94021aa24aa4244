"""Computes what a deployment would make: every resource with its values, for one file of parameters."""

from collections.abc import Mapping
from pathlib import Path

from infra.check.evaluate.ids import Scope, of_group, of_subscription
from infra.check.evaluate.run import Run
from infra.check.evaluate.template import Template
from infra.check.model import Fault, Graph, Place
from infra.check.syntax.nodes import File, Literal, TargetScope, Using


def evaluate(
    template: Path, parameters: Path, root: Path, *, variables: Mapping[str, str] | None = None
) -> Graph:
    """Evaluate a template with a file of parameters.

    Parameters
    ----------
    template, parameters : Path
        The `.bicep` and the `.bicepparam` file.
    root : Path
        The repository, in which both lie and to which places are relative.
    variables : mapping, optional
        What `readEnvironmentVariable` finds. Without it everything has its default: the machine's own environment
        must not change what is checked.

    Returns
    -------
    Graph
        What would be deployed; what cannot be computed stands in `faults`.
    """
    run = Run(root, variables or {})
    template, parameters = run.relative(template), run.relative(parameters)
    scope = _scope(run.file(template))
    given = Template(path=parameters, run=run, scope=scope)
    place = _using(given.file, template, run)
    whole = Template(path=template, run=run, scope=scope, given=given.parameters(), place=place)
    whole.deploy()
    return Graph(
        environment=parameters.stem,
        resources=tuple(run.resources),
        outputs=tuple(run.outputs),
        parameters=whole.parameters(),
        faults=run.faults,
    )


def _scope(file: File) -> Scope:
    """Return where a template is deployed that nobody calls."""
    declared = next(
        (d.value.value for d in file.of(TargetScope) if isinstance(d.value, Literal)), "resourceGroup"
    )
    scopes = {
        "subscription": of_subscription(),
        "managementGroup": Scope("/providers/Microsoft.Management/managementGroups/group"),
        "tenant": Scope(""),
    }
    return scopes.get(str(declared), of_group("group"))


def _using(file: File, template: Path, run: Run) -> Place:
    """Return where a file of parameters says what it is for; it has to be for this template."""
    using = next(iter(file.of(Using)), None)
    place = using.place if using else Place(file.path, 1)
    said = (run.root / file.path.parent / using.path).resolve() if using and using.path else None
    if said != run.root / template:
        problem = f"These are not the parameters of {template}."
        remedy = f"Write `using` with the path of {template.name}."
        run.report(Fault(place=place, rule="wrong-template", problem=problem, remedy=remedy))
    return place
