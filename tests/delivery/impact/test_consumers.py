import pytest
from pathspec import PathSpec

from delivery.impact.consumers import Mention, read_files, uses, word
from delivery.impact.contracts import column, route, signal, step

EVERYWHERE = PathSpec.from_lines("gitignore", ["*"])


def used(mention, text):
    return [place.line for place in uses(mention, {"a.kql": text}, EVERYWHERE)]


def test_a_word_is_not_part_of_another():
    assert used(Mention((word("mape"),)), "x\nselect mape from y") == [2]
    for other in ("mape_limit", "shelfcast.mape", "max-mape", "api/mape", "mapes"):
        assert used(Mention((word("mape"),)), other) == []


@pytest.mark.parametrize(
    ("mention", "text", "there"),
    [
        (column("jobs.logs"), "SELECT logs FROM jobs", True),
        (column("jobs.logs"), "SELECT logs FROM runs", False),
        (column("jobs"), "SELECT 1 FROM jobs", True),
        (signal("shelfcast.mape"), 'where name == "shelfcast.mape"', True),
        (signal("shelfcast.mape"), 'where name == "shelfcast.mape_all"', False),
        (signal("dimension.cell"), "by tostring(customDimensions.cell)", True),
        (signal("dimension.cell"), "by customDimensions['cell']", True),
        (signal("dimension.cell"), "where cell == 1 or customDimensions.cells == 2", False),
        (step("training.step.features"), 'where step == "features"', True),
        (step("training.step.features"), "the features of a row", False),
        (step("component.train.features"), "python -m training.steps.train --features x", False),
        (step("component.train.features"), "python -m training.steps.train with its features", True),
        (route("POST runs"), '"functionName": "runs"', True),
        (route("POST runs"), '"name": "weekly_runs"', False),
        (route("POST runs/{id}/cancel"), "@concat('runs/', variables('run'), '/cancel')", True),
        (route("POST runs/{id}/cancel"), "'runs'", False),
        (route("POST runs: markets"), '"runs", {"markets": []}', True),
        (route("function.job_completed"), "'${app.id}/functions/job_completed'", False),
    ],
)
def test_names_are_found_as_their_users_write_them(mention, text, there):
    assert bool(used(mention, text)) is there


def test_of_prose_only_code_counts_and_lines_stay(tmp_path):
    (tmp_path / "a.md").write_text("The jobs.\n\nIts `jobs` are\n```\nfrom logs\n```\nand logs\n")
    (tmp_path / "b.sql").write_text("jobs\n")
    files = read_files(tmp_path, ["a.md", "b.sql", "gone.sql", ""])
    assert set(files) == {"a.md", "b.sql"}
    assert [str(place) for place in uses(column("jobs"), files, EVERYWHERE)] == ["a.md:3", "b.sql:1"]
    assert [str(place) for place in uses(column("jobs.logs"), files, EVERYWHERE)] == ["a.md:5"]
    only_sql = PathSpec.from_lines("gitignore", ["*.sql"])
    assert [str(place) for place in uses(column("jobs"), files, only_sql)] == ["b.sql:1"]
