import pytest

from shared.profile import Profile
from tests.training.company import Company, make_panel, make_profile, make_tables
from training.dataset import Tables
from training.evaluation import Evaluation, evaluate
from training.panel import Panel


@pytest.fixture(scope="session")
def company() -> Company:
    return Company()


@pytest.fixture(scope="session")
def tables(company: Company) -> Tables:
    return make_tables(company)


@pytest.fixture(scope="session")
def profile() -> Profile:
    return make_profile()


@pytest.fixture(scope="session")
def panel(tables: Tables, profile: Profile) -> Panel:
    return make_panel(tables, profile)


@pytest.fixture(scope="session")
def evaluation(panel: Panel, profile: Profile) -> Evaluation:
    return evaluate(panel, profile.forecasting)
