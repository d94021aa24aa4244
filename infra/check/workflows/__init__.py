"""Pipelines, workflows and shell, held against the vendors' schemas and the tools that know their traps.

What the stages are, and whether both systems have the same, is not here: see ``delivery/play`` and its tests.
"""

from infra.check.workflows.linters import (
    security_faults,
    shell_faults,
    workflow_faults,
    yaml_faults,
)
from infra.check.workflows.schemas import schema_faults

__all__ = ["schema_faults", "security_faults", "shell_faults", "workflow_faults", "yaml_faults"]
