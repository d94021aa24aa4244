"""Pipelines are expanded as Azure does it, and refused where Azure refuses them."""

import pytest

from delivery.play.errors import PipelineRefused
from delivery.play.model import load
from delivery.play.templates import expand


@pytest.fixture
def written(tmp_path):
    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.yml").write_text(text)
        return lambda **given: expand(tmp_path / "main.yml", tmp_path, {"Build.SourceBranch": "main"}, given)

    return write


def test_conditions_loops_and_templates_leave_plain_lists(written):
    expanded = written(
        main="""
parameters:
  - {name: words, type: object, default: [a, b]}
steps:
  - ${{ each word in parameters.words }}:
      - template: step.yml
        parameters: {word: '${{ word }}'}
  - ${{ if eq(length(parameters.words), 3) }}:
      - bash: three
  - ${{ elseif eq(length(parameters.words), 2) }}:
      - bash: two
  - ${{ else }}:
      - bash: other
""",
        step="""
parameters:
  - {name: word, type: string}
steps:
  - bash: make ${{ parameters.word }}
""",
    )()
    assert [step["bash"] for step in expanded["steps"]] == ["make a", "make b", "two"]


def test_keys_of_mappings_can_be_chosen_and_inserted(written):
    expanded = written(
        main="""
parameters:
  - {name: deep, type: boolean, default: 'false'}
  - {name: more, type: object, default: {x: 1}}
steps:
  - checkout: self
    ${{ if parameters.deep }}:
      fetchDepth: 0
    ${{ else }}:
      fetchDepth: 1
    ${{ insert }}: ${{ parameters.more }}
    ${{ each pair in parameters.more }}:
      and-${{ pair.key }}: ${{ pair.value }}
"""
    )
    assert expanded()["steps"] == [{"checkout": "self", "fetchDepth": "1", "x": "1", "and-x": "1"}]
    assert expanded(deep="true")["steps"][0]["fetchDepth"] == "0"


def test_variables_of_templates_and_groups_are_known_to_what_follows(written):
    expanded = written(
        main="""
variables:
  - template: variables.yml
  - group: shelfcast-dev
  - name: own
    value: of ${{ variables['Build.SourceBranch'] }}
steps:
  - bash: ${{ variables.environment }} ${{ variables.own }}
""",
        variables="variables: {environment: dev}",
    )()
    assert expanded["steps"] == [{"bash": "dev of main"}]
    assert expanded["variables"]["SHELFCAST_ALERT_EMAILS"] == "played@example.com"


PARAMETER = "parameters:\n  - {name: n, type: TYPE}\nsteps:\n  - bash: echo\n"


@pytest.mark.parametrize(
    ("kind", "given", "problem"),
    [
        ("string", {}, "The parameter 'n' is not given"),
        ("string", {"m": "1"}, r"It has no parameter \['m'\]"),
        ("boolean", {"n": "yes"}, "The parameter 'n' is 'yes'. Give a boolean"),
        ("number", {"n": "many"}, "Give a number"),
        ("string, values: [dev, prod]", {"n": "test"}, r"Give a string of \['dev', 'prod'\]"),
    ],
)
def test_parameters_are_checked(written, kind, given, problem):
    with pytest.raises(PipelineRefused, match=problem):
        written(main=PARAMETER.replace("TYPE", kind))(**given)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("steps:\n  - template: none.yml\n", "none.yml: It cannot be read"),
        ("steps: [", "main.yml: It cannot be read"),
        ("- a\n", "It is no mapping"),
        ("steps:\n  - template: other.yml\n", "other.yml: It has no 'steps'"),
        ("steps:\n  - ${{ each x of y }}:\n      - bash: echo\n", "Write: each x in list"),
        ("steps:\n  - bash: ${{ nothing.there }}\n", "main.yml: 'nothing.there': 'nothing' is not known"),
        ("variables:\n  - group: other\nsteps: []\n", r"no variable group \['other'\]"),
    ],
)
def test_what_is_wrong_is_refused_with_its_file(written, text, problem):
    with pytest.raises(PipelineRefused, match=problem):
        written(main=text, other="jobs: []")()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{stages: [{stage: A, dependsOn: B, jobs: []}]}", r"\['B'\]"),
        ("{stages: [{stage: A, jobs: []}, {stage: A, jobs: []}]}", "'A' stands twice"),
        ("{stages: [{stage: A, jobs: [{job: x, steps: [{task: Other@1}]}]}]}", "cannot be played"),
    ],
)
def test_stages_and_steps_that_cannot_be_played_are_refused(tmp_path, text, problem):
    (tmp_path / "main.yml").write_text(text)
    with pytest.raises(PipelineRefused, match=problem):
        load(tmp_path / "main.yml", tmp_path, {}, {})


def test_a_stage_that_names_no_dependency_waits_for_the_one_before(tmp_path):
    (tmp_path / "main.yml").write_text(
        "{stages: [{stage: A, jobs: []}, {stage: B, jobs: []}, {stage: C, dependsOn: [], jobs: []}]}"
    )
    stages = load(tmp_path / "main.yml", tmp_path, {}, {}).stages
    assert [stage.depends_on for stage in stages] == [(), ("A",), ()]
