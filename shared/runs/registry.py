"""The model registry in the lake: integer versions per slot, tags, and which version serves.

A version is there once its `registered.json` is: it is written last. A number is given by a claim that names a content,
so that the same content has the same number, however often and by however many it is registered. How a model is judged
is not here; nor is the catalogue in which people look models up.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.errors import BlobMissing, LakeError
from shared.lake.blobs import hash_blob, read_bytes
from shared.messages import Message
from shared.ports import BlobStore, ModelVersion
from shared.runs.layout import MODELS, slot_path
from shared.runs.records import create, keep, read_json, read_many, read_message, replace

TAGS = "tags.json"
REGISTERED = "registered.json"
REPORT = "step_report.json"
_NO_PART_OF_IT = (REGISTERED, REPORT)


class Content(Message):
    """What a version number is for: the digest of the model's files."""

    content: str


class Registered(Message):
    """Written last; `files` are the model's, with the SHA-256 of each."""

    content: str
    at: str
    files: dict[str, str]


class Pointer(Message):
    """Which version serves, and why; None: the cell's baseline does. `previous` is the one that gave way to it."""

    version: int | None
    reason: str
    previous: int | None = None


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Registry:
    """The models zone of a lake."""

    store: BlobStore
    now: Callable[[], datetime] = _now

    def register(self, slot: str, source: str) -> ModelVersion:
        """Copy a job's output folder (with its tags.json) in as a version of the slot.

        The same files again give the same version, and mend it where it was damaged.

        Raises
        ------
        LakeError
            If the folder has no tags.json.
        """
        files = self._files(source)
        if TAGS not in files:
            raise LakeError(
                f"{source} is no model: it has no {TAGS}. Register the output of the register step."
            )
        content = hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()
        version = self._claim(slot, content)
        folder = slot_path(slot, str(version))
        self._copy(source, folder, files)
        at = self.now().isoformat(timespec="seconds")
        create(self.store, f"{folder}/{REGISTERED}", Registered(content=content, at=at, files=files))
        return self.version(slot, version)

    def version(self, slot: str, version: int) -> ModelVersion:
        """Return one version; raises BlobMissing."""
        path = slot_path(slot, str(version))
        tags: dict[str, Any] = json.loads(read_bytes(self.store, f"{path}/{TAGS}"))
        return ModelVersion(slot=slot, version=version, path=path, tags=tags)

    def registered_at(self, slot: str, version: int) -> datetime:
        """Return when a version was registered; raises BlobMissing."""
        path = slot_path(slot, str(version), REGISTERED)
        found = read_message(self.store, path, Registered)
        if found is None:
            raise BlobMissing(path)
        return datetime.fromisoformat(found.at)

    def versions(self, slot: str) -> list[ModelVersion]:
        """List a slot's models, oldest first."""
        return [self.version(slot, number) for number in self.numbers(slot)]

    def numbers(self, slot: str) -> list[int]:
        """List the numbers of a slot's versions, without reading them."""
        below = slot_path(slot, "")
        names = (blob.path.removeprefix(below).split("/") for blob in self.store.list(below))
        return sorted(
            int(name[0]) for name in names if len(name) == 2 and name[0].isdigit() and name[1] == REGISTERED
        )

    def slots(self) -> list[str]:
        """List the slots that have a model, by name."""
        names = (blob.path.split("/") for blob in self.store.list(f"{MODELS}/"))
        return sorted({name[1] for name in names if len(name) == 4 and name[3] == REGISTERED})

    def serve(self, slot: str, version: int | None, reason: str) -> None:
        """Let a version serve, or none of them, and say why; raises BlobMissing for a version that is not there."""
        if version is not None and not self.store.stat(slot_path(slot, str(version), REGISTERED)):
            raise BlobMissing(slot_path(slot, str(version)))
        pointer = Pointer(version=version, reason=reason)
        replace(self.store, slot_path(slot, "serving.json"), Pointer, lambda _: pointer)

    def promote(self, model: ModelVersion, reason: str) -> bool:
        """Let a model serve unless one of a newer week does; return whether it serves."""

        def unless_newer(found: Pointer | None) -> Pointer | None:
            if found is None or found.version is None:
                return Pointer(version=model.version, reason=reason)
            champion = self.version(model.slot, found.version)
            if str(champion.tags.get("cutoff_week")) > str(model.tags.get("cutoff_week")):
                return None
            previous = found.previous if found.version == model.version else found.version
            return Pointer(version=model.version, reason=reason, previous=previous)

        stands = replace(self.store, slot_path(model.slot, "serving.json"), Pointer, unless_newer)
        return stands is not None and stands.version == model.version

    def serving(self, slot: str) -> ModelVersion | None:
        """Return the version that serves, or None where the baseline does."""
        pointer = self.pointer(slot)
        return self.version(slot, pointer.version) if pointer and pointer.version is not None else None

    def pointer(self, slot: str) -> Pointer | None:
        """Return what serves with its reason, or None where nothing was ever decided."""
        return read_message(self.store, slot_path(slot, "serving.json"), Pointer)

    def copy_serving(self, slot: str, version: int, target: str) -> None:
        """Copy a version's files below another prefix, as a job's input; raises BlobMissing."""
        model = self.version(slot, version)
        listed = read_json(self.store, f"{model.path}/{REGISTERED}")
        if listed is None:
            raise BlobMissing(f"{model.path}/{REGISTERED}")
        for name in listed["files"]:
            keep(self.store, f"{target}/{name}", read_bytes(self.store, f"{model.path}/{name}"))

    def _files(self, source: str) -> dict[str, str]:
        """Return the SHA-256 of each file of a folder, by its name below it."""
        prefix = source.rstrip("/") + "/"
        names = [blob.path.removeprefix(prefix) for blob in self.store.list(prefix)]
        return {name: hash_blob(self.store, prefix + name) for name in names if name not in _NO_PART_OF_IT}

    def _claim(self, slot: str, content: str) -> int:
        """Return the number of a content: its own, or the next one that nobody has."""
        wanted = Content(content=content)
        while True:
            taken = self._claims(slot)
            number = next((n for n, found in taken.items() if found == wanted), max(taken, default=0) + 1)
            if create(self.store, slot_path(slot, "claims", f"{number}.json"), wanted) == wanted:
                return number

    def _claims(self, slot: str) -> dict[int, Content | None]:
        paths = [blob.path for blob in self.store.list(slot_path(slot, "claims", ""))]
        contents = read_many(lambda path: read_message(self.store, path, Content), paths)
        numbers = (int(path.rpartition("/")[2].removesuffix(".json")) for path in paths)
        return dict(zip(numbers, contents, strict=True))

    def _copy(self, source: str, target: str, files: dict[str, str]) -> None:
        there = {blob.path for blob in self.store.list(f"{target}/")}
        for name, sha256 in files.items():
            path = f"{target}/{name}"
            if path not in there or hash_blob(self.store, path) != sha256:
                self.store.put(path, read_bytes(self.store, f"{source.rstrip('/')}/{name}"))
