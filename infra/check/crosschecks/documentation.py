"""The documents say what the Bicep says, and what its alerts promise. How pages are made is in infra.check.tables."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from infra.check.model import Place
from infra.check.rules import Finding
from infra.check.subject import Infrastructure, text_of

RUN_BOOK = Path("docs/operations.md")
SECTION = re.compile(rf"{RUN_BOOK}#([\w-]+)")


def stale_docs(subject: Infrastructure) -> Iterator[Finding]:
    """Whoever reads the page plans by it, so it is made from the Bicep and never by hand."""
    from infra.check.tables import PAGE, page  # it asks the rules for roles and settings

    pairs = zip_longest(subject.text(PAGE).splitlines(), page(subject).splitlines())
    for number, (written, wanted) in enumerate(pairs, 1):
        if written != wanted:
            yield Finding(
                place=Place(PAGE, number),
                problem="the page differs from the Bicep from here on.",
                remedy="Run python -m infra.check --write-docs.",
            )
            return


def runbooks(subject: Infrastructure) -> Iterator[Finding]:
    """Whoever is woken at night finds in the alert what to do."""
    sections = set(re.findall(r"^#+ ([\w-]+)$", subject.text(RUN_BOOK), re.MULTILINE))
    for found in subject.each("Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts"):
        named = SECTION.findall(text_of(found.get("properties.description")))
        if not named or set(named) - sections:
            yield found.finding(
                f"({found.resource.name.removesuffix(f'-{found.environment}')}) points to "
                f"{', '.join(map(repr, named)) or 'no section'}, which {RUN_BOOK} does not have.",
                f"Write the section, and name it in the description as {RUN_BOOK}#name.",
                "properties.description",
            )
