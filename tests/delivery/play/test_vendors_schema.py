"""What the player expands is a pipeline to the vendor's schema, too: each of them, on main and on a release branch."""

import json
import subprocess
import sys
from pathlib import Path

from delivery.play.command import TRIGGERS
from delivery.play.templates import expand
from tests.delivery.play.playground import ROOT

CHECK = [
    Path(sys.executable).with_name("check-jsonschema"),
    *("--builtin-schema", "vendor.azure-pipelines", "--regex-variant", "nonunicode"),
]


def as_written(value):
    """Scalars are texts for the schema, as YAML's are for Azure."""
    if isinstance(value, dict):
        return {key: as_written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_written(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_expanded_pipeline_fits_the_vendors_schema(tmp_path):
    files = []
    for path in sorted((ROOT / ".azure-pipelines").glob("*.yml")):
        for name in ("main", "release"):
            expanded = as_written(expand(path, ROOT, TRIGGERS[name].facts, {}))
            for task in (step for step in steps_of(expanded) if "task" in step):
                task["inputs"].pop("failTaskOnFailedTests", None)  # the one input that the schema wants typed
            files.append(tmp_path / f"{path.stem}-{name}.json")
            files[-1].write_text(json.dumps(expanded))
    done = subprocess.run([*CHECK, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def steps_of(expanded):
    for stage in expanded["stages"]:
        for job in stage["jobs"]:
            yield from job["steps"] if "steps" in job else job["strategy"]["runOnce"]["deploy"]["steps"]
