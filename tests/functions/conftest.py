"""The app in virtual time, for a company of two markets, which is four cells."""

import pytest

from local.jobs.simulated import usual
from local.rehearsal import Rehearsal


@pytest.fixture
def rehearse(tmp_path):
    made = []

    def make(*, markets=2, scripts=usual, weeks=3, **settings):
        rehearsal = Rehearsal(tmp_path / f"r{len(made)}", markets=markets, scripts=scripts, settings=settings)
        made.append(rehearsal)
        for _ in range(weeks):
            rehearsal.deliver_week()
        return rehearsal

    yield make
    for rehearsal in made:
        rehearsal.close()
