"""The page about the resources says what the Bicep says. How it is made is in infra.check.tables."""

from collections.abc import Iterator
from itertools import zip_longest

from infra.check.model import Place
from infra.check.rules import Finding
from infra.check.subject import Infrastructure


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
