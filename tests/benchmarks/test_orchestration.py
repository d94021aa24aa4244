"""The benchmark of orchestrating, on a company that is done in a moment."""

from benchmarks.orchestration import main, measure
from local.jobs.simulated import usual


def test_a_cell_costs_the_same_in_a_company_twice_as_large():
    small, large = (measure(markets, usual) for markets in (1, 2))
    assert large.replayed / large.cells < 1.2 * small.replayed / small.cells
    assert large.longest < 100


def test_it_prints_a_line_per_run(capsys):
    assert main(["--markets", "1"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "run",
        "1",
        "jobs",
        "jobs",
        "peak",
    ]
