"""Rules that hold pipelines, workflows and shell against the vendors' schemas and the tools that know their traps."""

from collections.abc import Iterable, Iterator

from infra.check import workflows
from infra.check.model import Fault
from infra.check.rules import Finding
from infra.check.subject import Infrastructure


def pipeline_schema(subject: Infrastructure) -> Iterator[Finding]:
    """A pipeline that its vendor's schema refuses fails only after it is merged."""
    return _findings(workflows.schema_faults(subject.root))


def workflow_security(subject: Infrastructure) -> Iterator[Finding]:
    """A workflow can give away what it may do: rights, credentials, actions that somebody else can change."""
    return _findings(workflows.security_faults(subject.root))


def workflow_lint(subject: Infrastructure) -> Iterator[Finding]:
    """A name that does not exist is empty in a workflow, and nobody is told."""
    return _findings(workflows.workflow_faults(subject.root))


def shell_lint(subject: Infrastructure) -> Iterator[Finding]:
    """Shell goes on where other languages stop."""
    return _findings(workflows.shell_faults(subject.root))


def yaml_style(subject: Infrastructure) -> Iterator[Finding]:
    """YAML that can be read two ways is read in the other one."""
    return _findings(workflows.yaml_faults(subject.root))


def _findings(faults: Iterable[Fault]) -> Iterator[Finding]:
    for fault in faults:
        yield Finding(place=fault.place, problem=fault.problem, remedy=fault.remedy)
