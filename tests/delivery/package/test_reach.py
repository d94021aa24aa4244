import pytest

from delivery.package.build import FUNCTIONS, TRAINING
from delivery.package.contents import collect
from delivery.package.reach import hooks, lacking, reachable, step_programs, superfluous
from shared.settings import ROOT
from tests.delivery.package.repositories import APP

FILES = {path: text.encode() for path, text in APP.items() if not path.startswith("tests")}


def test_imports_are_followed_also_inside_functions_and_of_packages_above():
    files = FILES | {
        "function_app.py": b"def late():\n    from shared.deep import inner\n",
        "shared/deep/__init__.py": b"",
        "shared/deep/inner.py": b"import shared.plain as p\n",
    }
    reached = {"function_app", "shared", "shared.deep", "shared.deep.inner", "shared.plain"}
    assert reachable(files, ["function_app"]) == reached


def test_a_module_that_nothing_imports_is_named():
    files = FILES | {"shared/orphan.py": b"import shared.plain\n"}
    (fault,) = superfluous(files, ["function_app"], ".funcignore")
    assert str(fault).startswith("shared/orphan.py:1: needless-module:")
    assert fault.remedy == "Leave it out in .funcignore, or remove it."


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("import local.run", "local.run"),
        ("from shared import gone", "shared.gone"),
        ("from shared.gone import x", "shared.gone"),
    ],
)
def test_an_import_that_does_not_ship_is_named_with_its_line(line, named):
    files = FILES | {"shared/plain.py": f"\n{line}\n".encode()}
    fault = next(iter(lacking(files, ["function_app"], ".funcignore")))
    assert str(fault).startswith("shared/plain.py:2: missing-module:")
    assert named in fault.problem


def test_a_name_that_a_module_says_is_no_missing_module():
    files = FILES | {"shared/plain.py": b"", "shared/lake.py": b"from shared.words import hello\n"}
    files["shared/words.py"] = b"hello = 1\n"
    assert not list(lacking(files, ["function_app"], ".funcignore"))


def test_programs_are_those_of_the_components_and_hooks_those_of_the_profiles():
    assert step_programs(FILES) == {"training.steps.train"}
    profile = {"config/a.yml": b"x:\n  hook: sums.py:add\n", "config/sums.py": b"", "config/other.py": b""}
    assert hooks(profile) == {"config.sums"}


@pytest.mark.parametrize("parcel", [FUNCTIONS, TRAINING], ids=lambda parcel: parcel.name)
def test_the_real_packages_hold_what_is_needed_and_no_more(parcel):
    files = collect(ROOT, parcel.ignore).files
    app = collect(ROOT, FUNCTIONS.ignore).files
    starts = step_programs(app) | (hooks(files) | {"function_app"} if parcel is FUNCTIONS else set())
    assert len(reachable(files, starts)) > 50
    assert not [*superfluous(files, starts, parcel.ignore), *lacking(files, starts, parcel.ignore)]
