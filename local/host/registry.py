"""The functions of a decorated app, as the host sees them. Running one is not here, see local.host.invoker."""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any

import azure.functions as func

from local.host.errors import HostError


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function of the app.

    Attributes
    ----------
    trigger : dict
        The trigger's binding, such as ``{"type": "blobTrigger", "name": "blob", "path": "raw/{name}"}``.
    bindings : tuple of dict
        All bindings, the trigger among them.
    call : callable
        The user's function, wrapped by its decorators.
    """

    name: str
    trigger: Mapping[str, Any]
    bindings: tuple[Mapping[str, Any], ...]
    call: Callable[..., Any]

    @property
    def kind(self) -> str:
        """The trigger's type, such as ``httpTrigger``."""
        return str(self.trigger["type"])

    @property
    def clients(self) -> tuple[str, ...]:
        """Names of the parameters that take a durable client."""
        return tuple(str(b["name"]) for b in self.bindings if b["type"] == "durableClient")

    @property
    def wants_context(self) -> bool:
        """Whether it has a parameter ``context`` that no binding fills."""
        bound = {binding["name"] for binding in self.bindings}
        return "context" in inspect.signature(self.call).parameters and "context" not in bound


@cache
def load_functions(app: str) -> Mapping[str, Function]:
    """Import an app and return its functions by name; an app tells them once per process, so they are remembered.

    Raises
    ------
    HostError
        If there is no such app, or it cannot be imported.
    """
    found = load_object(app)
    if not hasattr(found, "get_functions"):
        raise HostError(f"{app} is {type(found).__name__}, no Function app")
    functions = [_describe(function) for function in found.get_functions()]
    return {function.name: function for function in functions}


def load_object(path: str) -> Any:
    """Import what a dotted path such as ``function_app:app`` names; raises HostError."""
    module, _, name = path.partition(":")
    if not module or not name:
        raise HostError(f"{path!r} is no path of the form module:name")
    if "" not in sys.path and "." not in sys.path:
        sys.path.insert(0, "")
    try:
        return getattr(import_module(module), name)
    except Exception as exc:
        raise HostError(f"{path} cannot be loaded: {type(exc).__name__}: {exc}") from exc


def of_kind(functions: Mapping[str, Function], kind: str) -> list[Function]:
    """Return the functions with a type of trigger."""
    return [function for function in functions.values() if function.kind == kind]


def _describe(function: func.Function) -> Function:
    bindings = tuple(_plain(b) for b in function.get_dict_repr()["bindings"])
    trigger = next(b for b in bindings if b["type"].lower().endswith("trigger"))
    return Function(
        name=str(function.get_function_name()),
        trigger=trigger,
        bindings=bindings,
        call=function.get_user_function(),
    )


def _plain(value: Any) -> Any:
    """Return a binding as JSON shows it: enumerations by their values, directions by name."""
    if isinstance(value, Mapping):
        return {key: _direction(v) if key == "direction" else _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.value if isinstance(value, Enum) else value


def _direction(value: Any) -> str:
    return str(value.name if isinstance(value, Enum) else value).lower()
