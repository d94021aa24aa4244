"""Azure ML's own library takes the pipelines, and their commands are what the steps' programs take. No network."""

import shlex
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from local.jobs.pipeline import read_pipeline

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "training" / "pipelines"
STEPS = {
    "training": ["validate", "features", "train", "evaluate", "register"],
    "scoring": ["validate", "score", "validate_results", "publish"],
}
INPUTS = {
    "training": {"conditioned", "versions", "profile", "previous", "market", "format"},
    "scoring": {"conditioned", "versions", "profile", "models", "market", "format"},
}
COMPONENTS = sorted((FOLDER / "components").glob("*.yml"))
NEEDED = ("training/steps/train.py", "training/dataset.py", "shared/profile/model.py", "shared/schemas.py")

pytestmark = pytest.mark.filterwarnings("ignore")  # the library's own, of which it has many


@pytest.mark.parametrize("name", STEPS)
def test_azure_ml_takes_the_pipeline_with_a_cells_inputs(name):
    from azure.ai.ml import load_job

    given = [{f"inputs.{key}.path": f"azureml://datastores/work/paths/r1/{key}"} for key in _paths(name)]
    cell = [{"inputs.market": "North Texas"}, {"inputs.format": "large"}]
    outputs = [{f"outputs.{step}.path": f"azureml://datastores/work/paths/r1/{step}"} for step in STEPS[name]]
    job = load_job(FOLDER / f"{name}.yml", params_override=[*given, *cell, *outputs, {"name": "r1-a-1"}])
    assert job._validate().passed, job._validate()
    assert sorted(job.jobs) == sorted(STEPS[name])
    sent = job._to_rest_object().properties
    assert sent.inputs["market"].value == "North Texas"
    assert sent.outputs["validate"].uri == "azureml://datastores/work/paths/r1/validate"


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_azure_ml_takes_the_component(path):
    from azure.ai.ml import load_component

    component = load_component(path)
    assert component._validate().passed, component._validate()
    assert (path.parent / component.code).resolve() == ROOT


def test_azure_ml_takes_the_environment():
    from azure.ai.ml import load_environment

    environment = load_environment(ROOT / "training" / "environment" / "environment.yml")
    component = yaml.safe_load(COMPONENTS[0].read_text())
    assert component["environment"] == f"azureml:{environment.name}@latest"
    assert (
        ROOT / "training" / "environment" / environment.build.path / environment.build.dockerfile_path
    ).is_file()


def test_a_node_gets_the_code_of_the_steps_and_nothing_else():
    from azure.ai.ml._utils._asset_utils import get_ignore_file

    ignored = get_ignore_file(ROOT)
    for path in NEEDED:
        assert not ignored.is_file_excluded(ROOT / path), path
    for path in ("local/run.py", ".venv/lib/shared/x.py", "config/default.yml", "shared/adapters/azureml.py"):
        assert ignored.is_file_excluded(ROOT / path), path


@pytest.mark.parametrize("name", STEPS)
def test_the_pipeline_is_what_its_requests_and_its_twin_expect(name):
    pipeline = read_pipeline(name)
    assert [step.name for step in pipeline.steps] == STEPS[name]
    assert set(pipeline.inputs) == INPUTS[name]
    assert {key for key, kind in pipeline.inputs.items() if kind == ""} == {"market", "format"}
    assert all(step.timeout for step in pipeline.steps)


@pytest.mark.parametrize("name", STEPS)
def test_the_program_of_every_step_takes_its_command(name):
    for step in read_pipeline(name).steps:
        program = import_module(f"training.steps.{step.name}").STEP
        words = shlex.split(step.fill({key: f"a value of {key}" for key in step.inputs}, Path("out")))
        assert words[:3] == ["python", "-m", f"training.steps.{step.name}"]
        assert set(step.inputs) == {key for key, _ in (*program.mounts, *program.inputs, *program.parameters)}
        quoted = step.fill({key: f"{key}.value" for key in step.inputs}, Path("out"))
        parsed = vars(program._parser().parse_args(shlex.split(quoted)[3:]))
        assert {key: str(v) for key, v in parsed.items()} == {
            **{key: f"{key}.value" for key in step.inputs},
            "output": "out",
        }


def test_the_steps_environment_has_the_locked_versions_and_no_azure_sdk():
    pinned = _pins(ROOT / "training" / "environment" / "requirements.txt")
    locked = _pins(ROOT / "requirements.lock")
    assert {name: locked.get(name) for name in pinned} == pinned
    assert not [name for name in pinned if name.startswith(("azure", "opencensus"))]
    wanted = (ROOT / "training" / "environment" / "requirements.in").read_text().splitlines()
    assert {line for line in wanted if line and not line.startswith("#")} - set(pinned) == {"torch"}
    dockerfile = (ROOT / "training" / "environment" / "Dockerfile").read_text()
    assert f"ARG TORCH={locked['torch']}\n" in dockerfile, "torch comes from an index of its own"


def _pins(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    found = (line.partition("==") for line in lines if "==" in line and not line.startswith((" ", "#")))
    return {name: version.removesuffix(" \\") for name, _, version in found}


def _paths(name: str) -> list[str]:
    return sorted(INPUTS[name] - {"market", "format"})
