"""YAML that reads one way only, workflows that give away no rights, shell without traps."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from infra.check.model import Fault, Place
from infra.check.workflows.places import scripts_of
from infra.check.workflows.tools import ToolFailed, json_of, output_of

FOLDERS = (".azure-pipelines", ".github", "delivery")
LINE = re.compile(r"(.+?):(\d+):\d+: \[\w+\] (.+?)(?: \(([\w-]+)\))?$")

FALSE_ALARMS = ('label "ubuntu-24.04" is unknown', 'undefined variable "vars"')
"""What the pinned actionlint does not know yet, and GitHub does."""

EXPRESSION = re.compile(r"\$\{\{.*?\}\}|\$\([A-Za-z]+\.[\w.]+\)", re.DOTALL)
"""What the systems put into a script before a shell sees it."""

SHELLS = (".ci/run", "delivery/play/az/bin/az")
"""Scripts that no suffix tells."""

ELSEWHERE = {"node_modules", ".venv", "build", ".git"}


def yaml_faults(root: Path) -> Iterator[Fault]:
    """Yield what yamllint finds in pipelines and workflows."""
    folders = [folder for folder in FOLDERS if (root / folder).is_dir()]
    if not folders:
        return
    written = output_of(["yamllint", "-c", ".yamllint.yml", "--strict", "-f", "parsable", *folders], root)
    for line in written.splitlines():
        if found := LINE.match(line):
            place = Place(Path(found[1]), int(found[2]))
            yield _fault(place, "yaml-style", f"{found[3]}.", f"See yamllint's rule {found[4] or 'syntax'}.")


def security_faults(root: Path) -> Iterator[Fault]:
    """Yield what zizmor finds: rights, injections, actions that are not pinned."""
    if not (root / ".github" / "workflows").is_dir():
        return
    for one in json_of(["zizmor", "--offline", "--quiet", "--format", "json", "."], root):
        here = one["locations"][0]
        for location in one["locations"]:
            if location["symbolic"].get("kind") == "Primary":
                here = location
        yield _fault(
            Place(_local(here), here["concrete"]["location"]["start_point"]["row"] + 1),
            "workflow-security",
            f"{one['ident']}: {one['desc']}.",
            f"See {one['url']}.",
        )


def workflow_faults(root: Path) -> Iterator[Fault]:
    """Yield what actionlint finds: expressions, needs, inputs that do not exist."""
    files = [str(path.relative_to(root)) for path in sorted(root.glob(".github/workflows/*.yml"))]
    if not files:
        return
    script = Path(__file__).with_name("actionlint.cjs")
    for one in json_of(["node", script, *files], root):
        if not one["message"].startswith(FALSE_ALARMS):
            place = Place(Path(one["file"]), one["line"])
            yield _fault(place, "workflow-lint", f"{one['message']}.", f"See actionlint's {one['kind']}.")


def shell_faults(root: Path) -> Iterator[Fault]:
    """Yield what shellcheck finds in scripts, and in the shell inside of pipelines and workflows."""
    named = [name for name in SHELLS if (root / name).is_file()]
    for one in _shellcheck(["-x"], [*named, *sorted(_scripts(root))], root):
        yield _shell_fault(one, Place(Path(one["file"]), one["line"]))
    yield from _inline(root)


def _inline(root: Path) -> Iterator[Fault]:
    """Check the shell inside of YAML: every script as a file of its own, all of them at once."""
    paths = [path for folder in (".azure-pipelines", ".github") for path in (root / folder).rglob("*.yml")]
    with tempfile.TemporaryDirectory() as folder:
        places: dict[str, Place] = {}
        for path in sorted(paths):
            for line, script in scripts_of(path.relative_to(root), root):
                file = Path(folder) / f"{len(places)}.sh"
                file.write_text(EXPRESSION.sub("expression", script), encoding="utf-8")
                places[str(file)] = Place(path.relative_to(root), line)
        for one in _shellcheck(["-s", "bash"], places, root):
            place = places[one["file"]]
            yield _shell_fault(one, Place(place.path, place.line + one["line"] - 1))


def _shellcheck(options: list[str], files: Iterable[str], root: Path) -> list[dict[str, Any]]:
    if not (given := list(files)):
        return []
    found: list[dict[str, Any]] = json_of(["shellcheck", "-f", "json1", *options, *given], root)["comments"]
    return found


def _shell_fault(one: dict[str, Any], place: Place) -> Fault:
    remedy = f"See https://www.shellcheck.net/wiki/SC{one['code']}."
    return _fault(place, "shell-lint", f"{one['message']}", remedy)


def _scripts(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in ELSEWHERE]
        yield from (str((Path(folder) / name).relative_to(root)) for name in files if name.endswith(".sh"))


def _local(location: dict[str, Any]) -> Path:
    key = location["symbolic"]["key"]
    if "Local" not in key:
        raise ToolFailed(f"zizmor tells of a file that is not here: {key}")
    return Path(key["Local"]["verbatim_path"].removeprefix("./"))


def _fault(place: Place, rule: str, problem: str, remedy: str) -> Fault:
    return Fault(place=place, rule=rule, problem=problem, remedy=remedy)
