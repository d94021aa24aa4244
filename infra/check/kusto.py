"""Asks the Kusto language service about queries: what is wrong in them, and which columns they give.

Starting it is what costs, so it takes all queries at once, and is not asked the same twice.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.check.kql_tables import COMPONENT, WORKSPACE
from infra.check.model import Fault, Faulty, Place
from infra.check.queries import COMPONENT_TYPE, WORKSPACE_TYPE, Query
from shared.settings import ROOT

SCRIPT = Path(__file__).with_name("kql.cjs")
DATABASES = {COMPONENT_TYPE: COMPONENT, WORKSPACE_TYPE: WORKSPACE, "": COMPONENT | WORKSPACE}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said of a query.

    Attributes
    ----------
    faults : tuple of (int, str)
        Where a fault begins, in characters, and what is wrong.
    columns : tuple of str
        Names of the columns of its result.
    """

    faults: tuple[tuple[int, str], ...]
    columns: tuple[str, ...]


def ask(queries: Sequence[Query]) -> list[Answer]:
    """Return an answer per query."""
    return list(_ask(tuple((query.text, _database(query)) for query in queries)))


def _database(query: Query) -> str:
    target = query.target.lower()
    return target if target in DATABASES else ""


def _not_asked(why: str) -> Fault:
    return Fault(
        place=Place(SCRIPT.relative_to(ROOT), 1),
        rule="kql",
        problem=f"no query could be looked at: {why}.",
        remedy="Install Node.js 20 or later, and run make setup.",
    )


@cache
def _ask(queries: tuple[tuple[str, str], ...]) -> tuple[Answer, ...]:
    if not queries:
        return ()
    said = [{"text": text, "database": database} for text, database in queries]
    asked = json.dumps({"databases": DATABASES, "queries": said})
    command = ["node", str(SCRIPT)]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as exc:
        why = (getattr(exc, "stderr", "") or str(exc)).strip().splitlines()
        raise Faulty(_not_asked(next((line for line in why if "Error" in line), why[-1]))) from exc
    return tuple(
        Answer(
            faults=tuple((fault["start"], fault["text"]) for fault in one["faults"]),
            columns=tuple(one["columns"]),
        )
        for one in json.loads(done.stdout)
    )
