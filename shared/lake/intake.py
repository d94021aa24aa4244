"""Conditions one raw blob, wherever the lake lies; done once per content and rules. Who asks is not here."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.conditioning import condition_file
from shared.conditioning.condition import refuse_file
from shared.conditioning.outcome import Conditioned
from shared.errors import BlobMissing, UnreadableFile, WriteConflict
from shared.lake.lake import Lake, RawBlob
from shared.lake.records import Receipt

COPY_BYTES = 1 << 20
GAVE_UP = "gave_up"


def condition_blob(lake: Lake, source: str, path: str, *, again: bool = False) -> Receipt:
    """Condition a raw file and commit the outcome; a file that has its receipt is left as it is, unless `again`.

    Parameters
    ----------
    path : str
        Blob path, such as ``raw/shipments/2019-W31.csv``.

    Raises
    ------
    BlobMissing
        If the file is not in the lake (any more).
    WriteConflict
        If it was replaced meanwhile; the new one has an event of its own.
    """
    return _commit(lake, source, path, lambda raw, workspace: _condition(lake, raw, workspace), again=again)


def give_up(lake: Lake, source: str, path: str, detail: str) -> Receipt | None:
    """Set a file aside as a whole, because conditioning broke down on it; None where it is gone."""
    reason = UnreadableFile(GAVE_UP, detail)
    with suppress(BlobMissing):
        return _commit(
            lake, source, path, lambda raw, workspace: _refuse(lake, raw, workspace, reason), again=False
        )
    return None


def _commit(
    lake: Lake, source: str, path: str, treat: Callable[[RawBlob, Path], Conditioned], *, again: bool
) -> Receipt:
    raw = lake.find(source, path)
    if raw is None:
        raise BlobMissing(path)
    done = lake.receipt(raw) if lake.is_done(raw) and not again else None
    if done:
        return done
    with TemporaryDirectory(prefix="condition-") as folder:
        return lake.commit(treat(raw, Path(folder)), etag=raw.etag)


def _condition(lake: Lake, raw: RawBlob, workspace: Path) -> Conditioned:
    return condition_file(
        lake.profile, raw.source, _download(lake, raw, workspace), name=raw.path, workspace=workspace
    )


def _refuse(lake: Lake, raw: RawBlob, workspace: Path, reason: UnreadableFile) -> Conditioned:
    local = _download(lake, raw, workspace)
    return refuse_file(lake.profile, raw.source, local, reason, name=raw.path, workspace=workspace)


def _download(lake: Lake, raw: RawBlob, workspace: Path) -> Path:
    """Copy the blob to disk in pieces, under a name of ours: theirs may be anything."""
    local = workspace / "raw"
    with lake.store.open(raw.path) as blob, local.open("wb") as out:
        shutil.copyfileobj(blob, out, COPY_BYTES)
    if local.stat().st_size != raw.size:
        raise WriteConflict(f"{raw.path} was replaced while it was read")
    return local
