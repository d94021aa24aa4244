"""The lint as a whole, on the files of this repository."""

from pathlib import Path

from infra.check.lint import lenient_configuration, lint
from infra.check.syntax import parse


def test_the_files_of_this_repository_are_as_they_should_be():
    root = Path(__file__).parents[3]
    files = [parse(path, root) for path in sorted((root / "infra" / "bicep").rglob("*.bicep*"))]
    assert [str(fault) for fault in [*lint(files), *lenient_configuration(root)]] == []
