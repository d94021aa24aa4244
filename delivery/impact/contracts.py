"""The contracts, and where those that use them are to be found. How each is read is in sources."""

from collections.abc import Callable
from dataclasses import dataclass

from delivery.impact import sources
from delivery.impact.consumers import Mention, word
from delivery.impact.snapshot import Entries

SQL = ("*.sql",)
QUERIES = ("*.kql", "/infra/bicep/**", "*.tmdl", "*.ipynb")
FACTORY = ("/infra/adf/**",)
DOCS = ("/docs/**/*.md", "/README.md")
PROFILES = ("/config/**/*.yml",)
NOT_OURS = ("!/tests/**", "!/delivery/**")


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Something that others depend on.

    Attributes
    ----------
    read : callable
        Returns it as the code has it now.
    used_in : tuple of str
        Patterns of the files that may use it, as in .gitignore.
    mention : callable
        Returns how such a file speaks of a name.
    supplied : bool
        Whether others fill it in.
    """

    name: str
    read: Callable[[], Entries]
    used_in: tuple[str, ...]
    mention: Callable[[str], Mention]
    supplied: bool = False


def column(name: str) -> Mention:
    """Of ``table.column``: both stand in the file; of a table: it does."""
    table, _, rest = name.partition(".")
    return Mention((word(table), word(rest)) if rest else (word(table),))


def last_part(name: str) -> Mention:
    """Of a dotted path: its last part does."""
    return Mention((word(name.rpartition(".")[2]),))


def whole(name: str) -> Mention:
    """Of a name as it is."""
    return Mention((word(name),))


def signal(name: str) -> Mention:
    """Of a metric: its full name; of a dimension: as queries reach into it."""
    kind, _, dimension = name.partition(".")
    if kind == "dimension":
        return Mention((rf"customDimensions(?:\.|\[['\"]){dimension}\b",))
    return whole(name)


def step(name: str) -> Mention:
    """Of a step: its name as a value, or the program that it runs; of a component's input: that and its own name."""
    owner, kind, last = name.split(".", 2)
    if kind == "step":
        return Mention((_program(last),))
    return Mention((_program(kind), word(last)) if owner == "component" else (word(owner), word(last)))


def _program(called: str) -> str:
    return rf"['\"`]{called}['\"`]|training\.steps\.{called}\b"


def route(name: str) -> Mention:
    """Of a function: its name; of a route: its fixed parts in order; of a request's field: both."""
    if name.startswith("function."):
        return last_part(name)
    path, _, field = name.partition(" ")[2].partition(": ")
    fixed = [part for part in path.split("/") if not part.startswith("{")]
    there = rf"(?<![\w-]){'.*'.join(fixed)}(?![\w-])"
    return Mention((there, word(field)) if field else (there,))


CONTRACTS = (
    Contract(
        name="tables",
        read=sources.tables,
        used_in=(*PROFILES, *DOCS, *QUERIES),
        mention=column,
        supplied=True,
    ),
    Contract(name="ledger", read=sources.ledger, used_in=(*SQL, "*.tmdl", "*.ipynb", *DOCS), mention=column),
    Contract(name="metrics", read=sources.metrics, used_in=(*SQL, *QUERIES, *DOCS), mention=whole),
    Contract(name="telemetry", read=sources.telemetry, used_in=(*QUERIES, *DOCS), mention=signal),
    Contract(
        name="steps", read=sources.steps, used_in=(*QUERIES, *FACTORY, *DOCS), mention=step, supplied=True
    ),
    Contract(
        name="http",
        read=sources.http,
        used_in=(*FACTORY, "/infra/bicep/**", *DOCS),
        mention=route,
        supplied=True,
    ),
    Contract(name="messages", read=sources.durable, used_in=(*SQL, *DOCS), mention=column),
    Contract(name="forecasts", read=sources.forecasts, used_in=(*SQL, *QUERIES, *DOCS), mention=last_part),
    Contract(name="bundle", read=sources.bundle, used_in=DOCS, mention=whole),
    Contract(
        name="profile", read=sources.profile, used_in=(*PROFILES, *DOCS), mention=last_part, supplied=True
    ),
)
