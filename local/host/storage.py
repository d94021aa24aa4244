"""Blob stores by the names of connections, as triggers give them. What is done with the blobs is not here."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from local.folder import FolderStore
from local.host.errors import HostError
from local.host.registry import load_object
from shared.ports import BlobStore

FOLDER = "folder:"


def store_of(connection: str, settings: Mapping[str, str]) -> BlobStore:
    """Return the store that a connection's setting names; raises HostError where there is no such setting.

    The setting is a connection string, the address of a blob service under ``{connection}__blobServiceUri``, or
    ``folder:PATH`` for a folder on this machine.
    """
    value = settings.get(connection) or settings.get(f"{connection}__blobServiceUri")
    if not value:
        raise HostError(
            f"No setting {connection} or {connection}__blobServiceUri, which a blob trigger names. Set it."
        )
    return _open(value)


@cache
def _open(value: str) -> BlobStore:
    if value.startswith(FOLDER):
        return FolderStore(Path(value.removeprefix(FOLDER)))
    kind = "account_url" if value.startswith(("http://", "https://")) else "connection_string"
    store: BlobStore = load_object("shared.adapters.blob:AzureBlobStore")(**{kind: value})
    return store
