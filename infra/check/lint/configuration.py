"""The compiler's own rules in bicepconfig.json: each that matters here is an error."""

import json
from collections.abc import Iterator
from pathlib import Path

from infra.check.model import Fault, Place

CONFIGURATION = Path("infra/bicep/bicepconfig.json")

# Without these, what this check finds passes the compiler; the build in the cloud has to find it as well.
STRICT = (
    "adminusername-should-not-be-literal",
    "no-conflicting-metadata",
    "no-hardcoded-env-urls",
    "no-hardcoded-location",
    "no-loc-expr-outside-params",
    "no-unnecessary-dependson",
    "no-unused-existing-resources",
    "no-unused-imports",
    "no-unused-params",
    "no-unused-vars",
    "outputs-should-not-contain-secrets",
    "secure-parameter-default",
    "secure-params-in-nested-deploy",
    "secure-secrets-in-params",
    "use-parent-property",
    "use-recent-api-versions",
    "use-resource-id-functions",
    "use-resource-symbol-reference",
    "use-secure-value-for-secure-inputs",
    "use-stable-resource-identifiers",
    "use-user-defined-types",
)


def lenient_configuration(root: Path) -> list[Fault]:
    """Return the rules of the compiler that are off or do not stop a build.

    Parameters
    ----------
    root : Path
        The repository.
    """
    file = root / CONFIGURATION
    if not file.is_file():
        remedy = "Add it, with the linter's rules at the level error."
        problem = "There is no configuration of the compiler."
        return [Fault(place=Place(CONFIGURATION, 1), rule="lenient-compiler", problem=problem, remedy=remedy)]
    return list(_lenient(file.read_text(encoding="utf-8")))


def _lenient(text: str) -> Iterator[Fault]:
    try:
        core = json.loads(text)["analyzers"]["core"]
        levels = {name: said.get("level", "") for name, said in core["rules"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        problem = f"The configuration cannot be read: {exc!r}."
        yield _fault(1, problem, 'Write {"analyzers": {"core": {"enabled": true, "rules": {...}}}}.')
        return
    if core.get("enabled") is not True:
        yield _fault(_line(text, '"core"'), "The linter is off.", 'Write "enabled": true.')
    for name in STRICT:
        if levels.get(name) != "error":
            problem = f"The compiler's rule '{name}' does not stop a build."
            yield _fault(_line(text, f'"{name}"'), problem, f'Write "{name}": {{ "level": "error" }}.')


def _fault(line: int, problem: str, remedy: str) -> Fault:
    return Fault(place=Place(CONFIGURATION, line), rule="lenient-compiler", problem=problem, remedy=remedy)


def _line(text: str, part: str) -> int:
    """Return the line of a text that has a part, 1 where none has it."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if part in line), 1)
