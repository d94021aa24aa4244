"""The scoring pipeline as it was published: its definition, its code, its environment, and the versions that serve.

Publishing is the last step of a batch promotion: from then on, runs name what was published. The steps themselves are
training's; who runs them is not here.
"""

import hashlib
import json
from pathlib import Path

from shared.code import ROOT, code_fingerprint
from shared.messages import Message
from shared.ports import BlobStore
from shared.runs.audit import AuditLog, Fact
from shared.runs.layout import BASELINE, MODELS
from shared.runs.lifecycle import BOOK
from shared.runs.records import create, read_message, replace
from shared.runs.registry import Registry

FOLDER = f"{MODELS}/_scoring"
CURRENT = f"{FOLDER}/current.json"
PIPELINE = "training/pipelines/scoring.yml"
_PARTS = ("training/pipelines/components/*.yml", "training/environment/*")


class Publication(Message):
    """What was published.

    Attributes
    ----------
    digest : str
        Of everything but `at` and `by`: publishing the same again changes nothing.
    pipeline : str
        Digest of definition, components, environment and code: the version of the pipeline without its models.
    files : dict
        SHA-256 of each file that defines it.
    serving : dict
        Version per slot, None for the cell's baseline.
    """

    digest: str
    pipeline: str
    files: dict[str, str]
    code: str
    serving: dict[str, int | None]
    at: str
    by: str


class _Current(Message):
    digest: str


def published_digest(store: BlobStore) -> str:
    """Return the digest of what was published last, empty where nothing was."""
    current = read_message(store, CURRENT, _Current)
    return current.digest if current else ""


def read_published(store: BlobStore) -> Publication | None:
    """Return what was published last."""
    digest = published_digest(store)
    return read_message(store, _path(digest), Publication) if digest else None


def publish_scoring(registry: Registry, *, by: str, root: Path = ROOT) -> Publication:
    """Publish the scoring pipeline of this code, bound to the versions that serve now."""
    files, code, serving = pipeline_files(root), code_fingerprint(root), _serving(registry)
    pipeline = _digest([files, code])
    made = Publication(
        digest=_digest([pipeline, serving]),
        pipeline=pipeline,
        files=files,
        code=code,
        serving=serving,
        at=registry.now().isoformat(timespec="seconds"),
        by=by,
    )
    found = create(registry.store, _path(made.digest), made)
    before = published_digest(registry.store)
    if before != found.digest:
        _tell(registry, made, before)
        replace(registry.store, CURRENT, _Current, lambda _: _Current(digest=found.digest))
    return found


def restore_published(store: BlobStore) -> str | None:
    """Let what was published last be current again where that is lost; return the path that was written."""
    told = [entry.fact.after for entry in AuditLog(store, BOOK).entries() if entry.fact.what == "published"]
    if store.stat(CURRENT) or not told:
        return None
    create(store, CURRENT, _Current(digest=told[-1]))
    return CURRENT


def pipeline_files(root: Path = ROOT) -> dict[str, str]:
    """Return the SHA-256 of each file that defines the scoring pipeline."""
    paths = [root / PIPELINE, *(path for part in _PARTS for path in sorted(root.glob(part)))]
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def _serving(registry: Registry) -> dict[str, int | None]:
    slots = [slot for slot in registry.slots() if not slot.endswith(f".{BASELINE}")]
    pointers = {slot: registry.pointer(slot) for slot in slots}
    return {slot: pointer.version if pointer else None for slot, pointer in pointers.items()}


def _tell(registry: Registry, made: Publication, before: str) -> None:
    AuditLog(registry.store, BOOK).append(
        Fact(
            key=f"scoring/{before}/{made.digest}",
            at=made.at,
            by=made.by,
            what="published",
            subject="scoring pipeline",
            before=before,
            after=made.digest,
        )
    )


def _path(digest: str) -> str:
    return f"{FOLDER}/{digest}.json"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
