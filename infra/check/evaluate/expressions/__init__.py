"""Computes expressions. Where names get their values is not here (see infra.check.evaluate.template)."""

from infra.check.evaluate.expressions import calls, chains, plain
from infra.check.evaluate.expressions.core import evaluate
from infra.check.evaluate.expressions.loops import condition, turns
from infra.check.evaluate.expressions.objects import properties

__all__ = ["GROUPS", "condition", "evaluate", "properties", "turns"]
GROUPS = (calls, chains, plain)  # loaded, so that they are known by what they compute
