"""The model registry as a folder: integer versions per slot, tags, and which version serves.

models/{slot}/{version}/...     a registered model, never changed
models/{slot}/serving.json      the version that serves, or none: then the cell's baseline does

How a model is judged is not here; see training.steps.evaluate.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.steps.program import content_hash

TAGS = "tags.json"
SERVING = "serving.json"


@dataclass(frozen=True, kw_only=True)
class RegisteredModel:
    """A version of a slot's model, with its tags."""

    slot: str
    version: int
    folder: Path
    tags: dict[str, Any]


@dataclass(frozen=True)
class FolderRegistry:
    """A registry below one folder; registering the same bytes again gives the same version."""

    root: Path

    def register(self, slot: str, model: Path) -> RegisteredModel:
        """Copy a model folder (with its tags.json) in as the slot's next version."""
        content = content_hash(model)
        for known in self.versions(slot):
            if content_hash(known.folder) == content:
                return known
        version = max((known.version for known in self.versions(slot)), default=0) + 1
        return self._read(slot, self._copy(model, self.root / slot / str(version)))

    def versions(self, slot: str) -> list[RegisteredModel]:
        """List a slot's models, oldest first."""
        numbers = sorted(int(p.name) for p in (self.root / slot).glob("*") if p.name.isdigit())
        return [self._read(slot, self.root / slot / str(number)) for number in numbers]

    def slots(self) -> list[str]:
        """List the slots that have a model, by name."""
        return sorted(p.name for p in self.root.glob("*") if self.versions(p.name))

    def serve(self, slot: str, version: int | None, *, reason: str) -> None:
        """Let a version serve, or none of them, and say why."""
        path = self.root / slot / SERVING
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps({"version": version, "reason": reason}) + "\n")
        partial.replace(path)

    def serving(self, slot: str) -> RegisteredModel | None:
        """Return the version that serves, or None where the baseline does."""
        path = self.root / slot / SERVING
        version = json.loads(path.read_text())["version"] if path.exists() else None
        return None if version is None else self._read(slot, self.root / slot / str(version))

    def _copy(self, model: Path, target: Path) -> Path:
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(model, partial)
        partial.rename(target)
        return target

    def _read(self, slot: str, folder: Path) -> RegisteredModel:
        tags = json.loads((folder / TAGS).read_text())
        return RegisteredModel(slot=slot, version=int(folder.name), folder=folder, tags=tags)
