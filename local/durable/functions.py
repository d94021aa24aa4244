"""Finds the orchestrators among the functions of a decorated app; the other triggers are the host's affair."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Handle = Callable[[str], str]
"""What the durable decorators make of an orchestrator: context JSON in, state JSON out."""

ORCHESTRATION_TRIGGER = "orchestrationTrigger"


def orchestrators_of(functions: Iterable[Any]) -> Mapping[str, Handle]:
    """Return the handle of each orchestrator of ``app.get_functions()``, by the name it is called by."""
    return {
        function.get_trigger().orchestration or function.get_function_name(): function.get_user_function()
        for function in functions
        if function.get_trigger() is not None and function.get_trigger().type == ORCHESTRATION_TRIGGER
    }
