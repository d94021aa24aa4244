"""Where the published definitions are wrong, or say less than is known. Each entry has its reason.

What follows from the definitions themselves is not here.
"""

from infra.check.model import Fault

RESOURCE_GROUP, EXTENSION, SUBSCRIPTION = 8, 16, 4

# Scopes that are narrower than the definitions say.
NARROWER = {
    # Resource groups have no diagnostic settings: without `scope:` the deployment fails.
    "microsoft.insights/diagnosticsettings": SUBSCRIPTION | EXTENSION,
}

# (type, rule, a part of the problem): why it is no fault.
EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("microsoft.portal/dashboards", "wrong-value", "PartType/LogsDashboardPart"): (
        "the definitions know parts of text alone; the portal has one for each of its services"
    ),
}


def scopes_of(kind: str) -> int | None:
    """Return the mask of scopes that is to be used in place of the definitions', None where they are right."""
    return NARROWER.get(kind.lower())


def is_excepted(fault: Fault, kind: str) -> bool:
    """Tell whether the definitions are known to be wrong about something."""
    return any(
        kind.lower() == one and fault.rule == rule and part in fault.problem for one, rule, part in EXCEPTIONS
    )
