import pytest

from local.simulation.company import Company, CompanySize, found_company


@pytest.fixture(scope="session")
def company() -> Company:
    """Two markets with four stores each, and the whole catalogue."""
    return found_company(CompanySize(markets=2, stores=8, products=14, weeks=60), seed=11)
