"""What is known beyond the published definitions."""

import pytest

from infra.check.types.exceptions import known_value_faults
from tests.infra.check.types.catalogue import node, unknown

DIAGNOSTICS = "Microsoft.Insights/diagnosticSettings"


@pytest.mark.parametrize("group", ["allLogs", "audit", unknown(), None])
def test_values_that_the_service_takes(group):
    assert (
        list(known_value_faults(node({"properties": {"logs": [{"categoryGroup": group}]}}), DIAGNOSTICS))
        == []
    )


def test_a_value_that_only_the_service_refuses():
    body = node({"properties": {"logs": [{"categoryGroup": "allLogs"}, {"categoryGroup": "alLogs"}]}})
    [fault] = known_value_faults(body, DIAGNOSTICS)
    assert (fault.rule, fault.place.line, fault.remedy) == ("wrong-value", 7, "Write 'allLogs'.")
    assert "'properties.logs[].categoryGroup' of Microsoft.Insights/diagnosticSettings" in fault.problem
