"""When the files of a week are all there, and who starts its run: exactly one per week and set of versions.

Files arrive in any order, several at once, and are announced more than once. Each look at the lake therefore asks: is
everything conditioned, and by the rules of today, have I seen the newest receipts, is the week complete, am I the
first? How it is told that a week is complete stands in `readiness`; starting the run is not here.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping

from pydantic import Field

from shared.conditioning.fingerprint import fingerprint
from shared.lake import Lake, Receipt
from shared.lake.blobs import read_record
from shared.lake.layout import digest
from shared.lake.receipts import FOLDER as RECEIPTS
from shared.lake.receipts import receipt_path
from shared.messages import Message
from shared.ports import BlobStore
from shared.profile import Profile
from shared.runs.layout import claim_path
from shared.runs.readiness import Readiness, readiness
from shared.runs.records import Claim, create, read_many, read_message

__all__ = [
    "Published",
    "Readiness",
    "arrival_digest",
    "claim_versions",
    "claimed_versions",
    "outdated",
    "publish_versions",
    "read_claim",
    "readiness",
    "still_waiting",
    "waiting",
]

ARRIVAL = "weekly-"


class Published(Message):
    """What a look at the lake came to.

    Attributes
    ----------
    superseded : bool
        Something arrived meanwhile that has a look of its own: there is nothing to do.
    outdated : dict
        Receipts by earlier rules, per source: nothing is published before all of them are conditioned again.
    run : str
        Name of the run that is now to be started; empty where none is.
    duplicate_of : str
        The run of this week and these versions that somebody else has started.
    """

    superseded: bool = False
    ready: bool = False
    week: str = ""
    late: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    outdated: Mapping[str, int] = Field({})
    run: str = ""
    duplicate_of: str = ""
    versions: Mapping[str, str] = Field({})


def waiting(store: BlobStore, profile: Profile) -> list[str]:
    """List the raw files without a receipt, by their names alone."""
    return [path for source in profile.sources for path in _waiting(store, source)]


def _waiting(store: BlobStore, source: str) -> Iterator[str]:
    # Receipts first: a file that is conditioned between the two listings then still counts as waiting.
    done = {blob.path for blob in store.list(f"{RECEIPTS}/{source}/")}
    raw = [blob.path for blob in store.list(f"raw/{source}/")]
    return (path for path in raw if _receipt_of(path) not in done)


def still_waiting(store: BlobStore, path: str) -> bool:
    """Whether a raw file that has been waiting still is; asks for it alone."""
    return store.stat(_receipt_of(path)) is None and store.stat(path) is not None


def _receipt_of(raw: str) -> str:
    source, _, file = raw.removeprefix("raw/").partition("/")
    return receipt_path(source, file)


def arrival_digest(store: BlobStore, profile: Profile) -> str:
    """Return a digest of the receipts as a listing shows them: another one as soon as any is written."""
    listed = [
        (blob.path, blob.etag) for source in profile.sources for blob in store.list(f"{RECEIPTS}/{source}/")
    ]
    return digest(listed)[:16]


def outdated(lake: Lake) -> dict[str, int]:
    """Count the receipts by earlier rules, per source that has any; they do not count, and would be missed silently."""
    paths = [b.path for source in lake.profile.sources for b in lake.store.list(f"{RECEIPTS}/{source}/")]
    receipts = read_many(lambda path: read_record(lake.store, path, Receipt), paths)
    rules = {source: fingerprint(lake.profile, source) for source in lake.profile.sources}
    return dict(Counter(r.source for r in receipts if r and r.fingerprint != rules[r.source]))


def publish_versions(lake: Lake, *, instance: str, expected: str) -> Published:
    """Publish the versions that the receipts stand for, and claim their run where the week is complete.

    Parameters
    ----------
    instance : str
        Who asks: the same instance gets the same answer again.
    expected : str
        The `arrival_digest` that it was started for.
    """
    if waiting(lake.store, lake.profile) or arrival_digest(lake.store, lake.profile) != expected:
        return Published(superseded=True)
    by_other_rules = outdated(lake)
    if by_other_rules:
        return Published(outdated=by_other_rules, late=tuple(by_other_rules), missing=tuple(by_other_rules))
    made = lake.materialise()
    state = readiness(lake, made)
    versions = {table: version.version for table, version in made.items()}
    seen = Published(
        ready=state.ready, week=state.week, late=state.late, missing=state.missing, versions=versions
    )
    return _claimed(lake.store, seen, instance) if state.ready else seen


def claimed_versions(store: BlobStore, run: str) -> dict[str, str] | None:
    """Return the versions that a run was claimed with, or None where it is no run of an arrival."""
    if not run.startswith(ARRIVAL) or run.count("-") != 4:
        return None
    week, _, made_of = run.removeprefix(ARRIVAL).rpartition("-")
    claim = read_message(store, claim_path(week, made_of), Claim)
    return claim.versions if claim and claim.run == run else None


def versions_digest(versions: Mapping[str, str]) -> str:
    """Return the eight letters by which a set of versions is known."""
    return hashlib.sha256(json.dumps(dict(versions), sort_keys=True).encode()).hexdigest()[:8]


def claim_versions(
    store: BlobStore, *, week: str, versions: Mapping[str, str], instance: str, run: str
) -> Claim:
    """Claim a week and a set of versions for a run; return the claim that holds, by whomever it was made."""
    mine = Claim(instance=instance, run=run, versions=dict(versions))
    return create(store, claim_path(week, versions_digest(versions)), mine)


def read_claim(store: BlobStore, *, week: str, versions: Mapping[str, str]) -> Claim | None:
    """Return the claim on a week and a set of versions, or None where nobody has made one."""
    return read_message(store, claim_path(week, versions_digest(versions)), Claim)


def _claimed(store: BlobStore, seen: Published, instance: str) -> Published:
    run = f"{ARRIVAL}{seen.week}-{versions_digest(seen.versions)}"
    claim = claim_versions(store, week=seen.week, versions=seen.versions, instance=instance, run=run)
    if claim.instance == instance:
        return seen.model_copy(update={"run": claim.run})
    return seen.model_copy(update={"duplicate_of": claim.run})
