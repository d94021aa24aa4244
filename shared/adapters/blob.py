"""A blob store in Azure Blob Storage, or in Azurite, which speaks the same. What the blobs mean is not here.

The first name of a path is the container. A store holds no connection until it is used, and makes a new one in every
process: it can be given to another process, and used by several threads.
"""

import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from uuid import uuid4

from shared.adapters.blob_reader import BlobReader
from shared.adapters.blob_service import bare, code_of, connect, is_folder, our_errors
from shared.errors import BlobMissing, LakeError, WriteConflict
from shared.ports import BlobInfo, check_path

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.storage.blob import BlobClient, BlobServiceClient

PAGE = 5000  # blobs per request of a listing, the most that the service gives
RETRIES = 5  # about half a minute, with growing waits
CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")
WRITER = "writer"  # metadata of every blob: which write it was
_LOCK = threading.Lock()


@dataclass(kw_only=True)
class AzureBlobStore:
    """A blob store in one storage account.

    Parameters
    ----------
    connection_string : str
        Of the account, on one machine; or give
    account_url : str
        such as ``https://name.blob.core.windows.net``, and
    credential : TokenCredential, optional
        for it; the managed identity, or whoever is signed in, where none is given.
    retries : int
        How often a request is made again while the service is away or busy.
    """

    connection_string: str = field(default="", repr=False)
    account_url: str = ""
    credential: "TokenCredential | None" = field(default=None, repr=False)
    retries: int = RETRIES
    _connection: "tuple[int, BlobServiceClient] | None" = field(
        default=None, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if bool(self.connection_string) == bool(self.account_url):
            raise LakeError("Give a storage account's connection string or its URL, one of the two.")

    def open(self, path: str) -> BinaryIO:
        """Open for reading; raises BlobMissing, and WriteConflict where a large blob is replaced meanwhile."""
        check_path(path)
        if not _is_blob(path):
            raise BlobMissing(path)
        return cast(BinaryIO, BufferedReader(BlobReader(self._blob(path), path)))

    def put(self, path: str, content: bytes | Path, *, if_match: str | None = None) -> str:
        """Write the whole blob at once and return its ETag; raises WriteConflict, see BlobStore."""
        check_path(path)
        if not _is_blob(path):
            raise LakeError(
                f"{path}: no blob can be there. Give container/name, the container of 3 to 63 "
                "lowercase letters, digits and single hyphens."
            )
        with our_errors(path):
            try:
                return self._upload(path, content, if_match)
            except LookupError:
                self._make_container(path.partition("/")[0])
                return self._upload(path, content, if_match)

    def stat(self, path: str) -> BlobInfo | None:
        """Return the blob's facts, or None where there is none."""
        check_path(path)
        found = self._properties(path) if _is_blob(path) else None
        if not found or is_folder(found):
            return None
        return BlobInfo(path=path, size=found.size, etag=bare(found.etag), modified=found.last_modified)

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """List the blobs below a prefix, sorted by path; those of one container come as they are found."""
        above = prefix.rpartition("/")[0]
        if above:
            check_path(above)
        container, slash, rest = prefix.partition("/")
        if slash:
            yield from self._list_container(container, rest)
            return
        for name in sorted(self._containers(prefix), key=lambda name: name + "/"):
            yield from self._list_container(name, "")

    def _upload(self, path: str, content: bytes | Path, if_match: str | None) -> str:
        from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError

        writer = uuid4().hex
        try:
            if isinstance(content, Path):
                with content.open("rb") as file:
                    return self._send(path, file, if_match, writer)
            return self._send(path, content, if_match, writer)
        except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError) as exc:
            if code_of(exc) == "ContainerNotFound":
                raise LookupError(path) from exc
            return self._settle(path, if_match, writer, exc)

    def _send(self, path: str, content: "bytes | BinaryIO", if_match: str | None, writer: str) -> str:
        length = len(content) if isinstance(content, bytes) else os.fstat(content.fileno()).st_size
        done = self._blob(path).upload_blob(
            content, length=length, metadata={WRITER: writer}, **_write_condition(if_match)
        )
        return bare(done["etag"])

    def _settle(self, path: str, if_match: str | None, writer: str, exc: Exception) -> str:
        """Tell a conflict from our own write, whose answer was lost before it was sent again."""
        found = self._properties(path)
        if found and found.metadata.get(WRITER) == writer:
            return bare(found.etag)
        if code_of(exc) not in ("BlobAlreadyExists", "ConditionNotMet", "BlobNotFound"):
            raise exc
        etag = bare(found.etag) if found else ""
        raise WriteConflict(f"{path} has changed: its ETag is {etag!r}, not {if_match!r}") from exc

    def _properties(self, path: str) -> Any:
        from azure.core.exceptions import ResourceNotFoundError

        with our_errors(path):
            try:
                return self._blob(path).get_blob_properties()
            except ResourceNotFoundError:
                return None

    def _list_container(self, container: str, prefix: str) -> Iterator[BlobInfo]:
        from azure.core.exceptions import ResourceNotFoundError

        if not CONTAINER.fullmatch(container):
            return
        client = self._client().get_container_client(container)
        with our_errors(f"{container}/{prefix}"):
            try:
                found = client.list_blobs(prefix or None, include=["metadata"], results_per_page=PAGE)
                for blob in found:
                    if not is_folder(blob):
                        path = f"{container}/{blob.name}"
                        yield BlobInfo(
                            path=path, size=blob.size, etag=bare(blob.etag), modified=blob.last_modified
                        )
            except ResourceNotFoundError:
                return

    def _containers(self, prefix: str) -> Sequence[str]:
        with our_errors(prefix):
            found = self._client().list_containers(prefix or None, results_per_page=PAGE)
            return [container.name for container in found]

    def _make_container(self, name: str) -> None:
        from azure.core.exceptions import ResourceExistsError

        try:
            self._client().create_container(name)
        except ResourceExistsError as exc:
            if code_of(exc) != "ContainerAlreadyExists":
                raise

    def _blob(self, path: str) -> "BlobClient":
        container, _, name = path.partition("/")
        return self._client().get_blob_client(container, name)

    def _client(self) -> "BlobServiceClient":
        """Return the process's own client: a connection that two processes share mixes their answers."""
        with _LOCK:
            if not self._connection or self._connection[0] != os.getpid():
                client = connect(
                    connection_string=self.connection_string,
                    account_url=self.account_url,
                    credential=self.credential,
                    retries=self.retries,
                )
                self._connection = os.getpid(), client
            return self._connection[1]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connection": None}


def _is_blob(path: str) -> bool:
    container, _, name = path.partition("/")
    return bool(name) and bool(CONTAINER.fullmatch(container))


def _write_condition(if_match: str | None) -> dict[str, Any]:
    from azure.core import MatchConditions

    if if_match is None:
        return {"overwrite": True}
    if if_match == "":
        return {"overwrite": False}
    return {"overwrite": True, "etag": f'"{if_match}"', "match_condition": MatchConditions.IfNotModified}
