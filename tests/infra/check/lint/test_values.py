"""Values that are not to be written down."""

import pytest

from tests.infra.check.lint.written import SITE, output, param, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SITE.replace("'n'", "'n'\n  location: 'westeurope'"), ["3 hard-coded-location"]),
        (
            "var place = 'westeurope'\n" + SITE.replace("'n'", "'n'\n  location: place"),
            ["1 hard-coded-location"],
        ),
        (SITE.replace("'n'", "'n'\n  location: resourceGroup().location"), ["3 hard-coded-location"]),
        (SITE.replace("'n'", "'n'\n  location: 'global'"), []),
        (
            param("location", said="Optional. A.", default="'westeurope'") + output("location"),
            ["2 hard-coded-location"],
        ),
        (param("location", said="Optional. A.", default="resourceGroup().location") + output("location"), []),
    ],
)
def test_a_region_is_a_parameter(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (param() + output("'https://${a}.blob.core.windows.net/'"), ["4 hard-coded-endpoint"]),
        (output("'https://management.azure.com/'"), ["2 hard-coded-endpoint"]),
        (output("'https://schema.management.azure.com/x.json'"), []),
        (output("'notdatabase.windows.net'"), []),
        (output("'privatelink${environment().suffixes.sqlServerHostname}'"), []),
        (param(said="Required. Such as x.core.windows.net.") + output("a"), []),
    ],
)
def test_an_address_is_not_of_one_cloud(text, expected):
    assert told(text) == expected
